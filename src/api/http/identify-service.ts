import type { Context, MiddlewareHandler } from 'hono';
import { type Presented, readService } from '../../accounts/services/service.ts';
import { readServiceToken, serviceKeys } from '../../accounts/tokens/service-secret.ts';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

/** The request's bearer token (RFC 6750 §2.1), or undefined where there is none, or one that is far too long for ours. */
export const bearerOf = (c: Context<AppEnv>): string | undefined =>
  /^Bearer +([\w.-]{1,2048})$/i.exec(c.req.header('Authorization') ?? '')?.[1];

/** The service whose token the request carries, if that is one of ours; whether it still works is not asked here. */
export const presentedService = (c: Context<AppEnv>): Presented | undefined => {
  const bearer = bearerOf(c);
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
