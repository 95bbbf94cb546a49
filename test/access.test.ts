import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CALLERS, type CallerKind } from '../src/api/openapi/access.ts';
import { type AppRoute, appRoutes } from './app-routes.ts';
import { forgetEverybody } from './callers.ts';
import { call, dump, everyColumn } from './client.ts';
import { accessTo, toldBy, toldOf } from './decided.ts';
import { type Attempt, attemptsAt } from './sent.ts';

// Who may do what: every route of the app, asked by every kind of caller. What is expected stands beside the route's
// description.

const KINDS = Object.keys(CALLERS) as CallerKind[];

const send = ({ method, path }: AppRoute, { caller: { shows }, sent: { path: own, json, form } }: Attempt) =>
  call(method, own ?? path, { ...shows, ...(json ? { json } : {}), ...(form ? { body: form } : {}) });

let columns: Awaited<ReturnType<typeof everyColumn>> = [];

/** Everything that is stored, but for what counts failed sign-ins. */
const stored = async (): Promise<unknown> => [
  await dump(columns),
  (await env.AVATARS.list()).objects.map(({ key }) => key),
];

beforeAll(async () => {
  columns = (await everyColumn()).filter(({ table }) => table !== 'login_attempts');
});
beforeEach(() => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

describe.each(appRoutes())('$method $pattern', (route) => {
  beforeAll(forgetEverybody);

  // ASVS 8.2.1, 8.2.2, 8.3.1
  it.each(KINDS)('answers as it was decided: %s', async (kind) => {
    const cell = accessTo(route).cells[kind];
    for (const make of await attemptsAt(route, kind)) {
      const attempt = await make();
      const before = cell === 'passes' ? undefined : await stored();
      expect(toldBy(route, await send(route, attempt))).toEqual(toldOf(route, cell));
      if (before) expect(await stored()).toEqual(before);
    }
  });
});
