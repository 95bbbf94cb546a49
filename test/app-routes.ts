import { app } from '../src/api/app.ts';
import { authenticate, identify, identifyAdmin } from '../src/api/http/authenticate.ts';
import { identifyService } from '../src/api/http/identify-service.ts';
import { loadHandlers } from '../src/api/http/lazy.ts';
import { inputsOf, type ValidatedInput } from '../src/api/http/validate.ts';

await loadHandlers(app);

/** A route of the app, and a path that it takes: its parameters stand for something plausible. */
export type AppRoute = { method: string; pattern: string; path: string };

const PLAUSIBLE = ['1', 'a', 'en', '1/a.webp'];

const plausiblePath = (pattern: string): string =>
  pattern
    .replace(/:\w+(?:\{((?:[^{}]|\{[^}]*\})*)\})?\??/g, (parameter, shape: string | undefined) => {
      const value = PLAUSIBLE.find((candidate) => new RegExp(`^(?:${shape ?? '.+'})$`).test(candidate));
      if (value === undefined) throw new Error(`Nothing plausible is known for ${parameter} of ${pattern}.`);
      return value;
    })
    .replace(/\*/g, 'a');

/** Every route there is, read from the app itself, so that one added later is covered. */
export const appRoutes = (): AppRoute[] => {
  const routes = app.routes.filter(({ method }) => method !== 'ALL');
  const byName = new Map(routes.map(({ method, path }) => [`${method} ${path}`, { method, pattern: path }]));
  return [...byName.values()].map((route) => ({ ...route, path: plausiblePath(route.pattern) }));
};

/** The handlers that a request to a route passes: the middleware before it, and its own. */
const handlerChain = ({ method, pattern, path }: AppRoute): unknown[] =>
  app.router
    .match(method, path)[0]
    .filter(([[, route]]) => route.method === 'ALL' || route.path === pattern)
    .map(([[handler]]) => handler);

/** The routes that only a bearer token opens. */
export const protectedRoutes = (): AppRoute[] =>
  appRoutes().filter((route) =>
    [authenticate, identify, identifyAdmin].some((middleware) => handlerChain(route).includes(middleware)),
  );

/** The routes that only the token of a service opens. */
export const serviceRoutes = (): AppRoute[] =>
  appRoutes().filter((route) => handlerChain(route).includes(identifyService));

/** Whether a route asks who calls before its handler, which is for what only reads. */
export const onlyReads = (route: AppRoute): boolean => handlerChain(route).includes(authenticate);

/** Those among the protected that change something, which is every one whose method is not safe (RFC 9110 §9.2.1) and that does not only read. */
export const changingRoutes = (): AppRoute[] =>
  protectedRoutes().filter((route) => route.method !== 'GET' && !onlyReads(route));

/** The routes that take a body, each with what it validates of it by media type. */
export const routesWithBody = (): (AppRoute & { bodies: Required<ValidatedInput>[] })[] =>
  appRoutes()
    .map((route) => {
      const inputs = handlerChain(route).flatMap((handler) => inputsOf(handler as object));
      return { ...route, bodies: inputs.filter((input): input is Required<ValidatedInput> => 'mediaType' in input) };
    })
    .filter(({ bodies }) => bodies.length > 0);
