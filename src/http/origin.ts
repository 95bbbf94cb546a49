import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';
import { allowedOrigins } from './headers.ts';

/**
 * Refuses a page of somebody else on a route that a cookie opens (ASVS 3.5.1). No `Origin` at all is fine: that is
 * not a browser's page.
 */
export const refuseForeignOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const origin = c.req.header('Origin');
  const isOurs = origin === undefined || origin === new URL(c.req.url).origin || allowedOrigins(c.env).includes(origin);
  if (!isOurs) throw new AppError('FORBIDDEN_ORIGIN');
  return next();
};
