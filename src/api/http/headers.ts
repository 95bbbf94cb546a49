import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import type { AppEnv } from './env.ts';
import { isAllowedOrigin, logRefusedOrigin } from './origin.ts';
import { isLoopback } from './require-https.ts';

const headersOfFrame: MiddlewareHandler<AppEnv> = secureHeaders({
  strictTransportSecurity: 'max-age=31536000; includeSubDomains',
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'no-referrer',
  crossOriginResourcePolicy: 'same-origin',
  overwrite: false,
});

/**
 * What every answer carries: nothing of this API is ever a page, a frame or a script of somebody else. A route that
 * serves something else says so itself. A copy on one's own machine demands no HTTPS: a browser would ask it of every
 * port of localhost, for a year.
 */
export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await headersOfFrame(c, next);
  const isOwnMachine = c.env.ENVIRONMENT === 'development' && isLoopback(new URL(c.req.url).hostname);
  if (isOwnMachine) c.res.headers.delete('Strict-Transport-Security');
};

/** Answers about accounts stay in no cache. */
export const noStore: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  c.header('Cache-Control', 'no-store');
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
export const corsByAllowList: MiddlewareHandler<AppEnv> = async (c, next) => {
  const origin = c.req.header('Origin');
  if (origin !== undefined) {
    if (isAllowedOrigin(c.env, origin)) return corsForAllowed(c, next);
    logRefusedOrigin(c, origin);
  }
  await next();
  c.header('Vary', 'Origin', { append: true });
};

/**
 * What a browser keeps of an account goes with its session (ASVS 14.3.1); not the cookies, one of which protects the next
 * sign-in, nor the cache, in which nothing about accounts is: browsers take seconds to empty it.
 */
export const clearSiteData = (c: Context): void => c.header('Clear-Site-Data', '"storage"');
