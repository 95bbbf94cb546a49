import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';

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
} as const;
const EVERYTHING_ELSE = 300;

const PERIOD_S = 60;

const limitOf = (
  path: string,
): { route: string; limit: (typeof LIMITS)[keyof typeof LIMITS] | typeof EVERYTHING_ELSE } =>
  Object.hasOwn(LIMITS, path)
    ? { route: path, limit: LIMITS[path as keyof typeof LIMITS] }
    : { route: '*', limit: EVERYTHING_ELSE };

/** One client: an IPv4 address, or the /64 that one holder of IPv6 addresses commands. */
export const clientOf = (address: string): string => {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  const full =
    tail === undefined
      ? groups
      : [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest];
  return `${full
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
};

/** The address that Cloudflare saw; it sets the header itself, so no client chooses it. Local runs may have none. */
const clientAddress = (header: string | undefined): string => clientOf(header ?? '127.0.0.1');

const isOff = (env: Env): boolean => env.RATE_LIMITS === 'off' && env.ENVIRONMENT === 'development';

/** Refuses a client that asks too often with 429. The binding counts by location and approximately; the lock-out does not rest on it. */
export const rateLimit: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isOff(c.env)) return next();
  const { route, limit } = limitOf(c.req.path);
  const key = `${route} ${clientAddress(c.req.header('CF-Connecting-IP'))}`;
  const { success } = await c.env[`RATE_LIMIT_${limit}`].limit({ key });
  if (!success) throw new AppError('RATE_LIMIT_EXCEEDED', { headers: { 'Retry-After': String(PERIOD_S) } });
  return next();
};
