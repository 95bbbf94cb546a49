import { env } from 'cloudflare:workers';
import { database } from '../drizzle/client.ts';
import type { Service } from '../drizzle/schema.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';
import { addService } from '../src/accounts/services/service.ts';
import { serviceKeys, serviceToken, signingSecret } from '../src/accounts/tokens/service-secret.ts';

export const OPERATOR: Actor = { origin: 'script', name: 'operator', requestId: 'test' };

/** A service as its operator has it: the row, the token and the secret that was shown. */
export type NewService = Service & { token: string; secret: string };

let made = 0;

/** The pair of a generation, as it was shown. */
export const pairOf = ({ id, generation, keyVersion }: Service): { token: string; secret: string } => {
  const keys = serviceKeys(env);
  return {
    token: serviceToken(keys, keyVersion, { id, generation }),
    secret: signingSecret(keys, keyVersion, { id, generation }),
  };
};

/** A new service that hears of all there is, or of some types, from now on. */
export const newService = async (
  given: { url?: string | null; types?: readonly string[] | null } = {},
): Promise<NewService> => {
  made += 1;
  const service = { name: `service-${made}-${crypto.randomUUID().slice(0, 8)}`, url: null, types: null, ...given };
  const added = await addService(database(env.DB), serviceKeys(env), service, OPERATOR);
  if (added.outcome !== 'added') throw new Error(added.outcome);
  return { ...added.service, ...pairOf(added.service) };
};
