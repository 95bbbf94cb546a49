import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Keys by version. The highest version signs, every version verifies: so a key rotates without a token failing. */
export type MacKeys = ReadonlyMap<number, Buffer>;

/** What a token is for. It goes into the MAC, so a token of one kind never passes as another. */
export type Purpose = 'refresh' | 'verify-email' | 'reset-password' | 'device' | 'cursor';

/** Reads a secret of the shape `{"1":"<base64url>","2":"…"}`; each key has at least 32 bytes. Throws on any other. */
export const readMacKeys = (secret: string): MacKeys => {
  const keys = new Map<number, Buffer>();
  for (const [version, key] of Object.entries(JSON.parse(secret) as Record<string, string>)) {
    const bytes = Buffer.from(key, 'base64url');
    if (!/^[1-9][0-9]{0,5}$/.test(version) || bytes.length < 32) throw new Error('A MAC key is not usable.');
    keys.set(Number(version), bytes);
  }
  if (keys.size === 0) throw new Error('There is no MAC key.');
  return keys;
};

const newestVersion = (keys: MacKeys): number => Math.max(...keys.keys());

const mac = (key: Buffer | undefined, purpose: string, message: string): Buffer => {
  if (!key) throw new Error('There is no MAC key of that version.');
  return createHmac('sha256', key).update(`${purpose}\n${message}`).digest();
};

/** 128 random bits in base64url (22 characters). */
export const randomId = (): string => randomBytes(16).toString('base64url');

/** `version.part.part.….mac`. The parts are numbers or base64url, so the dot always separates. */
export const signToken = (keys: MacKeys, purpose: Purpose, parts: readonly (string | number)[]): string => {
  const version = newestVersion(keys);
  const message = [version, ...parts].join('.');
  return `${message}.${mac(keys.get(version), purpose, message).toString('base64url')}`;
};

/** The parts of a token that `signToken` made for this purpose, or undefined. Compares in constant time. */
export const openToken = (keys: MacKeys, purpose: Purpose, token: string): string[] | undefined => {
  if (token.length > 512) return undefined;
  const end = token.lastIndexOf('.');
  const message = token.slice(0, Math.max(end, 0));
  const [version, ...parts] = message.split('.');
  const key = keys.get(Number(version));
  if (!key) return undefined;
  // Compared as text: base64url has spare bits in its last character, and one token must have one spelling.
  const expected = Buffer.from(mac(key, purpose, message).toString('base64url'));
  const given = Buffer.from(token.slice(end + 1));
  return given.length === expected.length && timingSafeEqual(given, expected) ? parts : undefined;
};

/** A keyed hash of an e-mail address, under which counters are kept without keeping the address. */
export const hashAddress = (keys: MacKeys, email: string): string =>
  mac(keys.get(newestVersion(keys)), 'address', email).toString('base64url');

/** The hashes of an address under every key, to find what was counted before a key was rotated. */
export const everyAddressHash = (keys: MacKeys, email: string): string[] =>
  [...keys.values()].map((key) => mac(key, 'address', email).toString('base64url'));
