import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { HOUR_MS } from '../../workers/duration.ts';

/** Keys by version. One version signs, every one verifies: so a key rotates without a token failing. */
export type MacKeys = { signs: number; versions: ReadonlyMap<number, Buffer> };

/** The two secrets that hold keys of one kind; the second one may be missing, and empty. */
export type MacSlots = readonly [string, string | undefined];

/** What a token is for. It goes into the MAC, so a token of one kind never passes as another. */
export type Purpose =
  | 'refresh'
  | 'verify-email'
  | 'reset-password'
  | 'confirm-email'
  | 'undo-email'
  | 'device'
  | 'cursor'
  | 'service'
  | 'second-factor'
  | 'passkey-sign-in'
  | 'passkey-proof'
  | 'new-passkey'
  | 'new-authenticator';

// A version that a rotation makes is the hour of its making, counted since 1970, so it needs no other note of its age;
// the first of an installation is 1. It signs from one to two hours later on: by then it verifies wherever the Worker runs.
const signsFrom = (version: number): number => (version + 2) * HOUR_MS;

const readSlot = (secret: string): [number, Buffer][] =>
  Object.entries(JSON.parse(secret) as Record<string, string>).map(([version, key]) => {
    const bytes = Buffer.from(key, 'base64url');
    if (!/^[1-9][0-9]{0,5}$/.test(version) || bytes.length < 32) throw new Error('A MAC key is not usable.');
    return [Number(version), bytes];
  });

/**
 * Reads secrets of the shape `{"1":"<base64url>","2":"…"}`; each key has at least 32 bytes. Throws on any other. The
 * highest version that is old enough signs, or else the lowest.
 */
export const readMacKeys = (secret: string, second = '', now = new Date()): MacKeys => {
  const versions = new Map([secret, second].flatMap((slot) => (slot === '' ? [] : readSlot(slot))));
  if (versions.size === 0) throw new Error('There is no MAC key.');
  const settled = [...versions.keys()].filter((version) => signsFrom(version) <= now.getTime());
  return { signs: settled.length > 0 ? Math.max(...settled) : Math.min(...versions.keys()), versions };
};

/** The keys of refresh tokens, device cookies, cursors and the hashes of addresses. */
export const tokenKeys = (env: { TOKEN_KEYS: string; TOKEN_KEYS_B?: string }): MacKeys =>
  readMacKeys(env.TOKEN_KEYS, env.TOKEN_KEYS_B);

/** Whether a secret holds keys, or nothing; each of its keys is usable. */
export const isMacSlot = (secret: string): boolean => {
  try {
    return secret === '' || readSlot(secret).length > 0;
  } catch {
    return false;
  }
};

// What cannot be read counts as empty here: a rotation writes it anew.
const newestOf = (slot = ''): number | null =>
  slot !== '' && isMacSlot(slot) ? Math.max(...readSlot(slot).map(([version]) => version)) : null;

/** When the newest version in each slot was made, to the hour (ms); null is an empty slot, or one that cannot be read. */
export const macSlotAges = (slots: MacSlots): [number | null, number | null] => {
  const [a, b] = slots.map(newestOf).map((version) => version && version * HOUR_MS);
  return [a ?? null, b ?? null];
};

/**
 * Which slot a new version goes into: the empty one, or that of the older version, which ends with it. None while something
 * that an older version signed may still be good, which it is for `lifeMs` after the newest has begun to sign.
 */
export const macSlotToRotate = (
  slots: MacSlots,
  lifeMs: number,
  now = new Date(),
): { outcome: 'rotates'; slot: 0 | 1 } | { outcome: 'KEY_TOO_YOUNG'; until: Date } => {
  const [a = 0, b = 0] = slots.map((slot) => newestOf(slot) ?? 0);
  const until = signsFrom(Math.max(a, b)) + lifeMs;
  const endsOne = Math.min(a, b) > 0 && a !== b;
  if (endsOne && until > now.getTime()) return { outcome: 'KEY_TOO_YOUNG', until: new Date(until) };
  return { outcome: 'rotates', slot: a <= b ? 0 : 1 };
};

// What cannot be read may have been made by a rotation of this hour, and by another before it.
const UNREAD_VERSIONS = 2;

/** The version of a key that is made now, above every one there is; with `isUnread` also above those that nobody can read. */
export const nextMacVersion = (slots: MacSlots, now = new Date(), isUnread = false): number => {
  const thisHour = Math.floor(now.getTime() / HOUR_MS) + (isUnread ? UNREAD_VERSIONS : 0);
  return Math.max(thisHour, ...slots.map((slot) => (newestOf(slot) ?? 0) + 1));
};

/** Makes the content of a slot: a fresh key under that version. */
export const newMacKeys = (version = 1): string => JSON.stringify({ [version]: randomBytes(32).toString('base64url') });

const mac = (key: Buffer | undefined, purpose: string, message: string): Buffer => {
  if (!key) throw new Error('There is no MAC key of that version.');
  return createHmac('sha256', key).update(`${purpose}\n${message}`).digest();
};

/** 128 random bits in base64url (22 characters). */
export const randomId = (): string => randomBytes(16).toString('base64url');

/** `version.part.part.….mac`. The parts are numbers or base64url, so the dot always separates. */
export const signToken = (keys: MacKeys, purpose: Purpose, parts: readonly (string | number)[]): string => {
  const message = [keys.signs, ...parts].join('.');
  return `${message}.${mac(keys.versions.get(keys.signs), purpose, message).toString('base64url')}`;
};

// The cursor of a search holds a term of up to 255 code points.
const LONGEST = 2048;

/** The parts of a token that `signToken` made for this purpose, or undefined. Compares in constant time. */
export const openToken = (keys: MacKeys, purpose: Purpose, token: string): string[] | undefined => {
  if (token.length > LONGEST) return undefined;
  const end = token.lastIndexOf('.');
  const message = token.slice(0, Math.max(end, 0));
  const [version, ...parts] = message.split('.');
  const key = keys.versions.get(Number(version));
  if (!key) return undefined;
  // Compared as text: base64url has spare bits in its last character, and one token must have one spelling.
  const expected = Buffer.from(mac(key, purpose, message).toString('base64url'));
  const given = Buffer.from(token.slice(end + 1));
  return given.length === expected.length && timingSafeEqual(given, expected) ? parts : undefined;
};

/** 32 bytes that only who has the keys can make again, of the same parts under the same version. Throws where that is gone. */
export const deriveSecret = (
  { versions }: MacKeys,
  version: number,
  purpose: string,
  parts: readonly (string | number)[],
): Buffer => mac(versions.get(version), purpose, parts.join('.'));

/** A keyed hash of an e-mail address, under which counters are kept without keeping the address. */
export const hashAddress = (keys: MacKeys, email: string): string =>
  mac(keys.versions.get(keys.signs), 'address', email).toString('base64url');

/** The hashes of an address under every key, to find what was counted before a key was rotated. */
export const everyAddressHash = (keys: MacKeys, email: string): string[] =>
  [...keys.versions.values()].map((key) => mac(key, 'address', email).toString('base64url'));
