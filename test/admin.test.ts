import { env, exports } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { newSigningKey } from '../src/accounts/tokens/access-token.ts';
import { KEY_SLOTS, sharedDigests } from '../src/accounts/tokens/key-slots.ts';
import { newMacKeys } from '../src/accounts/tokens/signed-token.ts';
import { requireOutcome } from '../src/api/admin/answer.ts';
import { Admin, type AdminClient } from '../src/api/admin/entrypoint.ts';
import { operation, perform } from '../src/api/admin/operation.ts';
import { adminOf, everything, insertUser, userRow } from './admin-client.ts';
import { appRoutes } from './app-routes.ts';
import { call, failing, newAccount, rows } from './client.ts';
import { DAY, HOUR, passTime } from './clock.ts';

const AS = { as: 'operator' };
const admin = adminOf();

type Method = keyof AdminClient;

/** An input that each method takes; a method that is added has to be named here. */
const INPUTS: { [Name in Method]: Parameters<AdminClient[Name]>[0] } = {
  listUsers: { q: 'a' },
  showUser: { user: 1 },
  exportUser: { user: 1, ...AS },
  createUser: { email: 'a@example.com', full_name: 'Ada', speaking_language: 'en', listening_language: 'fr', ...AS },
  promoteUser: { user: 1, ...AS },
  demoteUser: { user: 1, ...AS },
  deactivateUser: { user: 1, ...AS },
  reactivateUser: { user: 1, ...AS },
  restoreUser: { user: 1, ...AS },
  eraseUser: { user: 1, ...AS },
  setEmail: { user: 1, email: 'a@example.com', ...AS },
  endSessions: { user: 1, ...AS },
  unlockUser: { user: 1, ...AS },
  sendVerification: { user: 1, ...AS },
  sendReset: { user: 1, ...AS },
  resetSecondFactor: { user: 1, ...AS },
  listServices: {},
  showService: { name: 'captions' },
  addService: { name: 'captions', url: 'https://captions.example.com/', types: ['user.erased'], ...AS },
  rotateService: { name: 'captions', ...AS },
  resumeService: { name: 'captions', ...AS },
  removeService: { name: 'captions', ...AS },
  failedMails: {},
  retryMails: AS,
  listErasures: {},
  afterRestore: AS,
  runSchedule: AS,
  planKeyRotation: AS,
  listAudit: {},
};

const methods = Object.keys(INPUTS) as Method[];
const ask = (method: Method, input: unknown, on: AdminClient = admin) =>
  (on[method] as (input: unknown) => Promise<any>)(input);

describe('the entrypoint', () => {
  it('has the methods that are walked here, and no others', () => {
    expect(Object.getOwnPropertyNames(Admin.prototype).filter((name) => name !== 'constructor')).toEqual(methods);
  });

  // ASVS 2.2.1
  it.each(methods)(
    'checks what %s is given, whoever calls, and does nothing with what does not fit',
    async (method) => {
      const before = await everything();
      const valid = INPUTS[method] as Record<string, unknown>;
      const wrong = Object.keys(valid).map((key) => ({ ...valid, [key]: { toString: 'no' } }));
      for (const input of [undefined, null, 'text', 7, [], { ...valid, surprise: 1 }, ...wrong]) {
        const answer = await ask(method, input);
        expect(answer).toEqual({ ok: false, code: 'INVALID_INPUT', message: expect.stringMatching(/^.+\.$/) });
      }
      expect(await everything()).toBe(before);
    },
  );

  // ASVS 16.5.1, 16.5.4
  it.each(methods)(
    'answers %s with one sentence where the database fails, and never with its words',
    async (method) => {
      const key = await newSigningKey(new Date('2020-01-01'));
      const broken = adminOf({ DB: failing<D1Database>('D1_ERROR: no such table: secret_things'), SIGNING_KEY_A: key });
      const answer = await ask(method, INPUTS[method], broken);
      expect(answer).toEqual({
        ok: false,
        code: 'FAULT',
        message: expect.stringMatching(/^An unexpected error occurred; the log tells of it under [0-9a-f-]{36}\.$/),
      });
    },
  );

  it('takes a name for the audit that is one, and no address', async () => {
    const user = await insertUser();
    for (const as of ['', '7', 'a@example.com', 'x'.repeat(65), 'two\nlines', '<b>'])
      expect(await admin.promoteUser({ user, as })).toMatchObject({ code: 'INVALID_INPUT' });
    for (const as of ['grace', 'Grace B. Hopper', 'build-7', 'Zoë'])
      expect(await admin.promoteUser({ user, as, dry_run: true })).toMatchObject({ ok: true });
  });

  it('says of an input what is wrong with it, whatever that is', async () => {
    const told = async (input: unknown) => (await ask('listUsers', input)) as { message: string };
    const [strange, stranger, listed, numbered] = await Promise.all([
      told({ 'dry-run': true }),
      told({ all: 1, of: 2 }),
      told([]),
      told({ q: 7 }),
    ]);
    expect(strange.message).toBe('The input Unrecognized key: "dry-run".');
    expect(stranger.message).toBe('The input Unrecognized keys: "all", "of".');
    expect(listed.message).toBe('The input Invalid input: expected object, received array.');
    expect(numbered.message).toBe('q Invalid input: expected string, received number.');
  });

  it('is told in one line of the log, whether it was done or refused', async () => {
    const user = await insertUser();
    const log = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    for (const dry_run of [true, false, false]) await admin.promoteUser({ user, dry_run, ...AS });
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line))).filter(({ event }) => event === 'admin');
    log.mockRestore();
    expect(lines.map(({ operation, code }) => [operation, code])).toEqual([
      ['users.promote', 'OK'],
      ['users.promote', 'OK'],
      ['users.promote', 'ALREADY_ADMINISTRATOR'],
    ]);
  });

  it('takes no refusal that it has no sentence for, for success', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const refuses = operation('users.greet', z.strictObject({}), async () =>
      requireOutcome<{ outcome: 'greeted' | 'NAMELESS' }, 'greeted'>({ outcome: 'NAMELESS' }, 'greeted'),
    );
    expect(await perform(env, refuses, {})).toMatchObject({ ok: false, code: 'FAULT' });
    expect(log.mock.calls.join()).toContain('NAMELESS');
    log.mockRestore();
  });

  it('answers over a binding as a script calls it', async () => {
    const user = await insertUser();
    const bound = (exports as unknown as { Admin: Admin }).Admin;
    expect(await bound.promoteUser({ user, ...AS })).toMatchObject({ ok: true, value: { outcome: 'promoted' } });
    expect(await bound.promoteUser({ user, ...AS })).toMatchObject({ ok: false, code: 'ALREADY_ADMINISTRATOR' });
  });
});

describe('over HTTP the entrypoint', () => {
  const GUESSES = [
    ...['/admin', '/Admin', '/Admin/', '/admin/promoteUser', '/Admin/promoteUser', '/api/v1/admin', '/api/v1/Admin'],
    ...['/api/v1/users/promote', '/api/v1/users/1/promote', '/api/v1/users/erase', '/api/v1/users/restore'],
    ...[
      '/rpc',
      '/rpc/Admin',
      '/_rpc/Admin.promoteUser',
      '/api',
      '/api/admin',
      '/.well-known/admin',
      '/?entrypoint=Admin',
    ],
    ...['/cdn-cgi/', '/cdn-cgi/rpc', '/cdn-cgi/entrypoint/Admin', '/cdn-cgi/local/Admin', '/cdn-cgi/handler/Admin'],
    ...['/cdn-cgi/local/scheduled', '/cdn-cgi/handler/scheduled', '/cdn-cgi/mf/scheduled', '/Admin.promoteUser'],
  ];
  const HEADERS = {
    'CF-Entrypoint': 'Admin',
    'CF-Worker-Entrypoint': 'Admin',
    'CF-Worker': 'edge-accounts-admin',
    'MF-Entrypoint': 'Admin',
    'MF-Route-Override': 'Admin',
    'X-Entrypoint': 'Admin',
    'X-RPC-Method': 'promoteUser',
    'X-HTTP-Method-Override': 'promoteUser',
  };

  // ASVS 6.3.4, 8.4.2, 13.4.5
  // Threat gained-role
  it('is on no path, behind no header and in no body, for a stranger and for a user', async () => {
    const account = await newAccount();
    const victim = await insertUser();
    const json = { user: victim, user_id: victim, as: 'stranger', method: 'promoteUser', entrypoint: 'Admin' };
    const paths = GUESSES.flatMap((path) => ['GET', 'POST', 'PATCH', 'DELETE'].map((method) => ({ method, path })));
    // Leaving, signing out and changing one's own password end the session that asks.
    const routes = appRoutes().filter(({ path, method }) => !/auth|sessions/.test(path) && method !== 'DELETE');
    for (const { method, path } of [...paths, ...routes]) {
      for (const token of [undefined, account.token]) {
        const answer = await call(method, path, { ...(method === 'GET' ? {} : { json }), token, headers: HEADERS });
        // At that path there is a page, which is a file.
        const isPage = method === 'GET' && path === '/admin';
        if (GUESSES.includes(path) && !isPage) expect([401, 403, 404, 405]).toContain(answer.status);
      }
    }
    expect(await userRow(victim)).toMatchObject({ role: 'user', is_active: 1 });
    expect(await userRow(account.id)).toMatchObject({ role: 'user', is_active: 1 });
    expect(await rows("SELECT 1 FROM audit_events WHERE actor_name = 'stranger'")).toEqual([]);
  });
});

describe('mails that have failed', () => {
  const failMail = async (userId: number): Promise<number> => {
    const [mail] = await rows<{ id: number }>(
      `INSERT INTO outbox (user_id, kind, data, attempts, due_at, failed_at, failure, created_at)
       VALUES (?, 'already-registered', '{}', 10, 0, 86400000, 'no such mailbox', 0) RETURNING id`,
      userId,
    );
    return mail?.id ?? 0;
  };
  const waiting = (id: number) => rows('SELECT attempts, due_at, failed_at, failure FROM outbox WHERE id = ?', id);
  const asked = () => {
    const ids: number[] = [];
    const MAIL = {
      sendBatch: async (batch: { body: { id: number } }[]) => void ids.push(...batch.map(({ body }) => body.id)),
    };
    return { ids, admin: adminOf({ MAIL: MAIL as unknown as Queue }) };
  };
  beforeEach(() => rows('DELETE FROM outbox'));

  it('are listed newest first, page by page, without an address', async () => {
    const user = await insertUser();
    const [first, second] = [await failMail(user), await failMail(user)];
    await rows(
      "INSERT INTO outbox (user_id, kind, data, due_at, created_at) VALUES (?, 'already-registered', '{}', 0, 0)",
      user,
    );
    const page = await admin.failedMails({ limit: 1 });
    expect(page).toEqual({
      ok: true,
      value: {
        mails: [
          {
            id: second,
            user_id: user,
            kind: 'already-registered',
            attempts: 10,
            failure: 'no such mailbox',
            created_at: '1970-01-01T00:00:00Z',
            failed_at: '1970-01-02T00:00:00Z',
          },
        ],
        next: second,
      },
    });
    expect(await admin.failedMails({ limit: 2, before: second })).toMatchObject({
      value: { mails: [{ id: first }], next: null },
    });
  });

  it('are due again, one or all, as if never tried; the mailer is told, and so is the audit', async () => {
    const user = await insertUser();
    const [first, second, third] = [await failMail(user), await failMail(user), await failMail(user)];
    const { ids, admin } = asked();
    expect(await admin.retryMails({ mail: second, ...AS })).toMatchObject({ value: { mails: [second] } });
    expect(await waiting(second)).toEqual([
      { attempts: 0, due_at: expect.any(Number), failed_at: null, failure: null },
    ]);
    expect(await waiting(first)).toMatchObject([{ failed_at: 86400000 }]);
    expect(await admin.retryMails(AS)).toMatchObject({ value: { mails: [first, third] } });
    expect(await admin.retryMails(AS)).toMatchObject({ value: { mails: [] } });
    expect(ids).toEqual([second, first, third]);
    expect(
      await rows("SELECT actor_name FROM audit_events WHERE action = 'mail.retry' AND subject_id = ?", user),
    ).toEqual(Array(3).fill({ actor_name: 'operator' }));
  });

  it('stay as they are in a dry run, and one that has not failed is none', async () => {
    const id = await failMail(await insertUser());
    const before = await everything();
    const { ids, admin } = asked();
    expect(await admin.retryMails({ ...AS, dry_run: true })).toEqual({
      ok: true,
      value: { mails: [id], dry_run: true },
    });
    expect(await admin.retryMails({ mail: id + 1, ...AS })).toMatchObject({ code: 'NO_FAILED_MAIL' });
    expect([await everything(), ids]).toEqual([before, []]);
  });
});

describe('the audit', () => {
  it('is read by whom, to whom, what, whence and when, page by page', async () => {
    const [ada, bob] = [await insertUser(), await insertUser()];
    await admin.promoteUser({ user: ada, as: 'grace' });
    await admin.promoteUser({ user: bob, as: 'grace' });
    await admin.demoteUser({ user: ada, as: 'joan' });
    await rows(
      `INSERT INTO audit_events (action, subject_id, actor_id, origin, request_id, at)
       VALUES ('user.deactivate', ?, ?, 'http', 'r', 0)`,
      bob,
      ada,
    );
    const found = async (query: Parameters<Admin['listAudit']>[0]) => {
      const answer = await admin.listAudit(query);
      return answer.ok && answer.value.events.map(({ action, user_id, by }) => [action, user_id, by]);
    };
    expect(await found({ user: ada })).toEqual([
      ['user.demote', ada, 'joan'],
      ['user.promote', ada, 'grace'],
    ]);
    expect(await found({ user: (await userRow(bob)).email, origin: 'script' })).toEqual([
      ['user.promote', bob, 'grace'],
    ]);
    expect(await found({ by: 'grace' })).toEqual([
      ['user.promote', bob, 'grace'],
      ['user.promote', ada, 'grace'],
    ]);
    expect(await found({ by: ada, action: 'user.deactivate' })).toEqual([['user.deactivate', bob, ada]]);
    expect(await found({ user: bob, until: '1970-01-02' })).toEqual([['user.deactivate', bob, ada]]);
    expect(await found({ user: bob, since: '2026-01-01T00:00:00Z' })).toEqual([['user.promote', bob, 'grace']]);
    expect(await found({ user: bob, since: '1970-01-01', until: '1970-01-02' })).toHaveLength(1);
    const first = await admin.listAudit({ by: 'grace', limit: 1 });
    const before = first.ok ? (first.value.next ?? 0) : 0;
    expect(await found({ by: 'grace', limit: 1, before })).toEqual([['user.promote', ada, 'grace']]);
  });

  it('is still there for a user who was erased, by id', async () => {
    const user = await insertUser();
    await admin.eraseUser({ user, ...AS });
    expect(await admin.listAudit({ user })).toMatchObject({
      value: { events: [{ action: 'user.erase', user_id: user }] },
    });
  });
});

describe('the scheduled run', () => {
  it('erases at once who is due, and a dry run names them and changes nothing', async () => {
    const due = await insertUser({ is_active: 0, deleted_at: Date.now() - 31 * DAY });
    const early = await insertUser({ is_active: 0, deleted_at: Date.now() - 29 * DAY });
    const before = await everything();
    const dry = await admin.runSchedule({ ...AS, dry_run: true });
    expect(dry).toMatchObject({ value: { would_erase: [due] } });
    expect(await everything()).toBe(before);
    expect(await admin.runSchedule(AS)).toMatchObject({ value: { steps: { erased: 1 } } });
    expect([await userRow(due), (await userRow(early)).id]).toEqual([undefined, early]);
    expect(await rows("SELECT actor_name FROM audit_events WHERE action = 'schedule.run'")).toEqual([
      { actor_name: 'operator' },
    ]);
  });

  it('is one request from the script to its acts and its log lines, also those of a step that fails', async () => {
    const due = await insertUser({ is_active: 0, deleted_at: Date.now() - 31 * DAY });
    const lines: { event: string; request_id: string }[] = [];
    const keep = (line: string) => void lines.push(JSON.parse(line));
    const spies = (['info', 'error'] as const).map((level) => vi.spyOn(console, level).mockImplementation(keep));
    await adminOf({ RECORDS: failing() }).runSchedule({ as: 'grace' });
    for (const spy of spies) spy.mockRestore();

    const [run] = await rows(
      "SELECT request_id FROM audit_events WHERE action = 'schedule.run' AND actor_name = 'grace'",
    );
    expect(await rows('SELECT action, origin, request_id FROM audit_events WHERE subject_id = ?', due)).toEqual([
      { action: 'user.erase', origin: 'schedule', request_id: run.request_id },
    ]);
    const told = lines.filter(({ event }) => ['admin', 'schedule', 'schedule-step-failed'].includes(event));
    expect(new Set(told.map(({ event }) => event)).size).toBe(3);
    expect(new Set(told.map(({ request_id }) => request_id))).toEqual(new Set([run.request_id]));
  });
});

describe('what follows a restored database', () => {
  it('is done step by step, and a dry run counts the same and changes nothing', async () => {
    const account = await newAccount();
    const [erased, suspended, freed] = [
      await insertUser(),
      await insertUser(),
      await insertUser({ is_active: 0, deactivated_at: 1 }),
    ];
    const at = Date.now();
    const record = async (kind: string, userId: number, key: string) => {
      const { created_at: userCreatedAt } = await userRow(userId);
      await env.RECORDS.put(key, JSON.stringify({ kind, userId, userCreatedAt, at }));
    };
    await record('erased', erased, `erased/${erased}`);
    await record('deactivated', suspended, `suspension/${suspended}/${new Date(at).toISOString()}-deactivated`);
    await record('reactivated', freed, `suspension/${freed}/${new Date(at).toISOString()}-reactivated`);
    await env.RECORDS.put('highest-id', '5000');

    const all = async (dry_run: boolean) => {
      const steps: [string, number][] = [];
      let from: Parameters<Admin['afterRestore']>[0]['from'];
      for (;;) {
        const step = await admin.afterRestore({ ...AS, dry_run, ...(from ? { from } : {}) });
        if (!step.ok) throw new Error(step.message);
        steps.push([step.value.phase, step.value.changed]);
        if (!step.value.next) return steps;
        from = { ...step.value.next };
      }
    };
    const before = await everything();
    const would = await all(true);
    expect(await everything()).toBe(before);
    expect(await all(false)).toEqual(would);
    const last = { ...AS, from: { phase: 'addresses' as const } };
    const counted = await rows(
      "SELECT count(*) AS n FROM users WHERE role = 'admin' AND is_active = 1 AND is_verified = 1",
    );
    expect(await admin.afterRestore(last)).toMatchObject({ value: { next: null, administrators: counted[0]?.n } });
    expect(await admin.afterRestore({ ...last, dry_run: true })).toMatchObject({ value: { administrators: null } });
    expect(would).toEqual([
      ['ids', 2],
      ['tokens', expect.any(Number)],
      ['sessions', expect.any(Number)],
      ['erased', 1],
      ['verifications', 0],
      ['passwords', 0],
      ['factors', 0],
      ['suspensions', 2],
      ['deletions', 0],
      ['roles', 0],
      ['addresses', 0],
    ]);

    expect(await userRow(erased)).toBeUndefined();
    expect(await userRow(suspended)).toMatchObject({ is_active: 0, deactivated_at: at });
    expect(await userRow(freed)).toMatchObject({ is_active: 1, deactivated_at: null });
    expect((await call('GET', '/api/v1/users/me', { token: account.token })).status).toBe(401);
    expect(await insertUser()).toBeGreaterThan(5000);
  });
});

describe('the rotation of keys', () => {
  const keyOf = (age: number) => newSigningKey(new Date(Date.now() - age));
  const plan = (a: string, b: string, dry_run = false) =>
    adminOf({ SIGNING_KEY_A: a, SIGNING_KEY_B: b }).planKeyRotation({ ...AS, dry_run });

  it('writes the empty slot, or the older key, and tells of the keys when they were made', async () => {
    const [old, older] = [await keyOf(3 * HOUR), await keyOf(30 * DAY)];
    expect(await plan(old, '')).toMatchObject({ value: { slots: ['SIGNING_KEY_B'], made: { SIGNING_KEY_B: null } } });
    expect(await plan('', old)).toMatchObject({ value: { slots: ['SIGNING_KEY_A'] } });
    expect(await plan(old, older)).toMatchObject({ value: { slots: ['SIGNING_KEY_B'] } });
    const answer = await plan(older, old);
    expect(answer).toMatchObject({
      value: { slots: ['SIGNING_KEY_A'], made: { SIGNING_KEY_A: expect.stringMatching(/Z$/) } },
    });
    for (const slot of [old, older]) expect(JSON.stringify(answer)).not.toContain(JSON.parse(slot).d);
  });

  it('is refused while the newest key is younger than two hours, whichever slot it is in', async () => {
    // The clock stands at a whole second, as keys tell when they were made.
    passTime(-(Date.now() % 1000));
    expect(await plan(await keyOf(2 * HOUR), '')).toMatchObject({ ok: true });
    const [young, old] = [await keyOf(2 * HOUR - 5000), await keyOf(30 * DAY)];
    for (const [a, b] of [
      [young, old],
      [old, young],
      [young, ''],
    ] as const)
      expect(await plan(a, b)).toMatchObject({ ok: false, code: 'KEY_TOO_YOUNG' });
    expect(await plan(await keyOf(2 * HOUR), old)).toMatchObject({ ok: true });
  });

  it('writes both slots where they have leaked, however young', async () => {
    const young = await keyOf(5000);
    const answer = await adminOf({ SIGNING_KEY_A: young }).planKeyRotation({ ...AS, leaked: true, dry_run: true });
    expect(answer).toMatchObject({ value: { slots: ['SIGNING_KEY_A', 'SIGNING_KEY_B'], version: null } });
  });

  it('tells of the other keys when they were made too, to the hour, and nothing else', async () => {
    const keys = { MAIL_LINK_KEYS: env.MAIL_LINK_KEYS, MAIL_LINK_KEYS_B: newMacKeys(498_732) };
    const answer = await adminOf(keys).planKeyRotation({ ...AS, keys: 'links', leaked: true, dry_run: true });
    expect(answer).toMatchObject({
      value: { made: { MAIL_LINK_KEYS: '1970-01-01T01:00:00Z', MAIL_LINK_KEYS_B: '2026-11-23T12:00:00Z' } },
    });
    for (const secret of Object.values(keys).flatMap((slot) => Object.values<string>(JSON.parse(slot))))
      expect(JSON.stringify(answer)).not.toContain(secret);
  });

  it.each([
    ['signing', 'SIGNING_KEY_A'],
    ['signing', 'SIGNING_KEY_B'],
    ['tokens', 'TOKEN_KEYS'],
    ['tokens', 'TOKEN_KEYS_B'],
    ['links', 'MAIL_LINK_KEYS_B'],
    ['services', 'SERVICE_KEYS_B'],
    ['factors', 'FACTOR_KEYS_B'],
  ] as const)(
    'of the %s keys repairs %s where that cannot be read, whatever the age of the other',
    async (keys, slot) => {
      const [first, second] = KEY_SLOTS[keys];
      const young = keys === 'signing' ? await keyOf(1) : newMacKeys(Math.floor(Date.now() / HOUR));
      const admin = adminOf({ [first]: young, [second]: young, [slot]: '{"1":"junk' });
      for (const leaked of [false, true]) {
        const answer = await admin.planKeyRotation({ ...AS, keys, leaked, dry_run: true });
        const slots = leaked ? [first, second] : [slot];
        expect(answer).toMatchObject({ ok: true, value: { slots, mends: [slot], made: { [slot]: null } } });
        // Above what nobody can read, which may have been made in this hour.
        if (keys !== 'signing')
          expect(answer.ok && answer.value.version).toBeGreaterThan(Math.floor(Date.now() / HOUR) + 1);
        expect(JSON.stringify(answer)).not.toContain('junk');
      }
    },
  );

  it.each(['links', 'services'] as const)(
    'of the %s keys finishes one that has reached one Worker alone',
    async (keys) => {
      const [first, second] = KEY_SLOTS[keys];
      const [both, other] = [newMacKeys(498_732), newMacKeys(498_732)];
      for (const made of [498_732, Math.floor(Date.now() / HOUR)]) {
        const ours = { [first]: both, [second]: newMacKeys(made) };
        const plan = (theirs: Record<string, string>) =>
          adminOf(ours).planKeyRotation({ ...AS, keys, mailer: sharedDigests(theirs), dry_run: true });
        for (const theirs of [
          { [first]: both },
          { [first]: both, [second]: other },
          { [first]: both, [second]: 'junk' },
        ])
          expect(await plan(theirs)).toMatchObject({ ok: true, value: { slots: [second], mends: [second] } });
        expect(await plan({ [first]: other, [second]: other })).toMatchObject({ value: { slots: [first, second] } });
        const same = await plan(ours);
        expect(same.ok ? same.value.mends : same.code).toEqual(made === 498_732 ? [] : 'KEY_TOO_YOUNG');
      }
    },
  );

  it('is noted in the audit, a dry run is not', async () => {
    const noted = () => rows("SELECT id FROM audit_events WHERE action = 'keys.rotate'");
    const before = (await noted()).length;
    await plan(await keyOf(DAY), '', true);
    expect(await noted()).toHaveLength(before);
    await plan(await keyOf(DAY), '');
    expect(await noted()).toHaveLength(before + 1);
  });
});
