import {
  base64url,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWKSCacheInput,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwksCache,
  jwtVerify,
} from 'jose';

/** Whom an access token speaks for. */
export type AccessToken = {
  userId: number;
  /** As in `session_ids` of `user.signed_out`. */
  sessionId: string;
  jti: string;
  expiresAt: Date;
};

/**
 * Where ended sessions are looked up: the KV namespace of the API's `REVOKED_TOKENS`, or what answers as it does. The map
 * has a value for every key that is revoked.
 */
export type Blacklist = { get(keys: string[]): Promise<ReadonlyMap<string, unknown>> };

export type TokenCheck = {
  origin: string;
  issuer: string;
  audience: string;
  blacklist: Blacklist | undefined;
  fetch: typeof fetch;
};

/**
 * Whether a token is good cannot be told now, because the keys or the blacklist do not answer; `cause` says why. It is
 * neither a yes nor a no: answer 503, and let the caller try again.
 */
export class VerificationUnavailable extends Error {
  override readonly name = 'VerificationUnavailable';
}

// A Worker may make its service anew for each request. What the API said is kept for all of them.
const keySets = new Map<string, JWKSCacheInput>();

// The keys are there, and the token names none of them.
const NO_ONE_KEY = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys];

/** The API's keys: asked for once in ten minutes, and for a key that is not among them, twice a minute at the most. */
const keysOf = ({ origin, fetch }: TokenCheck): JWTVerifyGetKey => {
  const url = new URL('/.well-known/jwks.json', origin);
  const cache = keySets.get(origin) ?? {};
  keySets.set(origin, cache);
  const keys = createRemoteJWKSet(url, { [jwksCache]: cache, [customFetch]: fetch });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (NO_ONE_KEY.some((fault) => cause instanceof fault)) throw cause;
      throw new VerificationUnavailable(`The keys at ${url} cannot be read.`, { cause });
    }
  };
};

/** Whether a token has the one spelling that its bytes have: base64url has spare bits in its last character (RFC 7515 §2). */
const isCanonical = (token: string): boolean =>
  token.split('.').every((part) => base64url.encode(base64url.decode(part)) === part);

/** What the token claims, if the API signed it and it has not run out (RFC 9068 §4). */
const verifiedClaims = async (
  { issuer, audience }: TokenCheck,
  keys: JWTVerifyGetKey,
  token: string,
): Promise<JWTPayload | undefined> => {
  try {
    if (!isCanonical(token)) return undefined;
    const expected = { algorithms: ['EdDSA'], typ: 'at+jwt', issuer, audience };
    const { payload } = await jwtVerify(token, keys, { ...expected, requiredClaims: ['sub', 'sid', 'jti', 'exp'] });
    return payload;
  } catch (error) {
    if (error instanceof VerificationUnavailable) throw error;
    return undefined;
  }
};

const accessTokenOf = ({ sub = '', sid, jti = '', exp = 0 }: JWTPayload): AccessToken | undefined => {
  const userId = /^[1-9][0-9]*$/.test(sub) ? Number(sub) : 0;
  if (!Number.isSafeInteger(userId) || userId === 0 || typeof sid !== 'string') return undefined;
  return { userId, sessionId: sid, jti, expiresAt: new Date(exp * 1000) };
};

/** Whether the session has ended or the token was handed back, in one call. */
const isRevoked = async (blacklist: Blacklist, { sessionId, jti }: AccessToken): Promise<boolean> => {
  const entries = [`sid:${sessionId}`, `jti:${jti}`];
  try {
    const found = await blacklist.get(entries);
    return entries.some((entry) => (found.get(entry) ?? null) !== null);
  } catch (cause) {
    throw new VerificationUnavailable('The blacklist does not answer.', { cause });
  }
};

/** Makes the check of access tokens; it answers undefined for whatever is not to be let in. */
export const tokenCheck = (check: TokenCheck): ((token: string) => Promise<AccessToken | undefined>) => {
  const keys = keysOf(check);
  return async (token) => {
    const claims = await verifiedClaims(check, keys, token);
    const verified = claims && accessTokenOf(claims);
    if (verified && check.blacklist && (await isRevoked(check.blacklist, verified))) return undefined;
    return verified;
  };
};
