import type { HonoBase } from 'hono/hono-base';
import type { Schema } from 'hono/types';
import { app } from '../api/app.ts';
import type { AppEnv } from '../api/http/env.ts';

// What clients know of the API, without the Worker's own types. Nothing here ever runs: the compiler infers it, and
// `npm run generate:client` writes what it has inferred to client/api.d.ts.

/** A path as a client writes it: without the pattern that a parameter has to match. */
type PlainPath<Path> = Path extends `${infer Before}{${string}}${infer After}` ? `${Before}${After}` : Path;

/** The pages for people and for administrators, and their parts: a browser opens them, and no client calls them. */
type Page = '/' | '/sign-up' | '/sign-in' | '/account' | `/pages/${string}` | '/admin' | `/admin/${string}`;

type PlainPaths<Routes> = Routes extends unknown
  ? { [Path in keyof Routes as Path extends Page ? never : PlainPath<Path>]: Routes[Path] }
  : never;

// By inference, since the compiler writes an inferred type out in full, and any other by its name.
declare const known: <Routes extends Schema>(
  app: HonoBase<AppEnv, Routes, '/', string>,
) => HonoBase<object, PlainPaths<Routes>, '/'>;

const api = known(app);

/** The API's type, for `hc`. */
export type AccountsApp = typeof api;
