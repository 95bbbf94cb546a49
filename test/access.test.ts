import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiAccess } from '../src/api/document.ts';
import type { ErrorCode } from '../src/api/http/error.ts';
import { isAdminPath } from '../src/api/http/refusals.ts';
import { CALLERS, type CallerKind, type Cell } from '../src/api/openapi/access.ts';
import { documentPath } from '../src/api/openapi/path.ts';
import { type AppRoute, appRoutes } from './app-routes.ts';
import { type Caller, newCaller, newPerson } from './callers.ts';
import { type Answer, call, dump, everyColumn, rows } from './client.ts';
import { SENT, type Sent } from './sent.ts';

// Who may do what: every route of the app, asked by every kind of caller. What is expected stands beside the route's
// description.

const access = new Map(apiAccess().map((route) => [route.name, route]));

const accessTo = ({ method, pattern }: AppRoute) => {
  const found = access.get(`${method} ${documentPath(pattern)}`);
  if (!found) throw new Error(`Who may call ${method} ${pattern} is undecided.`);
  return found;
};

const KINDS = Object.keys(CALLERS) as CallerKind[];

const STATUSES: Partial<Record<ErrorCode, number>> = {
  INVALID_CREDENTIALS: 401,
  TOKEN_REVOKED: 401,
  MISSING_REFRESH_TOKEN: 401,
  INVALID_REFRESH_TOKEN: 401,
  ACCOUNT_DELETED: 403,
  ACCOUNT_DEACTIVATED: 403,
  EMAIL_NOT_VERIFIED: 403,
  NOT_FOUND: 404,
  INVALID_TOKEN: 400,
  INVALID_RESET_TOKEN: 400,
};

const FORBIDDEN = { status_code: 403, message: 'You do not have permission to access this resource' };
const NO_ADMIN = { status_code: 401, message: 'Could not validate admin credentials' };

/** What is told of an answer: its status and code, or the whole body in four keys. */
const toldBy = ({ path }: AppRoute, { status, body }: Answer): unknown[] => {
  if (status < 400) return [status];
  return isAdminPath(path) ? [status, body] : [status, body.code];
};

const expected = (route: AppRoute, cell: Cell): unknown[] => {
  if (cell === 'passes') return [accessTo(route).done];
  if (!isAdminPath(route.path)) return [STATUSES[cell], cell];
  const { status_code, message } = cell === 'FORBIDDEN' ? FORBIDDEN : NO_ADMIN;
  return [status_code, { status: 'error', status_code, message, data: {} }];
};

const send = ({ method, path }: AppRoute, { shows }: Caller, { path: own, json, form }: Sent): Promise<Answer> =>
  call(method, own ?? path, { ...shows, ...(json ? { json } : {}), ...(form ? { body: form } : {}) });

let columns: Awaited<ReturnType<typeof everyColumn>> = [];

/** Everything that is stored, but for what counts failed sign-ins. */
const stored = async (): Promise<unknown> => [
  await dump(columns),
  (await env.AVATARS.list()).objects.map(({ key }) => key),
];

/** All requests of a route by one kind of caller, each by a caller of its own. */
const attempts = async (route: AppRoute, kind: CallerKind): Promise<{ caller: Caller; sent: Sent }[]> => {
  const make = SENT[`${route.method} ${route.pattern}`] ?? (async () => [{}]);
  const first = await newCaller[kind]();
  const all = (await make(first)).map((sent) => ({ caller: first, sent }));
  for (let n = 1; n < all.length; n += 1) {
    const caller = await newCaller[kind]();
    const sent = (await make(caller))[n];
    if (sent) all[n] = { caller, sent };
  }
  return all;
};

beforeAll(async () => {
  columns = (await everyColumn()).filter(({ table }) => table !== 'login_attempts');
});
beforeEach(() => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

describe.each(appRoutes())('$method $pattern', (route) => {
  // What is looked at as a whole stays small.
  beforeAll(async () => {
    for (const table of ['users', 'services', 'events', 'record_outbox', 'blacklist_outbox', 'mail_requests'])
      await rows(`DELETE FROM ${table}`);
    // So that nobody here is the last administrator.
    await newPerson('admin');
  });

  // ASVS 8.2.1, 8.2.2, 8.3.1
  it.each(KINDS)('answers as it was decided: %s', async (kind) => {
    const cell = accessTo(route).cells[kind];
    for (const { caller, sent } of await attempts(route, kind)) {
      const before = cell === 'passes' ? undefined : await stored();
      expect(toldBy(route, await send(route, caller, sent))).toEqual(expected(route, cell));
      if (before) expect(await stored()).toEqual(before);
    }
  });
});
