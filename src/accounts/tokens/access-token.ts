import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { HOUR_MS } from '../../workers/duration.ts';
import { isSigningSlot } from './key-slots.ts';
import { randomId } from './signed-token.ts';

export const ACCESS_TOKEN_LIFETIME_S = 900;

// A new key signs only once every cache of the key set has had the time to fetch it.
const KEY_SETTLES_AFTER_MS = HOUR_MS;
const ROTATES_AFTER_MS = 2 * HOUR_MS;
// Clocks at the edge differ a little; a token issued further ahead than this is not one of ours.
const CLOCK_SKEW_S = 5;

/** A signing key as it lies in a secret: an Ed25519 private JWK with its id and the time it was made (ms). */
type SigningKey = { kty: 'OKP'; crv: 'Ed25519'; x: string; d: string; kid: string; created_at: number };

/** Two slots, so that keys rotate without a token failing; an empty string is an empty slot. */
export type SigningSlots = readonly [string, string];

export type TokenNames = { issuer: string; audience: string };
export type AccessTokenClaims = { userId: number; sessionId: string; jti: string; expiresAt: Date };

// A slot holds the same until the next deployment or rotation, which begins other isolates.
const slotsRead = new Map<string, readonly SigningKey[]>();
const readSlot = (slot: string): readonly SigningKey[] => {
  const known = slotsRead.get(slot) ?? (slot.trim() === '' ? [] : [JSON.parse(slot) as SigningKey]);
  slotsRead.set(slot, known);
  return known;
};
const readSlots = (slots: SigningSlots): SigningKey[] => slots.flatMap(readSlot);

/** Makes the content of a slot: a fresh Ed25519 key pair, named by its time and 128 random bits. */
export const newSigningKey = async (now = new Date()): Promise<string> => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  return JSON.stringify({
    kty,
    crv,
    x,
    d,
    kid: `${now.toISOString().slice(0, 10)}-${randomId()}`,
    created_at: now.getTime(),
  });
};

// Importing a key costs more than using it; an isolate does it once for each.
const imported = new Map<string, Promise<CryptoKey>>();
const cryptoKey = ({
  kty,
  crv,
  x,
  d,
}: Omit<SigningKey, 'd' | 'kid' | 'created_at'> & { d?: string }): Promise<CryptoKey> => {
  const id = JSON.stringify([x, d]);
  const jwk = { kty, crv, x, ...(d === undefined ? {} : { d }) };
  const usage = d === undefined ? 'verify' : 'sign';
  const known = imported.get(id) ?? crypto.subtle.importKey('jwk', jwk, { name: 'Ed25519' }, false, [usage]);
  imported.set(id, known);
  return known;
};

const publicJwk = ({ kty, crv, x, kid }: SigningKey) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' });

/** The public halves of both slots, as `/.well-known/jwks.json` shows them (RFC 7517). */
export const publicKeySet = (slots: SigningSlots) => ({ keys: readSlots(slots).map(publicJwk) });

/** The newest key that is at least an hour old, or else the oldest there is. */
const signingKey = (slots: SigningSlots, now: Date): SigningKey => {
  const newestFirst = readSlots(slots).sort((a, b) => b.created_at - a.created_at);
  const settled = newestFirst.find((key) => now.getTime() - key.created_at >= KEY_SETTLES_AFTER_MS);
  const key = settled ?? newestFirst.at(-1);
  if (!key) throw new Error('Neither slot holds a signing key.');
  return key;
};

/**
 * When the key in each slot was made (ms); null is an empty slot, or one that cannot be read. Nothing else of a key leaves
 * its slot.
 */
export const slotAges = (slots: SigningSlots): [number | null, number | null] => {
  const [a, b] = slots.map((slot) => (isSigningSlot(slot) ? (readSlot(slot)[0]?.created_at ?? null) : null));
  return [a ?? null, b ?? null];
};

/**
 * Which slot a new key goes into: the empty one, or that of the older key. None while the newest key is younger than
 * two hours: for its first hour the older one still signs, and what it signed lives on for fifteen minutes and in
 * caches of the key set.
 */
export const slotToRotate = (
  slots: SigningSlots,
  now = new Date(),
): { outcome: 'rotates'; slot: 0 | 1 } | { outcome: 'KEY_TOO_YOUNG'; until: Date } => {
  const [a, b] = slotAges(slots);
  const until = Math.max(a ?? 0, b ?? 0) + ROTATES_AFTER_MS;
  if (until > now.getTime()) return { outcome: 'KEY_TOO_YOUNG', until: new Date(until) };
  return { outcome: 'rotates', slot: (a ?? -1) <= (b ?? -1) ? 0 : 1 };
};

/** Issues an access token by RFC 9068 for a session; it lives for 15 minutes. */
export const signAccessToken = async (
  slots: SigningSlots,
  names: TokenNames,
  session: { id: string; userId: number },
  now = new Date(),
): Promise<string> => {
  const key = signingKey(slots, now);
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ sid: session.id })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid })
    .setIssuer(names.issuer)
    .setAudience(names.audience)
    .setSubject(String(session.userId))
    .setJti(randomId())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_TOKEN_LIFETIME_S)
    .sign(await cryptoKey(key));
};

// Base64url has spare bits in its last character, which are zero, and no padding (RFC 7515 §2, RFC 4648 §3.5).
const CANONICAL_PART = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

/** Whether a token has the one spelling that its bytes have. */
const isCanonical = (token: string): boolean => token.split('.').every((part) => CANONICAL_PART.test(part));

/**
 * The claims of an access token that is ours and has not expired, else undefined: one algorithm, keys from our own
 * set only, and type, issuer, audience, subject, session, id and times all checked (RFC 9068 §4). Whether the
 * session still lives is for the database to say.
 */
export const verifyAccessToken = async (
  slots: SigningSlots,
  names: TokenNames,
  token: string,
  now = new Date(),
): Promise<AccessTokenClaims | undefined> => {
  if (!isCanonical(token)) return undefined;
  const keys = readSlots(slots);
  const keyFor = async ({ kid }: { kid?: string }) => {
    const key = keys.find((candidate) => candidate.kid === kid);
    if (!key) throw new Error('unknown key');
    return cryptoKey(publicJwk(key));
  };
  try {
    const { payload } = await jwtVerify(token, keyFor, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer: names.issuer,
      audience: names.audience,
      requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp'],
      currentDate: now,
    });
    const { sub = '', sid, jti = '', iat = 0, exp = 0 } = payload;
    const latest = now.getTime() / 1000 + CLOCK_SKEW_S;
    // None of ours is made later, or lives longer.
    if (iat > latest || exp > latest + ACCESS_TOKEN_LIFETIME_S) return undefined;
    if (!/^[1-9][0-9]{0,15}$/.test(sub) || typeof sid !== 'string') return undefined;
    return { userId: Number(sub), sessionId: sid, jti, expiresAt: new Date(exp * 1000) };
  } catch {
    return undefined;
  }
};
