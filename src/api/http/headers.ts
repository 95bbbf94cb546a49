import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { AppEnv } from './env.ts';
import { isAllowedOrigin, logRefusedOrigin } from './origin.ts';
import { isOnOwnMachine } from './require-https.ts';

// Headers are put into the context before there is an answer, which is then made with them; to change one that is made
// already takes a copy of it. What a route says of the same name stands.

const FRAME: readonly [name: string, value: string][] = [
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Origin-Agent-Cluster', '?1'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-DNS-Prefetch-Control', 'off'],
  ['X-Download-Options', 'noopen'],
  ['X-Frame-Options', 'DENY'],
  ['X-Permitted-Cross-Domain-Policies', 'none'],
  ['X-XSS-Protection', '0'],
];

/**
 * What every answer carries: nothing of this API is ever a page, a frame or a script of somebody else. A route that
 * serves something else says so itself. A copy on one's own machine demands no HTTPS: a browser would ask it of every
 * port of localhost, for a year.
 */
export const securityHeaders: MiddlewareHandler<AppEnv> = (c, next) => {
  for (const [name, value] of FRAME) c.header(name, value);
  const isOwnCopy = c.env.ENVIRONMENT === 'development' && isOnOwnMachine(c.req.url);
  if (!isOwnCopy) c.header('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
  return next();
};

/** Answers about accounts stay in no cache. */
export const noStore: MiddlewareHandler<AppEnv> = (c, next) => {
  c.header('Cache-Control', 'no-store');
  return next();
};

const corsForAllowed: MiddlewareHandler<AppEnv> = cors({
  origin: (origin) => origin,
  credentials: true,
  allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type'],
  // The name of an export, when to come back, and what to name when asking for help.
  exposeHeaders: ['Content-Disposition', 'Retry-After', 'X-Request-Id'],
  maxAge: 600,
});

/**
 * CORS by the allow-list. An origin that is not on it gets none of its headers, and its preflight is what it is
 * without CORS: a method that the path does not take. The log names it.
 */
export const corsByAllowList: MiddlewareHandler<AppEnv> = (c, next) => {
  const origin = c.req.header('Origin');
  if (origin !== undefined) {
    if (isAllowedOrigin(c.env, origin)) return corsForAllowed(c, next);
    logRefusedOrigin(c, origin);
  }
  c.header('Vary', 'Origin');
  return next();
};

/**
 * What a browser keeps of an account goes with its session (ASVS 14.3.1); not the cookies, one of which protects the next
 * sign-in, nor the cache, in which nothing about accounts is: browsers take seconds to empty it.
 */
export const clearSiteData = (c: Context): void => c.header('Clear-Site-Data', '"storage"');
