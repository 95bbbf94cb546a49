import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
// How an address of this machine is mostly written, which spares to take it apart.
const PLAINLY_LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?\//;

/** Whether a request to `url` has never left the machine. */
export const isOnOwnMachine = (url: string): boolean =>
  PLAINLY_LOOPBACK.test(url) || LOOPBACK.test(new URL(url).hostname);

/**
 * Outside development refuses what came unencrypted. Nobody is redirected: a client that was set up wrong would send its
 * passwords and tokens in the clear each time, and never learn of it (ASVS 4.1.2, 12.2.1).
 */
export const requireHttps: MiddlewareHandler<AppEnv> = (c, next) => {
  if (c.env.ENVIRONMENT === 'development') return next();
  const { url } = c.req;
  // It needs no encryption there.
  if (!url.startsWith('https:') && !isOnOwnMachine(url)) throw new AppError('HTTPS_REQUIRED');
  return next();
};
