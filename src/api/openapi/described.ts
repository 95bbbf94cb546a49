import type { HonoBase } from 'hono/hono-base';
import type { Schema } from 'hono/types';
import type { AppEnv } from '../http/env.ts';
import type { Description, Route } from './operation.ts';
import { documentPath, plainPath } from './path.ts';

/** A route's path without the pattern that a parameter has to match, as `plainPath` makes it. */
type PlainPath<Path extends string> = Path extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${After}`
  : Path;

type Methods<Of, Path extends string> = {
  [Method in keyof Of & string]: Method extends `$${infer Name}` ? `${Uppercase<Name>} ${PlainPath<Path>}` : never;
}[keyof Of & string];

/** The routes of a router by method and path, as the router spells them: `GET /:id`. */
type RouteKey<Routes> = { [Path in keyof Routes & string]: Methods<Routes[Path], Path> }[keyof Routes & string];

/** A router, or the app, as far as the document reads it. */
export type Router = { routes: readonly { method: string; path: string; handler: object }[] };

/** A router, and what is told of each of its routes. */
export type DescribedRouter = { router: Router; descriptions: Readonly<Record<string, Description>> };

/**
 * Puts a router and the descriptions of its routes together. A route that nothing is told of does not compile, nor does a
 * description of none; where the app has the router is the app's to say.
 */
export const described = <Routes extends Schema>(
  router: HonoBase<AppEnv, Routes, '/'>,
  descriptions: Readonly<Record<RouteKey<Routes>, Description>>,
): DescribedRouter => ({ router, descriptions });

const keyOf = ({ method, path }: Router['routes'][number]): string => `${method} ${plainPath(path)}`;

/** What is told of a router's routes, by the keys that they have in the app, which has them one behind the other. */
const inApp = (app: Router, { router, descriptions }: DescribedRouter): [string, Description | undefined][] => {
  const isHere = (start: number) => router.routes.every(({ handler }, i) => app.routes[start + i]?.handler === handler);
  const start = app.routes.findIndex((_, index) => isHere(index));
  const told = Object.keys(descriptions);
  if (start === -1) throw new Error(`The app does not serve what is described: ${told.join(', ')}.`);
  const own = router.routes.map(keyOf);
  const unknown = told.filter((key) => !own.includes(key));
  if (unknown.length > 0)
    throw new Error(`A description tells of what its router does not serve: ${unknown.join(', ')}.`);
  return app.routes.slice(start, start + own.length).map((route, i) => [keyOf(route), descriptions[own[i] ?? '']]);
};

/**
 * Every route of the app with all that a request to it passes, in the order of the app, and what is told of it. Throws
 * where one is without the other.
 */
export const describedRoutes = (app: Router, routers: readonly DescribedRouter[]): [Route, Description][] => {
  const descriptions = new Map(routers.flatMap((router) => inApp(app, router)));
  const routes = Map.groupBy(
    app.routes.filter(({ method }) => method !== 'ALL'),
    keyOf,
  );
  return [...routes].map(([key, [first, ...others]]) => {
    const description = descriptions.get(key);
    if (!first || !description) throw new Error(`There is no description of ${key}.`);
    const handlers = [first, ...others].map(({ handler }) => handler);
    return [{ method: first.method, path: documentPath(first.path), handlers }, description];
  });
};
