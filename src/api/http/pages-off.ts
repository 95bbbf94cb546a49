import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

/** The pages that `PAGES` is about; those that mail links open are not among them. */
export const OPTIONAL_PAGES: readonly string[] = ['/', '/sign-up', '/sign-in', '/account', '/admin'];

const isOptional = (path: string): boolean => OPTIONAL_PAGES.includes(path) || path.startsWith('/admin/');

/** With `PAGES = "off"` a page's path is one that nobody knows, whatever its method: there is the API alone. */
export const pagesOff: MiddlewareHandler<AppEnv> = (c, next) => {
  if (c.env.PAGES === 'off' && isOptional(c.req.path)) throw new AppError('NOT_FOUND');
  return next();
};
