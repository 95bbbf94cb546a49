import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deriveSecret, type MacKeys, readMacKeys } from './signed-token.ts';

/** The keys under which the secrets of authenticator apps are encrypted, and of nothing else. */
export const factorKeys = (env: { FACTOR_KEYS: string; FACTOR_KEYS_B?: string }): MacKeys =>
  readMacKeys(env.FACTOR_KEYS, env.FACTOR_KEYS_B);

/** A secret as it is stored: base64url of nonce, ciphertext and tag, and the version of the key that opens it. */
export type SealedSecret = { secret: string; keyVersion: number };

/** Whose secret it is. It goes into the tag, so that a secret which is copied into another row opens nothing. */
export type SecretOwner = { id: string; userId: number };

const CIPHER = 'aes-256-gcm';
const [NONCE_BYTES, TAG_BYTES] = [12, 16];

const keyOf = (keys: MacKeys, version: number): Buffer => deriveSecret(keys, version, 'factor-secret', []);
const named = ({ id, userId }: SecretOwner): Buffer => Buffer.from(`${userId}.${id}`);

/** Encrypts a secret under the key that signs now (AES-256-GCM, a random nonce for each). */
export const sealSecret = (keys: MacKeys, owner: SecretOwner, secret: Uint8Array): SealedSecret => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(keys, keys.signs), nonce).setAAD(named(owner));
  const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return { secret: sealed.toString('base64url'), keyVersion: keys.signs };
};

/** The secret; undefined where its key is gone, or it is not this owner's. */
export const openSecret = (
  keys: MacKeys,
  owner: SecretOwner,
  { secret, keyVersion }: SealedSecret,
): Buffer | undefined => {
  if (!keys.versions.has(keyVersion)) return undefined;
  const sealed = Buffer.from(secret, 'base64url');
  const [nonce, text, tag] = [
    sealed.subarray(0, NONCE_BYTES),
    sealed.subarray(NONCE_BYTES, -TAG_BYTES),
    sealed.subarray(-TAG_BYTES),
  ];
  try {
    const decipher = createDecipheriv(CIPHER, keyOf(keys, keyVersion), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(named(owner)).setAuthTag(tag);
    return Buffer.concat([decipher.update(text), decipher.final()]);
  } catch {
    return undefined;
  }
};
