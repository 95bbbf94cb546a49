import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import costs from '../docs/cost.md?raw';
import { database } from '../drizzle/client.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';
import { deactivateUser } from '../src/accounts/administration/deactivation.ts';
import { demoteUser } from '../src/accounts/administration/role.ts';
import { softDeleteUser } from '../src/accounts/erasure/deletion.ts';
import { eraseUser } from '../src/accounts/erasure/erasure.ts';
import { hashPassword } from '../src/accounts/passwords/password.ts';
import { endSessionsOfUser } from '../src/accounts/sessions/session.ts';
import { signAccessToken } from '../src/accounts/tokens/access-token.ts';
import { randomId } from '../src/accounts/tokens/signed-token.ts';
import { signingSlots, tokenNames } from '../src/api/http/authenticate.ts';
import { isAdminPath } from '../src/api/http/refusals.ts';
import worker from '../src/api/index.ts';
import { type AppRoute, changingRoutes } from './app-routes.ts';
import { call, callerOf, everyRow, mailToken, ORIGIN, PASSWORD, rows } from './client.ts';
import { picture } from './picture.ts';

const ME = '/api/v1/users/me';
const SCRIPT: Actor = { origin: 'script', name: 'test', requestId: 'test' };
const db = () => database(env.DB);

type Person = { id: number; email: string; token: string };

let passwordHash = '';
beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
  // So that nobody in these tests is the last administrator.
  await newPerson('admin');
});
beforeEach(() => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

/** Somebody in use who is signed in, written by SQL. */
const newPerson = async (role: 'user' | 'admin' = 'user'): Promise<Person> => {
  const [now, sessionId] = [Date.now(), randomId()];
  const email = `${sessionId.toLowerCase()}@example.com`;
  const [user] = await rows<{ id: number }>(
    `INSERT INTO users (email, password_hash, role, is_verified, accepted_terms_at, created_at, updated_at)
     VALUES (?, ?, ?, 1, 0, 0, 0) RETURNING id`,
    ...[email, passwordHash, role],
  );
  const id = user?.id ?? 0;
  await rows(
    `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at, proved_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...[sessionId, id, now, now, now, now + 600_000, now],
  );
  const token = await signAccessToken(signingSlots(env), tokenNames(env), { id: sessionId, userId: id });
  return { id, email, token };
};

/** What is sent, under the name that docs/cost.md has for it. */
type Sent = { name: string; path?: string; json?: unknown; form?: FormData };

const withPicture = (): FormData => {
  const form = new FormData();
  form.set('full_name', 'Changed Meanwhile');
  form.set('avatar', new File([picture('columns.png')], 'a.png'));
  return form;
};

const withText = (): FormData => {
  const form = new FormData();
  form.set('full_name', 'Changed Meanwhile');
  return form;
};

/** What is sent to each route that changes something, so that it would change it. */
const SENT: Record<string, (caller: Person) => Promise<Sent[]>> = {
  'POST /api/v1/auth/change-password': async () => [
    {
      name: 'POST /auth/change-password',
      json: { current_password: PASSWORD, new_password: 'another battery staple' },
    },
  ],
  'POST /api/v1/users/me/email': async () => [
    { name: 'POST /users/me/email', json: { email: `${randomId().toLowerCase()}@example.com` } },
  ],
  'POST /api/v1/auth/prove': async () => [{ name: 'POST /auth/prove', json: { password: PASSWORD } }],
  'POST /api/v1/auth/logout': async () => [{ name: 'POST /auth/logout' }],
  'DELETE /api/v1/users/me/sessions/:id': async (caller) => {
    const second = randomId();
    const now = Date.now();
    await rows(
      'INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      ...[second, caller.id, now, now, now, now + 600_000],
    );
    return [{ name: 'DELETE /users/me/sessions/…', path: `${ME}/sessions/${second}` }];
  },
  'PATCH /api/v1/users/me': async () => [
    { name: 'PATCH /users/me, texts', json: { full_name: 'Changed Meanwhile' } },
    { name: 'PATCH /users/me, texts', form: withText() },
    { name: 'PATCH /users/me, a picture', form: withPicture() },
  ],
  'DELETE /api/v1/users/me/avatar': async (caller) => {
    const key = `${caller.id}/${randomId()}.webp`;
    await env.AVATARS.put(key, 'a picture');
    await rows('UPDATE users SET avatar_key = ? WHERE id = ?', key, caller.id);
    return [{ name: 'DELETE /users/me/avatar' }];
  },
  'DELETE /api/v1/users/me': async () => [
    { name: 'DELETE /users/me?hard=true', path: `${ME}?hard=true` },
    { name: 'DELETE /users/me' },
  ],
  'PATCH /api/v1/users/deactivate': async () => [
    { name: 'PATCH /users/deactivate', json: { user_id: (await newPerson()).id, reason: 'Spam.' } },
  ],
  'PATCH /api/v1/users/reactivate': async () => {
    const { id } = await newPerson();
    await deactivateUser(db(), id, { reason: null }, SCRIPT);
    return [{ name: 'PATCH /users/reactivate', json: { user_id: id } }];
  },
};

// It asks for the token in its handler, since the cookie opens it as well.
const routes: AppRoute[] = [
  ...changingRoutes(),
  { method: 'POST', pattern: '/api/v1/auth/logout', path: '/api/v1/auth/logout' },
];

const nameOf = ({ method, pattern }: AppRoute): string => `${method} ${pattern}`;

/** What may happen to a caller, with the refusal that it leads to; each is an act that was answered. */
const HAPPENS: Record<string, { code: string; to: (caller: Person) => Promise<unknown> }> = {
  'is suspended': {
    code: 'ACCOUNT_DEACTIVATED',
    to: ({ id }) => deactivateUser(db(), id, { reason: null }, SCRIPT),
  },
  'is deleted': {
    code: 'ACCOUNT_DELETED',
    to: async (caller) => {
      const by = callerOf(caller);
      return softDeleteUser(
        db(),
        { token: { sessionId: by.sessionId, jti: randomId(), expiresAt: new Date() }, grace: 1000 },
        by,
      );
    },
  },
  'is erased': {
    code: 'INVALID_CREDENTIALS',
    to: ({ id }) => eraseUser(db(), id, { force: true }, SCRIPT),
  },
  'is signed out everywhere': { code: 'TOKEN_REVOKED', to: ({ id }) => endSessionsOfUser(db(), id, {}, SCRIPT) },
  'resets the password': {
    code: 'TOKEN_REVOKED',
    to: async ({ email }) => {
      await call('POST', '/api/v1/auth/forgot-password', { json: { email } });
      const json = { token: await mailToken(email, 'reset-password'), new_password: 'a third battery staple' };
      expect((await call('POST', '/api/v1/auth/reset-password', { json })).status).toBe(200);
    },
  },
  'is demoted': { code: 'FORBIDDEN', to: ({ id }) => demoteUser(db(), id, {}, SCRIPT) },
};

const statusOf = (route: AppRoute, code: string): number => {
  if (code === 'FORBIDDEN') return 403;
  if (isAdminPath(route.path) || code === 'INVALID_CREDENTIALS' || code === 'TOKEN_REVOKED') return 401;
  return 403;
};

const messageOf = (code: string): string =>
  code === 'FORBIDDEN' ? 'You do not have permission to access this resource' : 'Could not validate admin credentials';

const pictures = async (): Promise<string[]> => (await env.AVATARS.list()).objects.map(({ key }) => key);

type Told = { status: number; body: { code?: string; message?: string } };

const answerTo = async (request: Request, bindings: Partial<Env> = {}): Promise<Told> => {
  const ctx = createExecutionContext();
  const answer = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, ...bindings },
    ctx,
  );
  const text = await answer.text();
  await waitOnExecutionContext(ctx);
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
};

const requestOf = async (route: AppRoute, caller: Person, sent: Sent): Promise<Request> => {
  const whole = sent.form ? new Response(sent.form) : sent.json === undefined ? undefined : Response.json(sent.json);
  const type = whole?.headers.get('Content-Type');
  return new Request(new URL(sent.path ?? route.path, ORIGIN), {
    method: route.method,
    headers: { Authorization: `Bearer ${caller.token}`, ...(type ? { 'Content-Type': type } : {}) },
    ...(whole ? { body: await whole.arrayBuffer() } : {}),
  });
};

/** The same request with its body held back: `asked` is when the route wants it, `release` lets it come. */
const heldBack = (request: Request) => {
  const [asked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        asked.resolve();
        await release.promise;
        controller.enqueue(new Uint8Array(await request.arrayBuffer()));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { request: new Request(request, { body }), asked: asked.promise, release: release.resolve };
};

/** The database, with something that happens just before the first batch, which is the change. */
const happeningBefore = (happens: () => Promise<unknown>): D1Database => {
  let hasHappened = false;
  return new Proxy(env.DB, {
    get: (target, name) => {
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return async (statements: D1PreparedStatement[]) => {
        if (!hasHappened) await happens();
        hasHappened = true;
        return target.batch(statements);
      };
    },
  });
};

/** The trips to the database that an answer waits for, by the table of the document. */
const TRIPS: Record<string, number> = Object.fromEntries(
  [...costs.matchAll(/^\| (\w+ \/.+?) +\| (\d) +\| \d +\|$/gm)].map(([, name = '', trips]) => [name, Number(trips)]),
);

const hangs = (): Promise<never> => new Promise(() => undefined);
const hanging = <Binding extends object>(): Binding => new Proxy({}, { get: () => hangs }) as Binding;

/** The database, which answers so many trips and then never again; `isAwaited` is when one more is asked for. */
const answering = (trips: number): { DB: D1Database; isAwaited: Promise<void> } => {
  const awaited = Promise.withResolvers<void>();
  let left = trips;
  const trip = (ask: () => Promise<unknown>): Promise<unknown> => {
    left -= 1;
    if (left >= 0) return ask();
    awaited.resolve();
    return hangs();
  };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const watched = (original: D1PreparedStatement): D1PreparedStatement => {
    const statement = new Proxy(original, {
      get: (target, name) => {
        if (name === 'bind') return (...values: unknown[]) => watched(target.bind(...values));
        return () => trip(() => (Reflect.get(target, name) as () => Promise<unknown>).call(target));
      },
    });
    originals.set(statement, original);
    return statement;
  };
  const DB = {
    prepare: (statement: string) => watched(env.DB.prepare(statement)),
    batch: (statements: D1PreparedStatement[]) =>
      trip(() => env.DB.batch(statements.map((statement) => originals.get(statement) ?? statement))),
  } as unknown as D1Database;
  return { DB, isAwaited: awaited.promise };
};

// How long an answer is waited for that is to come, and one that is not to come.
const [COMES, STAYS_AWAY] = [30_000, 200];

/**
 * Whether a request is answered with success while the database answers so many trips, and what follows an answer hangs.
 * What is expected decides how long it is waited for, so that no busy machine turns an answer into none.
 */
const isAnsweredAfter = async (trips: number, request: Request, patience: number): Promise<boolean> => {
  const { DB, isAwaited } = answering(trips);
  const parts = { MAIL: hanging<Queue>(), REVOKED_TOKENS: hanging<KVNamespace>(), RECORDS: hanging<R2Bucket>() };
  const answer = worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, ...parts, DB },
    createExecutionContext(),
  );
  // One trip more is asked for only behind the answer, or else the answer waits for it.
  const first = await Promise.race([
    answer,
    isAwaited.then(() => new Promise((resolve) => setTimeout(resolve, patience))),
  ]);
  return first instanceof Response && first.ok;
};

/** A caller and everything that each of the route's requests needs, made anew for each of them. */
const attempts = async (route: AppRoute): Promise<(() => Promise<{ caller: Person; sent: Sent }>)[]> => {
  const make = SENT[nameOf(route)];
  if (!make) throw new Error(`What ${nameOf(route)} is sent has to be said here.`);
  const role = isAdminPath(route.path) ? 'admin' : 'user';
  const { length } = await make(await newPerson(role));
  return Array.from({ length }, (_, index) => async () => {
    const caller = await newPerson(role);
    const sent = (await make(caller))[index];
    if (!sent) throw new Error(`${nameOf(route)} is sent less than before.`);
    return { caller, sent };
  });
};

const expectRefused = (route: AppRoute, code: string, answer: Told): void => {
  const told = isAdminPath(route.path) ? answer.body.message : answer.body.code;
  expect([answer.status, told]).toEqual([statusOf(route, code), isAdminPath(route.path) ? messageOf(code) : code]);
};

describe.each(routes)('$method $pattern', (route) => {
  const happenings = Object.entries(HAPPENS).filter(([name]) => name !== 'is demoted' || isAdminPath(route.path));

  it('changes something, so that a refusal below means something', async () => {
    for (const attempt of await attempts(route)) {
      const { caller, sent } = await attempt();
      const before = await everyRow();
      const answer = await answerTo(await requestOf(route, caller, sent));
      expect([200, 202, 204]).toContain(answer.status);
      expect(await everyRow()).not.toEqual(before);
    }
  });

  it('waits for as many trips to the database as docs/cost.md says, and for nothing behind them', async () => {
    for (const attempt of await attempts(route)) {
      const [one, other] = [await attempt(), await attempt()];
      const trips = TRIPS[one.sent.name] ?? 0;
      expect([one.sent.name, trips]).toEqual([one.sent.name, expect.any(Number)]);
      const requests = [
        await requestOf(route, one.caller, one.sent),
        await requestOf(route, other.caller, other.sent),
      ] as const;
      expect([one.sent.name, await isAnsweredAfter(trips, requests[0], COMES)]).toEqual([one.sent.name, true]);
      expect([one.sent.name, await isAnsweredAfter(trips - 1, requests[1], STAYS_AWAY)]).toEqual([
        one.sent.name,
        false,
      ]);
    }
  });

  // ASVS 15.4.2
  it.each(happenings)(
    'is refused, and changes nothing, where the caller %s while the body is held back',
    async (_, { code, to }) => {
      for (const attempt of await attempts(route)) {
        const { caller, sent } = await attempt();
        if (!sent.json && !sent.form) continue;
        const held = heldBack(await requestOf(route, caller, sent));
        const answer = answerTo(held.request);
        await held.asked;
        await to(caller);
        const before = [await everyRow(), await pictures()];
        held.release();
        expectRefused(route, code, await answer);
        expect([await everyRow(), await pictures()]).toEqual(before);
      }
    },
  );

  it.each(happenings)(
    'says nothing of a wrong body where the caller %s while it is held back',
    async (_, { code, to }) => {
      for (const attempt of await attempts(route)) {
        const { caller, sent } = await attempt();
        if (!sent.json) continue;
        const headers = { Authorization: `Bearer ${caller.token}`, 'Content-Type': 'application/json' };
        const { method } = route;
        const held = heldBack(new Request(new URL(route.path, ORIGIN), { method, headers, body: '{' }));
        const answer = answerTo(held.request);
        await held.asked;
        await to(caller);
        held.release();
        expectRefused(route, code, await answer);
      }
    },
  );

  // ASVS 8.3.2
  it.each(happenings)(
    'is refused, and changes nothing, where the caller %s a moment before the change',
    async (_, { code, to }) => {
      for (const attempt of await attempts(route)) {
        const { caller, sent } = await attempt();
        const stored = await pictures();
        let before: unknown;
        const DB = happeningBefore(async () => {
          await to(caller);
          before = await everyRow();
        });
        expectRefused(route, code, await answerTo(await requestOf(route, caller, sent), { DB }));
        // A new picture that was stored already is gone again.
        expect([await everyRow(), await pictures()]).toEqual([before, stored]);
      }
    },
  );
});

describe('administrators', () => {
  it('do not suspend or reactivate themselves, whatever they hold back', async () => {
    const admin = await newPerson('admin');
    const json = { user_id: admin.id };
    const deactivation = await call('PATCH', '/api/v1/users/deactivate', { token: admin.token, json });
    const reactivation = await call('PATCH', '/api/v1/users/reactivate', { token: admin.token, json });
    expect([deactivation.body, reactivation.body]).toEqual([
      { status: 'error', status_code: 400, message: 'You cannot deactivate your own account', data: {} },
      { status: 'error', status_code: 400, message: 'You cannot reactivate your own account', data: {} },
    ]);
    const route = { method: 'PATCH', pattern: '', path: '/api/v1/users/reactivate' };
    const request = await requestOf(route, admin, { name: 'PATCH /users/reactivate', json });
    const held = heldBack(request);
    const answer = answerTo(held.request);
    await held.asked;
    await deactivateUser(db(), admin.id, { reason: null }, SCRIPT);
    held.release();
    expect((await answer).status).toBe(401);
    expect(await rows('SELECT is_active FROM users WHERE id = ?', admin.id)).toEqual([{ is_active: 0 }]);
  });

  it('who suspend each other at the same moment: one does, and the other is told so', async () => {
    for (let round = 0; round < 8; round += 1) {
      const [one, other] = [await newPerson('admin'), await newPerson('admin')];
      const suspend = ({ token }: Person, { id }: Person) =>
        call('PATCH', '/api/v1/users/deactivate', { token, json: { user_id: id } });
      const answers = await Promise.all([suspend(one, other), suspend(other, one)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
      const active = await rows('SELECT id FROM users WHERE id IN (?, ?) AND is_active = 1', one.id, other.id);
      expect(active).toEqual([{ id: answers[0]?.status === 200 ? one.id : other.id }]);
    }
  });
});
