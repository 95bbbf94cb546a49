import type { MiddlewareHandler } from 'hono';
import type { RouterRoute } from 'hono/types';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';

const isLiteral = (pattern: string): boolean => !pattern.includes(':') && !pattern.includes('*');

const toRegExp = (pattern: string): RegExp => new RegExp(`^${pattern.replace(/:\w+(?:\{[^}]*\})?/g, '[^/]+')}$`);

const methodsByPattern = (routes: readonly RouterRoute[]): Map<string, Set<string>> => {
  const table = new Map<string, Set<string>>();
  for (const { path, method } of routes) {
    if (method === 'ALL') continue;
    const methods = table.get(path) ?? new Set<string>();
    methods.add(method);
    if (method === 'GET') methods.add('HEAD');
    table.set(path, methods);
  }
  return table;
};

/**
 * Refuses a known path with another method: 405, with the methods that it takes in `Allow`. Reads the app's own
 * table of routes, so a route that is added later is covered; a literal path goes before a pattern that fits it too.
 */
export const refuseOtherMethods = (routesOf: () => readonly RouterRoute[]): MiddlewareHandler<AppEnv> => {
  let table: { literal: Map<string, Set<string>>; patterns: [RegExp, Set<string>][] } | undefined;
  const read = () => {
    const entries = [...methodsByPattern(routesOf())];
    return {
      literal: new Map(entries.filter(([path]) => isLiteral(path))),
      patterns: entries
        .filter(([path]) => !isLiteral(path))
        .map(([path, methods]): [RegExp, Set<string>] => [toRegExp(path), methods]),
    };
  };
  return async (c, next) => {
    table ??= read();
    const methods = table.literal.get(c.req.path) ?? table.patterns.find(([pattern]) => pattern.test(c.req.path))?.[1];
    if (methods && !methods.has(c.req.method)) {
      throw new AppError('METHOD_NOT_ALLOWED', { headers: { Allow: [...methods].join(', ') } });
    }
    return next();
  };
};
