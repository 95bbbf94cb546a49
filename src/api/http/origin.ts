import type { Context, MiddlewareHandler } from 'hono';
import { log } from '../../workers/log.ts';
import { canonicalOrigin, listedOrigins } from '../../workers/settings.ts';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

const LOGGED_LENGTH = 100;

const isOfThisMachine = (origin: string): boolean =>
  /^(?:(?:.+\.)?localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(origin).hostname);

/**
 * Whether pages of an origin may call with credentials: those of `ALLOWED_ORIGINS`, and in development every one of this
 * machine, whatever its port.
 */
export const isAllowedOrigin = (env: Env, text: string): boolean => {
  const origin = canonicalOrigin(text);
  if (origin === undefined) return false;
  return (
    listedOrigins(env.ALLOWED_ORIGINS).includes(origin) ||
    (env.ENVIRONMENT === 'development' && isOfThisMachine(origin))
  );
};

const isOwnOrigin = (c: Context, origin: string): boolean => origin === new URL(c.req.url).origin;

/** Says in the log which origin is not allowed, since its page learns nothing: a browser shows it a failed connection. */
export const logRefusedOrigin = (c: Context<AppEnv>, text: string): void => {
  if (isOwnOrigin(c, text)) return;
  const origin = text === 'null' ? text : (canonicalOrigin(text) ?? 'unreadable');
  log('warn', 'origin-refused', {
    // Browsers give an extension another host in each installation, which is somebody's.
    origin: origin.replace(/^([\w-]+-extension:).*/, '$1').slice(0, LOGGED_LENGTH),
    request_id: c.get('requestId'),
  });
};

/**
 * Refuses a page of somebody else on a route that a cookie opens (ASVS 3.5.1). No `Origin` at all is fine: that is
 * not a browser's page.
 */
export const refuseForeignOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const origin = c.req.header('Origin');
  const isOurs = origin === undefined || isOwnOrigin(c, origin) || isAllowedOrigin(c.env, origin);
  if (!isOurs) throw new AppError('FORBIDDEN_ORIGIN');
  return next();
};
