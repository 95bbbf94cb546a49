import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { database } from '../../drizzle/client.ts';
import type { AppEnv } from '../env.ts';
import { log } from '../log.ts';

/**
 * Gives a request its id and its database, and writes its one log line: the route's pattern and never the path, which
 * may hold an id or a picture's key.
 */
export const requestLog: MiddlewareHandler<AppEnv> = async (c, next) => {
  const started = Date.now();
  const requestId = crypto.randomUUID();
  c.set('requestId', requestId);
  c.set('db', database(c.env.DB));
  await next();
  // After the handler, which may have answered with a response that is not built from the context.
  c.header('X-Request-Id', requestId);
  log('info', 'request', {
    method: c.req.method,
    // The first that is no middleware answers; a pattern further on may fit the path as well.
    route: matchedRoutes(c).find(({ method }) => method !== 'ALL')?.path ?? 'none',
    status: c.res.status,
    code: c.get('code'),
    duration_ms: Date.now() - started,
    request_id: requestId,
    user_id: c.get('user')?.id,
  });
};
