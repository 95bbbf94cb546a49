import type { Context, MiddlewareHandler } from 'hono';
import { type Presented, readService } from '../../accounts/services/service.ts';
import { readServiceToken, serviceKeys } from '../../accounts/tokens/service-secret.ts';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

/** The service whose token the request carries, if that is one of ours; whether it still works is not asked here. */
export const presentedService = (c: Context<AppEnv>): Presented | undefined => {
  const bearer = /^Bearer +([\w.-]+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];
  return bearer === undefined ? undefined : readServiceToken(serviceKeys(c.env), bearer);
};

/**
 * For the routes of services: lets a request pass whose token is a service's. Whether it was rotated or removed is asked by
 * the statements of the call itself; the handler hands the question over with `serviceOf`.
 */
export const identifyService: MiddlewareHandler<AppEnv> = async (c, next) => {
  const presented = presentedService(c);
  if (!presented) throw new AppError('INVALID_CREDENTIALS');
  c.set('service', presented);
  c.set('unasked', 'service');
  return next();
};

/** Which service calls, for the statements that ask whether it may. */
export const serviceOf = (c: Context<AppEnv>): Presented => {
  c.set('unasked', undefined);
  return c.get('service');
};

/** Asks the database whether the service may call; throws the refusal where not. */
export const requireService = async (c: Context<AppEnv>): Promise<void> => {
  const [found] = await readService(c.get('db'), c.get('service'), new Date());
  if (!found) throw new AppError('INVALID_CREDENTIALS');
};
