import { database } from '../../drizzle/client.ts';
import { addService } from '../../src/accounts/services/service.ts';
import { serviceKeys, serviceToken, signingSecret } from '../../src/accounts/tokens/service-secret.ts';

/** The keys of services, for both Workers. */
export const SERVICE_KEYS = JSON.stringify({ 1: Buffer.alloc(32, 'services').toString('base64url') });

/** A service as its operator has it: its row, and the token and the secret that were shown. */
export type AddedService = { id: string; name: string; token: string; secret: string };

/** Adds a service that hears of everything, as the script does, to the database of Workers with these keys. */
export const addedService = async (binding: D1Database, name: string, url: string): Promise<AddedService> => {
  const by = { origin: 'script', name: 'operator', requestId: 'test' } as const;
  const acting = { db: database(binding), name, by, now: new Date(), dryRun: false };
  const keys = serviceKeys({ SERVICE_KEYS });
  const added = await addService(acting, keys, { url, types: null });
  if (added.outcome !== 'added') throw new Error(added.outcome);
  const { id } = added.identity;
  return {
    ...{ id, name },
    token: serviceToken(keys, keys.signs, added.identity),
    secret: signingSecret(keys, keys.signs, added.identity),
  };
};
