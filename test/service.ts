import { env } from 'cloudflare:workers';
import { database } from '../drizzle/client.ts';
import type { Service } from '../drizzle/schema.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';
import { addService, type ServiceActing } from '../src/accounts/services/service.ts';
import {
  type ServiceIdentity,
  serviceKeys,
  serviceToken,
  signingSecret,
} from '../src/accounts/tokens/service-secret.ts';

export const OPERATOR: Actor = { origin: 'script', name: 'operator', requestId: 'test' };

/** A service as its operator has it: what it is called, and the token and the secret that were shown. */
export type NewService = { id: string; name: string; token: string; secret: string };

let made = 0;

/** The pair of a generation, as it was shown; of the key that signs. */
export const pairOf = (identity: ServiceIdentity): { token: string; secret: string } => {
  const keys = serviceKeys(env);
  return {
    token: serviceToken(keys, keys.signs, identity),
    secret: signingSecret(keys, keys.signs, identity),
  };
};

/** An act of the operator on a service. */
export const actingOn = (name: string, now = new Date()): ServiceActing => ({
  ...{ db: database(env.DB), name, by: OPERATOR, now, dryRun: false },
});

/** A new service that hears of all there is, or of some types, from now on. */
export const newService = async (given: Partial<Service> = {}): Promise<NewService> => {
  made += 1;
  const name = `service-${made}-${crypto.randomUUID().slice(0, 8)}`;
  const { url = null, types = null } = given;
  const added = await addService(actingOn(name), serviceKeys(env), { url, types });
  if (added.outcome !== 'added') throw new Error(added.outcome);
  return { id: added.identity.id, name, ...pairOf(added.identity) };
};
