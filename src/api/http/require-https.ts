import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

/** What never leaves the machine needs no encryption. */
export const isLoopback = (hostname: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);

/**
 * Outside development refuses what came unencrypted. Nobody is redirected: a client that was set up wrong would send its
 * passwords and tokens in the clear each time, and never learn of it (ASVS 4.1.2, 12.2.1).
 */
export const requireHttps: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { protocol, hostname } = new URL(c.req.url);
  const isPlain = protocol !== 'https:' && !isLoopback(hostname);
  if (isPlain && c.env.ENVIRONMENT !== 'development') throw new AppError('HTTPS_REQUIRED');
  return next();
};
