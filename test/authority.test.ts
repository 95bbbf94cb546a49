import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import costs from '../docs/cost.md?raw';
import { database } from '../drizzle/client.ts';
import { deactivateUser } from '../src/accounts/administration/deactivation.ts';
import { hashPassword } from '../src/accounts/passwords/password.ts';
import { removeService, rotateService } from '../src/accounts/services/service.ts';
import { serviceKeys } from '../src/accounts/tokens/service-secret.ts';
import { randomId, tokenKeys } from '../src/accounts/tokens/signed-token.ts';
import worker from '../src/api/index.ts';
import type { CallerKind, Cell } from '../src/api/openapi/access.ts';
import { ACTS } from './app-acts.ts';
import { type AppRoute, appRoutes, onlyReads } from './app-routes.ts';
import { bucketAround, databaseAround } from './around.ts';
import { type Caller, forgetEverybody, newCaller, newPerson, newSession, type Person, SCRIPT } from './callers.ts';
import { call, callerOf, dump, everyColumn, everyRow, rows } from './client.ts';
import { DAY } from './clock.ts';
import { accessTo, toldBy, toldOf } from './decided.ts';
import { times } from './depth.ts';
import { type Attempt, attemptsAt, requestOf, takesSomething } from './sent.ts';
import { actingOn } from './service.ts';
import { storeApp } from './stored-factors.ts';

// What a caller may do is asked by the change itself: whatever becomes of the caller while a request is under way, it is answered
// as the caller whom it finds, or it was done before.

const db = () => database(env.DB);

let columns: Awaited<ReturnType<typeof everyColumn>> = [];
beforeAll(async () => {
  columns = (await everyColumn()).filter(({ table }) => !['login_attempts', 'verification_tokens'].includes(table));
});
beforeEach(() => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

/** Everything that the database holds, but for what counts failed sign-ins, and links, which go when they are done with. */
const stored = (): Promise<Record<string, unknown[]>> => dump(columns);

const pictures = async (): Promise<string[]> => (await env.AVATARS.list()).objects.map(({ key }) => key);

/** What the database holds but for what it owes to other stores, which is paid behind an answer. */
const withoutDebts = (tables: Record<string, unknown[]>) =>
  Object.entries(tables).filter(([table]) => !['record_outbox', 'blacklist_outbox', 'erasures'].includes(table));

type Told = { status: number; body: { code?: string; message?: string } };

const answerTo = async (request: Request, bindings: Partial<Env> = {}, answered = () => undefined): Promise<Told> => {
  const ctx = createExecutionContext();
  const answer = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, ...bindings },
    ctx,
  );
  answered();
  const text = await answer.text();
  await waitOnExecutionContext(ctx);
  const isJson = answer.headers.get('Content-Type')?.startsWith('application/json') ?? false;
  return { status: answer.status, body: isJson ? JSON.parse(text) : {} };
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

/** The stores, with something that happens before a trip to them: the first is 1. */
const happeningBefore = (trip: number, happens: () => Promise<unknown>) => {
  let made = 0;
  const around = async (ask: () => Promise<unknown>) => {
    made += 1;
    if (made === trip) await happens();
    return ask();
  };
  return { bindings: { DB: databaseAround(around), AVATARS: bucketAround(env.AVATARS, around) }, made: () => made };
};

/** How many trips to the stores a request makes until it is answered. */
const tripsUntilAnswered = async (request: Request): Promise<number> => {
  const { bindings, made } = happeningBefore(0, async () => undefined);
  let trips = 0;
  await answerTo(request, bindings, () => {
    trips = made();
    return undefined;
  });
  return trips;
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

/** What becomes of a caller: from which kind to which, and where it is answered otherwise than that kind. */
type Change = {
  from: CallerKind;
  to: CallerKind;
  does: (caller: Caller) => Promise<unknown>;
  otherwise?: Readonly<Record<string, Cell>>;
};

/** An act of the domain by a script on the account, by the user in another session, or by a link. */
const byScript =
  (name: string, given: (person: Person) => unknown) =>
  async ({ person }: Caller) =>
    ACTS[name]?.(db(), person.id, given(person), SCRIPT);

const bySelf =
  (name: string, given: (person: Person) => unknown) =>
  async ({ person }: Caller) => {
    const by = { ...callerOf(person), sessionId: await newSession(person.id) };
    return ACTS[name]?.(db(), given(person), by);
  };

const byLink = async ({ person }: Caller) => {
  const [linkId, at] = [randomId(), Date.now() + DAY];
  await rows(
    'INSERT OR REPLACE INTO reset_tokens (id, user_id, expires_at) SELECT ?, id, ? FROM users WHERE id = ?',
    ...[linkId, at, person.id],
  );
  return ACTS['replaceByLink']?.(db(), person.id, { linkId, next: await hashPassword('a third battery staple') });
};

/** Another address of the account, which waits for its link or was confirmed by it; a link about one that waited before is dead. */
const byAddressLink =
  (name: string, isConfirmed: boolean) =>
  async ({ person }: Caller) => {
    const [id, now] = [randomId(), Date.now()];
    // One that was confirmed was asked for before any that waits.
    const requestedAt = isConfirmed ? 0 : now;
    const [email, formerEmail] = [0, 1].map(() => `${randomId().toLowerCase()}@example.com`);
    await rows(
      `INSERT OR REPLACE INTO email_changes (id, user_id, email, former_email, requested_at, confirmed_at, expires_at)
     SELECT ?, id, ?, ?, ?, ?, ? FROM users WHERE id = ?`,
      ...[id, email, formerEmail, requestedAt, isConfirmed ? now : null, now + DAY, person.id],
    );
    const change = { id, email, formerEmail, requestedAt: new Date(requestedAt), isConfirmed };
    return ACTS[name]?.(db(), person.id, { change, keys: tokenKeys(env), requestId: 'test' });
  };

const nothing = () => ({});
// As the private bucket tells of something that was a moment ago.
const known = ({ id }: Person) => ({
  ...{ kind: 'erased', userId: id, userCreatedAt: 0, at: Date.now() + 1000, reason: null, isTold: false, grace: DAY },
});
const handedBack = () => ({ token: { sessionId: '', jti: randomId(), expiresAt: new Date() }, grace: DAY });
const passwordOf = async ({ id }: Person): Promise<string> =>
  (await rows<{ password_hash: string }>('SELECT password_hash FROM users WHERE id = ?', id))[0]?.password_hash ?? '';

const LOGIN = 'POST /api/v1/auth/login';
const CHANGE = 'POST /api/v1/auth/change-password';
const PROVE = 'POST /api/v1/auth/prove';
const RESET = 'POST /api/v1/auth/reset-password';
const VERIFY = 'POST /api/v1/auth/verify-email';
const CONFIRM = 'POST /api/v1/auth/confirm-email';
const UNDO = 'POST /api/v1/auth/undo-email';

const SECOND = 'POST /api/v1/auth/login/second-factor';
const FACTORS = '/api/v1/users/me/factors';
const FACTOR = `${FACTORS}/:id{(?!passkeys$|authenticators$|recovery-codes$)[^/]+}`;

/** The words and links that were right are so no more. */
const ANOTHER_PASSWORD = {
  [LOGIN]: 'INVALID_CREDENTIALS',
  [RESET]: 'INVALID_RESET_TOKEN',
  [SECOND]: 'CHALLENGE_EXPIRED',
} as const;

/** The second factors that were there are so no more. */
const NO_FACTOR = {
  [SECOND]: 'INVALID_SECOND_FACTOR',
  'POST /api/v1/auth/login/passkey': 'INVALID_SECOND_FACTOR',
  [`POST ${FACTORS}/recovery-codes`]: 'NO_SECOND_FACTOR',
  [`PATCH ${FACTOR}`]: 'NOT_FOUND',
  [`DELETE ${FACTOR}`]: 'NOT_FOUND',
} as const;

const factorsOf = async ({ id }: Person): Promise<string[]> =>
  (
    await rows<{ id: string }>(
      'SELECT id FROM passkeys WHERE user_id = ? UNION ALL SELECT id FROM authenticators WHERE user_id = ?',
      ...[id, id],
    )
  ).map((row) => row.id);

const addition = () => ({
  ...{ id: randomId(), name: 'Laptop', codes: [randomId()] },
  challenge: { id: randomId(), expiresAt: new Date(Date.now() + DAY), bound: [] },
});
const madePasskey = () => ({
  ...{ credentialId: randomId(), publicKey: '', counter: 0, transports: [], backedUp: true, rpId: 'example.com' },
});

/** A change that waited is done with. */
const ANOTHER_ADDRESS = { [CONFIRM]: 'INVALID_TOKEN', [UNDO]: 'INVALID_TOKEN' } as const;

const unlocks = async (caller: Caller) => {
  const { id } = caller.person;
  await rows(
    `INSERT INTO login_attempts (address_hash, device, failures, under_way, locked_until, attempted_at, user_id)
     SELECT ?, '', 5, 0, ?, ?, id FROM users WHERE id = ?`,
    ...[randomId(), Date.now() + DAY, Date.now(), id],
  );
  return byScript('unlockUser', nothing)(caller);
};

/** Every act of the domain, and those on services, as something that becomes of a caller. */
const CHANGES: Readonly<Record<string, Change>> = {
  promoteUser: { from: 'user', to: 'administrator', does: byScript('promoteUser', nothing) },
  promoteAgain: { from: 'user', to: 'administrator', does: byScript('promoteAgain', known) },
  demoteUser: { from: 'administrator', to: 'demoted', does: byScript('demoteUser', nothing) },
  demoteAgain: { from: 'administrator', to: 'demoted', does: byScript('demoteAgain', known) },
  deactivateUser: { from: 'user', to: 'deactivated', does: byScript('deactivateUser', () => ({ reason: null })) },
  deactivateAgain: { from: 'user', to: 'deactivated', does: byScript('deactivateAgain', known) },
  reactivateUser: { from: 'deactivated', to: 'revoked', does: byScript('reactivateUser', nothing) },
  reactivateAgain: { from: 'deactivated', to: 'revoked', does: byScript('reactivateAgain', known) },
  softDeleteUser: { from: 'user', to: 'deleted', does: bySelf('softDeleteUser', handedBack) },
  deleteAgain: { from: 'user', to: 'deleted', does: byScript('deleteAgain', known) },
  restoreUser: { from: 'deleted', to: 'revoked', does: byScript('restoreUser', () => ({ grace: DAY })) },
  restoreAgain: { from: 'deleted', to: 'revoked', does: byScript('restoreAgain', known) },
  eraseSelf: { from: 'user', to: 'erased', does: bySelf('eraseSelf', handedBack) },
  eraseUser: { from: 'user', to: 'erased', does: byScript('eraseUser', nothing) },
  eraseDueUser: { from: 'deleted', to: 'erased', does: byScript('eraseDueUser', () => ({ grace: -1 })) },
  eraseAgain: { from: 'user', to: 'erased', does: byScript('eraseAgain', known) },
  endSessionsOfUser: { from: 'user', to: 'revoked', does: byScript('endSessionsOfUser', nothing) },
  unlockUser: { from: 'user', to: 'user', does: unlocks },
  sendVerification: {
    // The link that was shown is dead.
    ...{ from: 'unverified', to: 'unverified', does: byScript('sendVerification', nothing) },
    otherwise: { [VERIFY]: 'INVALID_TOKEN' },
  },
  sendReset: {
    from: 'user',
    to: 'user',
    does: byScript('sendReset', nothing),
    otherwise: { [RESET]: 'INVALID_RESET_TOKEN' },
  },
  setEmail: {
    ...{ from: 'user', to: 'revoked' },
    does: byScript('setEmail', () => ({ email: `${randomId().toLowerCase()}@example.com`, keys: tokenKeys(env) })),
    otherwise: { ...ANOTHER_PASSWORD, ...ANOTHER_ADDRESS, [VERIFY]: 'INVALID_TOKEN' },
  },
  replaceByLink: { from: 'user', to: 'revoked', does: byLink, otherwise: ANOTHER_PASSWORD },
  replaceOwn: {
    ...{ from: 'user', to: 'revoked', otherwise: ANOTHER_PASSWORD },
    does: async (caller) => {
      const given = { from: await passwordOf(caller.person), next: await hashPassword('a third battery staple') };
      return bySelf('replaceOwn', () => given)(caller);
    },
  },
  // A restored database: the password is nobody's any more, and the sessions end by another act.
  forgetPassword: {
    ...{ from: 'user', to: 'user', does: byScript('forgetPassword', known) },
    otherwise: {
      ...{ [LOGIN]: 'INVALID_CREDENTIALS', [CHANGE]: 'INCORRECT_PASSWORD', [PROVE]: 'INCORRECT_PASSWORD' },
      [SECOND]: 'CHALLENGE_EXPIRED',
    },
  },
  addPasskey: { from: 'user', to: 'user', does: bySelf('addPasskey', () => ({ ...addition(), made: madePasskey() })) },
  addAuthenticator: {
    ...{ from: 'user', to: 'user' },
    does: bySelf('addAuthenticator', () => ({ ...addition(), sealed: { secret: '', keyVersion: 1 }, step: 0 })),
  },
  replaceRecoveryCodes: {
    ...{ from: 'user', to: 'user' },
    does: bySelf('replaceRecoveryCodes', () => ({ hashes: [randomId()] })),
  },
  removeFactor: {
    ...{ from: 'user', to: 'user', otherwise: NO_FACTOR },
    does: async (caller) => {
      for (const id of await factorsOf(caller.person)) await bySelf('removeFactor', () => ({ id }))(caller);
    },
  },
  bringFactorsBack: {
    ...{ from: 'user', to: 'user', otherwise: NO_FACTOR },
    does: byScript('bringFactorsBack', (person) => ({ ...known(person), factors: [], codes: 0, codesMadeAt: null })),
  },
  resetSecondFactor: {
    ...{ from: 'user', to: 'revoked' },
    does: async (caller) => {
      await storeApp(caller.person.id);
      await byScript('resetSecondFactor', nothing)(caller);
    },
    otherwise: { [SECOND]: 'INVALID_SECOND_FACTOR', 'POST /api/v1/auth/login/passkey': 'INVALID_SECOND_FACTOR' },
  },
  suspendFormerAddress: { from: 'user', to: 'deactivated', does: byScript('suspendFormerAddress', known) },
  noteNewAddress: {
    ...{ from: 'user', to: 'user' },
    does: (caller) =>
      bySelf('noteNewAddress', ({ email }) => ({ email: `new-${email}`, from: email, keys: tokenKeys(env) }))(caller),
    otherwise: { [CONFIRM]: 'INVALID_TOKEN', [UNDO]: 'INVALID_TOKEN' },
  },
  moveAddress: {
    ...{ from: 'user', to: 'revoked', does: byAddressLink('moveAddress', false) },
    otherwise: { ...ANOTHER_PASSWORD, ...ANOTHER_ADDRESS, [VERIFY]: 'INVALID_TOKEN' },
  },
  callOffAddress: {
    ...{ from: 'user', to: 'revoked', does: byAddressLink('callOffAddress', false) },
    otherwise: { ...ANOTHER_PASSWORD, ...ANOTHER_ADDRESS },
  },
  takeAddressBack: {
    ...{ from: 'user', to: 'revoked', does: byAddressLink('takeAddressBack', true) },
    otherwise: { ...ANOTHER_PASSWORD, ...ANOTHER_ADDRESS, [VERIFY]: 'INVALID_TOKEN' },
  },
  // Nothing that was shown opens anything, but the account is in use.
  verifyAgain: {
    ...{ from: 'unverified', to: 'nobody', does: byScript('verifyAgain', known) },
    otherwise: { [VERIFY]: 'INVALID_TOKEN' },
  },
  removeService: {
    from: 'service',
    to: 'removed service',
    does: async ({ service }) => removeService(actingOn((await service()).name)),
  },
  rotateService: {
    ...{ from: 'service', to: 'removed service' },
    does: async ({ service }) => rotateService(actingOn((await service()).name), serviceKeys(env), true),
  },
};

/** One of each kind of change; all of them in the deep form. */
const TRIED = Object.entries(CHANGES).filter(
  ([, { from, to }], n, all) =>
    times(0, 1) === 1 || all.findIndex(([, other]) => other.from === from && other.to === to) === n,
);

describe('what may become of a caller', () => {
  it('is every act that the domain declares', () => {
    const others = ['removeService', 'rotateService'];
    expect(Object.keys(CHANGES).toSorted()).toEqual([...Object.keys(ACTS), ...others].toSorted());
  });
});

/** What changes something for somebody who is signed in, with who may. */
const changing = appRoutes().flatMap((route) => {
  const { audience } = accessTo(route);
  if (route.method === 'GET' || onlyReads(route) || !['user', 'administrator'].includes(audience)) return [];
  return [{ ...route, by: audience as CallerKind }];
});

describe.each(changing)('$method $pattern', (route) => {
  it('changes something, so that a refusal below means something', async () => {
    for (const make of await attemptsAt(route, route.by)) {
      const request = await requestOf(route, await make());
      const before = await everyRow();
      const { status } = await answerTo(request);
      expect([200, 201, 202, 204]).toContain(status);
      expect(await everyRow()).not.toEqual(before);
    }
  });

  it('waits for as many trips to the database as docs/cost.md says, and for nothing behind them', async () => {
    for (const make of await attemptsAt(route, route.by)) {
      const [one, other] = [await make(), await make()];
      const name = one.sent.name ?? '';
      const trips = TRIPS[name] ?? 0;
      const requests = [await requestOf(route, one), await requestOf(route, other)] as const;
      expect([name, await isAnsweredAfter(trips, requests[0], COMES)]).toEqual([name, true]);
      expect([name, await isAnsweredAfter(trips - 1, requests[1], STAYS_AWAY)]).toEqual([name, false]);
    }
  });
});

/** Of which kind the caller is to whom something happens: an administrator where a user may nothing. */
const formerly = (route: AppRoute, { from, to }: Change): CallerKind =>
  from === 'user' && to !== 'administrator' && accessTo(route).audience === 'administrator' ? 'administrator' : from;

const cellAfter = (route: AppRoute, change: Change): Cell => {
  const kind = change.from === change.to ? formerly(route, change) : change.to;
  return change.otherwise?.[`${route.method} ${route.pattern}`] ?? accessTo(route).cells[kind];
};

/** What only shows something to anybody: nothing can become of whoever asks for it. */
const isIdle = (route: AppRoute): boolean =>
  route.method === 'GET' && accessTo(route).audience === 'anybody' && !takesSomething(route);
const [idle, others] = [true, false].map((wanted) => appRoutes().filter((route) => isIdle(route) === wanted));

describe.each(idle ?? [])('$method $pattern', (route) => {
  it('asks the database nothing, so that it does not matter what becomes of a caller', async () => {
    for (const make of await attemptsAt(route, 'user'))
      expect(await tripsUntilAnswered(await requestOf(route, await make()))).toBe(0);
  });
});

describe.each(others ?? [])('$method $pattern', (route) => {
  beforeAll(forgetEverybody);

  const expectTold = (answer: Told, ...cells: Cell[]) =>
    expect(cells.map((cell) => toldOf(route, cell))).toContainEqual(toldBy(route, answer));

  /** The answer of an attempt whose body is held back until something has become of the caller; undefined where there is none. */
  const answerAfter = async (request: Request, attempt: Attempt, change: Change, told: () => Promise<void>) => {
    const held = heldBack(request);
    const answer = answerTo(held.request);
    const early = await Promise.race([held.asked, answer]);
    if (early) {
      // Who is nobody is refused before.
      expectTold(early, accessTo(route).cells[formerly(route, change)]);
      expect(early.status).toBeGreaterThanOrEqual(400);
      return undefined;
    }
    await change.does(attempt.caller);
    await told();
    held.release();
    return answer;
  };

  const bodies = route.method === 'GET' ? [] : TRIED;

  // ASVS 15.4.2
  // Threat outlived-right
  it.each(bodies)('answers who a caller is when the body comes, which was held back: %s', async (_, change) => {
    const after = cellAfter(route, change);
    for (const make of await attemptsAt(route, formerly(route, change))) {
      const attempt = await make();
      if (!attempt.sent.json && !attempt.sent.form) continue;
      let before: unknown;
      const answer = await answerAfter(await requestOf(route, attempt), attempt, change, async () => {
        before = [await stored(), await pictures()];
      });
      if (!answer) continue;
      expectTold(answer, after);
      if (after !== 'passes') expect([await stored(), await pictures()]).toEqual(before);
    }
  });

  const refusing = bodies.filter(([, change]) => change.from !== change.to && cellAfter(route, change) !== 'passes');

  it.each(accessTo(route).audience === 'anybody' ? [] : refusing)(
    'says nothing of a wrong body to who may no more send one: %s',
    async (_, change) => {
      for (const make of await attemptsAt(route, formerly(route, change))) {
        const attempt = await make();
        if (!attempt.sent.json) continue;
        const wrong = new Request(await requestOf(route, attempt), { body: '{' });
        const answer = await answerAfter(wrong, attempt, change, async () => undefined);
        if (answer) expectTold(answer, cellAfter(route, change));
      }
    },
  );

  /** Something becomes of a caller just before a trip: the request is answered as to whom it finds, or was done before. */
  const tryBefore = async (trip: number, attempt: Attempt, change: Change): Promise<void> => {
    const [after, before] = [cellAfter(route, change), accessTo(route).cells[formerly(route, change)]];
    const request = await requestOf(route, attempt);
    const [began, shown] = [await stored(), await pictures()];
    const moment = { found: began, left: began };
    const { bindings, made } = happeningBefore(trip, async () => {
      moment.found = await stored();
      await change.does(attempt.caller);
      moment.left = await stored();
    });
    const answer = await answerTo(request, bindings);
    expect(made()).toBeGreaterThanOrEqual(trip);
    // Before the first, nobody has been asked who it is.
    expectTold(answer, after, ...(trip === 1 ? [] : [before]));
    if (after === 'passes') return;
    if (answer.status >= 400) {
      // A new picture that was stored already is gone again.
      expect([await stored(), await pictures()]).toEqual([moment.left, shown]);
    } else {
      if (route.method !== 'GET' && !onlyReads(route)) expect(moment.found).not.toEqual(began);
      expect(withoutDebts(await stored())).toEqual(withoutDebts(moment.left));
    }
  };

  // ASVS 8.3.2, 15.4.2
  // Threat outlived-right
  it.each(TRIED)('answers who a caller is at each moment, or has done before what it did: %s', async (_, change) => {
    for (const make of await attemptsAt(route, formerly(route, change))) {
      const trips = await tripsUntilAnswered(await requestOf(route, await make()));
      const { audience, cells } = accessTo(route);
      if (audience !== 'anybody' && cells[formerly(route, change)] === 'passes') expect(trips).toBeGreaterThan(0);
      for (let trip = 1; trip <= trips; trip += 1) await tryBefore(trip, await make(), change);
    }
  });
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
    const caller = { ...(await newCaller.administrator()), shows: { token: admin.token } };
    const held = heldBack(await requestOf(route, { caller, sent: { json } }));
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
