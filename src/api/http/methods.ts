import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Router } from 'hono/router';
import type { RouterRoute } from 'hono/types';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

/** Hono's router, as far as it is asked here. */
export type AppRouter = Router<[unknown, RouterRoute]>;

// Of the methods of RFC 9110 and 5789 those that a handler can be registered for; HEAD comes with GET.
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The methods that a path takes: those for which a handler, not only middleware, stands in the router. */
const methodsOf = (router: AppRouter, path: string): string[] =>
  METHODS.filter((method) => router.match(method, path)[0].some(([[, route]]) => route.method !== 'ALL')).flatMap(
    (method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]),
  );

/** The pattern of the route that answers a request; undefined where none does. A pattern further on may fit the path as well. */
export const routeOf = (c: Context): string | undefined =>
  matchedRoutes(c).find(({ method }) => method !== 'ALL')?.path;

/**
 * Refuses a path that no route takes with 404, before anybody is asked who they are, and a known path with another
 * method with 405 and the methods that it takes in `Allow`. Asks the app's own router, so a route that is added
 * later is covered; for the other methods of a path only where the request's own is none of them.
 */
export const refuseUnknown =
  (routerOf: () => AppRouter): MiddlewareHandler<AppEnv> =>
  (c, next) => {
    if (routeOf(c) !== undefined) return next();
    const methods = methodsOf(routerOf(), c.req.path);
    if (methods.length === 0) throw new AppError('NOT_FOUND');
    throw new AppError('METHOD_NOT_ALLOWED', { headers: { Allow: methods.join(', ') } });
  };
