import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CALLERS, type CallerKind } from '../src/api/openapi/access.ts';
import { type AppRoute, appRoutes } from './app-routes.ts';
import { forgetEverybody, type Person } from './callers.ts';
import { call, dump, everyColumn, rows } from './client.ts';
import { accessTo, toldBy, toldOf } from './decided.ts';
import { type Attempt, attemptsAt, cookiesOf, type Sent } from './sent.ts';

// Who may do what: every route of the app, asked by every kind of caller. What is expected stands beside the route's
// description.

const KINDS = Object.keys(CALLERS) as CallerKind[];

const send = ({ method, path }: AppRoute, attempt: Attempt) => {
  const { path: own, json, form, headers } = attempt.sent;
  const body = { ...(json ? { json } : {}), ...(form ? { body: form } : {}), ...(headers ? { headers } : {}) };
  return call(method, own ?? path, { ...attempt.caller.shows, ...cookiesOf(attempt), ...body });
};

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

  // ASVS 8.1.1, 8.2.1, 8.2.2, 8.3.1
  // Threat somebody-elses, gained-role, rogue-administrator, rogue-service
  it.each(KINDS)('answers as it was decided: %s', async (kind) => {
    const cell = accessTo(route).cells[kind];
    for (const make of await attemptsAt(route, kind)) {
      const attempt = await make();
      const before = cell === 'passes' ? undefined : await stored();
      const told = toldOf(route, cell);
      expect(toldBy(route, await send(route, attempt))).toEqual(told);
      if (route.method === 'GET') {
        const { status, text } = await send({ ...route, method: 'HEAD' }, attempt);
        expect([status, text]).toEqual([told[0], '']);
      }
      if (before) expect(await stored()).toEqual(before);
    }
  });
});

/** The rows of somebody and of their sessions. */
const rowsOf = ({ id }: Person) =>
  Promise.all(['users WHERE id', 'sessions WHERE user_id'].map((where) => rows(`SELECT * FROM ${where} = ?`, id)));

const forUsers = appRoutes().filter((route) => accessTo(route).audience === 'user');

describe('a request that names another user wherever it can', () => {
  // ASVS 8.2.2, 15.3.3
  // Threat somebody-elses
  it.each(forUsers)('is about the one who sends it: $method $pattern', async (route) => {
    for (const make of await attemptsAt(route, 'another user')) {
      const { caller, sent } = await make();
      const { id, email } = caller.person;
      const query = `user_id=${id}&id=${id}&email=${encodeURIComponent(email)}`;
      const path = sent.path ?? route.path;
      const naming: Sent = { ...sent, path: `${path}${path.includes('?') ? '&' : '?'}${query}` };
      if (sent.json) naming.json = { user_id: id, id, sub: id, email, role: 'admin', ...sent.json };
      for (const [name, value] of Object.entries({ user_id: String(id), id: String(id), email }))
        sent.form?.set(name, value);
      const before = await rowsOf(caller.person);
      const answer = await send(route, { caller, sent: naming });
      expect(toldBy(route, answer)).toEqual(toldOf(route, accessTo(route).cells['another user']));
      expect(answer.text).not.toContain(email);
      expect(await rowsOf(caller.person)).toEqual(before);
    }
  });
});
