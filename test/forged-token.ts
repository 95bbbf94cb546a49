import { env } from 'cloudflare:workers';
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT } from 'jose';

/** What of a token is changed before it is signed anew; `undefined` takes a claim or a header away. */
export type Forgery = {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  key?: CryptoKey | Uint8Array;
};

/** The API's own private key: a token signed with it is wrong only in what was changed. */
export const ownKey = async (): Promise<CryptoKey> =>
  (await importJWK(JSON.parse(env.SIGNING_KEY_A), 'EdDSA')) as CryptoKey;

const withoutUndefined = (record: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

/** A genuine token with something changed, signed with our own key or another. */
export const forgedToken = async (token: string, { header, claims, key }: Forgery): Promise<string> => {
  const payload = withoutUndefined({ ...decodeJwt(token), ...claims }) as JWTPayload;
  const protectedHeader = withoutUndefined({ ...decodeProtectedHeader(token), ...header });
  return new SignJWT(payload).setProtectedHeader(protectedHeader as { alg: string }).sign(key ?? (await ownKey()));
};

/** A genuine token that says it needs no signature. */
export const unsignedToken = (token: string, alg: string): string => {
  const header = { ...decodeProtectedHeader(token), alg };
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${token.split('.')[1]}.`;
};
