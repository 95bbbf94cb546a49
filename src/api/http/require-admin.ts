import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

/** Lets administrators pass. Stands behind `authenticate`, which has asked the database at this request whether it is one. */
export const requireAdmin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const refusal = c.get('notAdministrator');
  if (refusal) throw new AppError(refusal);
  return next();
};
