import type { Context, MiddlewareHandler } from 'hono';
import { inTime } from '../../workers/deadline.ts';
import { faultOf, log } from '../../workers/log.ts';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';
import { presentedService } from './identify-service.ts';

// Requests a minute for one client, by route; each number has a binding, and the key names the route.
const LIMITS = {
  '/api/v1/auth/signup': 10,
  '/api/v1/auth/login': 10,
  '/api/v1/auth/refresh-token': 30,
  '/api/v1/auth/logout': 20,
  '/api/v1/auth/verify-email': 10,
  '/api/v1/auth/resend-verification': 3,
  '/api/v1/auth/forgot-password': 5,
  '/api/v1/auth/reset-password': 5,
  '/api/v1/auth/change-password': 10,
  '/api/v1/auth/prove': 10,
  '/api/v1/auth/login/second-factor': 10,
  '/api/v1/auth/login/passkey-options': 30,
  '/api/v1/auth/login/passkey': 10,
  '/api/v1/auth/confirm-email': 10,
  '/api/v1/auth/undo-email': 10,
  '/api/v1/users/me/email': 5,
} as const;
const EVERYTHING_ELSE = 300;

const PERIOD_S = 60;

export const limitOf = (
  path: string,
): { route: string; limit: (typeof LIMITS)[keyof typeof LIMITS] | typeof EVERYTHING_ELSE } =>
  Object.hasOwn(LIMITS, path)
    ? { route: path, limit: LIMITS[path as keyof typeof LIMITS] }
    : { route: '*', limit: EVERYTHING_ELSE };

/** The eight groups of an IPv6 address in any of its spellings (RFC 4291 §2.2). */
const groupsOf = (address: string): number[] => {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before, after] = hex
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))));
  if (!before || !after) return before ?? [];
  return [...before, ...Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0), ...after];
};

/** One client: an IPv4 address, or the /64 that one holder of IPv6 addresses commands. */
export const clientOf = (address: string): string => {
  if (!address.includes(':')) return address;
  const groups = groupsOf(address);
  const [g6 = 0, g7 = 0] = groups.slice(6);
  // ::ffff:0:0/96 holds the IPv4 addresses, all of them in one /64.
  if (groups.slice(0, 6).join() === '0,0,0,0,0,65535') return [g6 >> 8, g6 & 255, g7 >> 8, g7 & 255].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
};

/** The address that Cloudflare saw; it sets the header itself, so no client chooses it. Local runs may have none. */
const clientAddress = (header: string | undefined): string => clientOf(header ?? '127.0.0.1');

const isOff = (env: Env): boolean => env.RATE_LIMITS === 'off' && env.ENVIRONMENT === 'development';

/** The routes of services, whose calls may all come from one address. */
const SERVICE_PATH = /^\/api\/v1\/(?:profiles|events|room-participations)(?:\/|$)/;

/** Whose requests are counted together: a service, or a client by its address. */
const caller = (c: Context<AppEnv>): string => {
  const service = SERVICE_PATH.test(c.req.path) ? presentedService(c) : undefined;
  return service ? `service ${service.id}` : clientAddress(c.req.header('CF-Connecting-IP'));
};

/** Whether a client may go on. A limiter that fails, or takes its time, stops nobody: the lock-out and the caps on mails do not rest on it. */
const isWithinLimit = async (c: Context<AppEnv>): Promise<boolean> => {
  const { route, limit } = limitOf(c.req.path);
  const key = `${route} ${caller(c)}`;
  try {
    return (await inTime('The limiter', c.env[`RATE_LIMIT_${limit}`].limit({ key }))).success;
  } catch (error) {
    log('warn', 'rate-limit-unanswered', { route, request_id: c.get('requestId'), fault: faultOf(error) });
    return true;
  }
};

/** Refuses a client that asks too often with 429. The binding counts by location and approximately. */
export const rateLimit: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isOff(c.env) || (await isWithinLimit(c))) return next();
  throw new AppError('RATE_LIMIT_EXCEEDED', { headers: { 'Retry-After': String(PERIOD_S) } });
};
