import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { isCommonPassword } from './common-password.ts';

// OWASP's scrypt setting for 16 MiB of memory: N = 2^14, r = 8, p = 5.
const CURRENT = { ln: 14, r: 8, p: 5 };
const KEY_BYTES = 32;
const MAX_MEMORY = 64 * 1024 * 1024;

type Parameters = typeof CURRENT;
type StoredHash = Parameters & { salt: Buffer; key: Buffer };

export const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 128;

/** One password, however it was typed: NFKC, as NIST SP 800-63B asks. Never trimmed, never truncated. */
export const normalizePassword = (password: string): string => password.normalize('NFKC');

/** Why a (normalised) password cannot be chosen, or undefined. Lengths count code points. */
export const passwordWeakness = (password: string): string | undefined => {
  const length = [...password].length;
  if (length < PASSWORD_MIN_LENGTH) return `must have at least ${PASSWORD_MIN_LENGTH} characters`;
  if (length > PASSWORD_MAX_LENGTH) return `must have at most ${PASSWORD_MAX_LENGTH} characters`;
  return isCommonPassword(password) ? 'is one of the most common passwords' : undefined;
};

const deriveKey = (password: string, salt: Buffer, { ln, r, p }: Parameters): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, { N: 2 ** ln, r, p, maxmem: MAX_MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });

/** What scrypt takes (RFC 7914 §2), the platform computes (N·r·p up to 2^20) and a Worker has memory for. */
const isComputable = ({ ln, r, p }: Parameters): boolean => {
  const n = 2 ** ln;
  return ln >= 1 && r >= 1 && p >= 1 && ln < 16 * r && n * r * p <= 2 ** 20 && 128 * r * (n + p + 2) <= MAX_MEMORY;
};

/** Reads `$scrypt$ln=14,r=8,p=5$<salt>$<key>` (the PHC string format); undefined for anything else, or beyond what a Worker can compute. */
export const parsePasswordHash = (stored: string): StoredHash | undefined => {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/-]{22,64})\$([\w+/-]{43})$/.exec(stored);
  if (!match) return undefined;
  const parameters = { ln: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  if (!isComputable(parameters)) return undefined;
  return {
    ...parameters,
    salt: Buffer.from(match[4] ?? '', 'base64url'),
    key: Buffer.from(match[5] ?? '', 'base64url'),
  };
};

const phc = ({ ln, r, p, salt, key }: StoredHash): string =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;

/** Hashes a normalised password with a fresh salt; the parameters stand in the result. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16);
  return phc({ ...CURRENT, salt, key: await deriveKey(password, salt, CURRENT) });
};

// No password has this key: it is what an unknown address is checked against, by the same work.
const NOBODY: StoredHash = { ...CURRENT, salt: Buffer.alloc(16), key: Buffer.alloc(KEY_BYTES) };

/** What stands in the place of a hash where no password opens an account: a new one is set by the link of a mail. */
export const NO_PASSWORD = phc(NOBODY);

/**
 * Checks a normalised password. Without a stored hash it does the same work and says no, so that an unknown
 * address cannot be told from a wrong password.
 */
export const verifyPassword = async (password: string, stored: string | undefined): Promise<boolean> => {
  const hash = stored === undefined ? NOBODY : parsePasswordHash(stored);
  if (!hash) throw new Error('A stored password hash is not readable.');
  const key = await deriveKey(password, hash.salt, hash);
  return timingSafeEqual(key, hash.key) && hash !== NOBODY;
};

/** Whether a hash was made with other parameters than today's and should be made anew at the next login. */
export const needsRehash = (stored: string): boolean => {
  const hash = parsePasswordHash(stored);
  return !hash || hash.ln !== CURRENT.ln || hash.r !== CURRENT.r || hash.p !== CURRENT.p;
};
