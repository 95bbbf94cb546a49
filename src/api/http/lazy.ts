import type { Context, Handler, Next } from 'hono';
import type { AppEnv } from './env.ts';
import { inputsOf, noteInputs } from './validate.ts';

// What few requests need stands in a file of its own, which an isolate loads with the first of them: it reads less before
// its first request. A route names it, and keeps who may call beside it, where everybody sees it.

const LOAD = Symbol('loads a handler');

type Loads = { [LOAD]?: () => Promise<object> };

/** The handler that a module exports under a name; the module is loaded when it is called for the first time. */
export const lazy = <Name extends string, Module extends Record<Name, Handler<AppEnv>>>(
  load: () => Promise<Module>,
  name: Name,
): Module[Name] => {
  const loaded = async () => {
    const handler = (await load())[name];
    noteInputs(standIn, inputsOf(handler));
    return handler;
  };
  const standIn = async (c: Context<AppEnv>, next: Next) => (await loaded())(c, next);
  return Object.assign(standIn, { [LOAD]: loaded }) as unknown as Module[Name];
};

/** Loads every handler of an app, so that what each validates is known: who walks over the routes asks for it first. */
export const loadHandlers = async (app: { routes: readonly { handler: object }[] }): Promise<void> => {
  await Promise.all(app.routes.map(({ handler }) => (handler as Loads)[LOAD]?.()));
};
