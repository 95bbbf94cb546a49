import { deriveSecret, type MacKeys, openToken, readMacKeys, signToken } from './signed-token.ts';

/** The keys of services' tokens and signing secrets, and of nothing else: who has them can make no session and no mail link. */
export const serviceKeys = (env: { SERVICE_KEYS: string; SERVICE_KEYS_B?: string }): MacKeys =>
  readMacKeys(env.SERVICE_KEYS, env.SERVICE_KEYS_B);

/** A service and the generation of its token and secret: each rotation begins a new one. */
export type ServiceIdentity = { id: string; generation: number };

/**
 * The token by which a service asks. Derived, never stored: what is read from the database, a backup or a log can neither
 * ask nor sign. `version` is that of the key which the generation was made with.
 */
export const serviceToken = (keys: MacKeys, version: number, { id, generation }: ServiceIdentity): string =>
  signToken({ ...keys, signs: version }, 'service', [id, generation]);

/** Reads a token that is ours; undefined for any other text. Whether its generation still works is the database's to say. */
export const readServiceToken = (keys: MacKeys, text: string): ServiceIdentity | undefined => {
  const [id, generation] = openToken(keys, 'service', text) ?? [];
  return id && generation ? { id, generation: Number(generation) } : undefined;
};

/** The secret that signs pushes to a service, as Standard Webhooks 1.0.0 writes it: `whsec_` and 32 bytes in base64. */
export const signingSecret = (keys: MacKeys, version: number, { id, generation }: ServiceIdentity): string =>
  `whsec_${deriveSecret(keys, version, 'service-signing', [id, generation]).toString('base64')}`;
