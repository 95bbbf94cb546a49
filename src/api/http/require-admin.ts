import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

/** Lets administrators pass. Stands behind `authenticate`, which has read the role from the database at this request. */
export const requireAdmin: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.get('user').role !== 'admin') throw new AppError('FORBIDDEN');
  return next();
};
