import type { MiddlewareHandler } from 'hono';
import { database } from '../../../drizzle/client.ts';
import { log } from '../../workers/log.ts';
import { countRequest } from '../../workers/metrics.ts';
import type { AppEnv } from './env.ts';
import { routeOf } from './methods.ts';

/**
 * Gives a request its id and its database, counts it, and writes its one log line: the route's pattern and never the
 * path, which may hold an id or a picture's key.
 */
export const requestLog: MiddlewareHandler<AppEnv> = async (c, next) => {
  const started = Date.now();
  const requestId = crypto.randomUUID();
  c.set('requestId', requestId);
  c.set('db', database(c.env.DB));
  c.header('X-Request-Id', requestId);
  await next();
  const { method } = c.req;
  const route = routeOf(c) ?? 'none';
  const [status, code, ms] = [c.res.status, c.get('code'), Date.now() - started];
  countRequest(c.env.METRICS, { route, method, code, status, ms });
  log('info', 'request', {
    method,
    route,
    status,
    code,
    duration_ms: ms,
    request_id: requestId,
    user_id: c.get('token')?.userId,
  });
};
