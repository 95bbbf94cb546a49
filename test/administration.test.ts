import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { runSchedule } from '../src/api/cron.ts';
import {
  type Account,
  type Answer,
  type Call,
  call,
  failing,
  login,
  newAccount,
  PASSWORD,
  rows,
  signUp,
} from './client.ts';
import { times } from './depth.ts';
import { atFullCost } from './password-cost.ts';
import { ADMINISTRATED_KEYS } from './profile-keys.ts';

const USERS = '/api/v1/users';
const UNAUTHORIZED = { status: 'error', status_code: 401, message: 'Could not validate admin credentials', data: {} };
const FORBIDDEN = {
  status: 'error',
  status_code: 403,
  message: 'You do not have permission to access this resource',
  data: {},
};

/** A body as the text that stands in the contract: key order included. */
const text = (status: string, status_code: number, message: string, data: object = {}): string =>
  JSON.stringify({ status, status_code, message, data });

let admin: Account;
beforeEach(async () => {
  admin ??= await newAccount();
  await rows("UPDATE users SET role = 'user'");
  await rows("UPDATE users SET role = 'admin', is_active = 1, deactivated_at = NULL WHERE id = ?", admin.id);
});

const deactivate = (user_id: unknown, fields: Record<string, unknown> = {}, options: Call = {}): Promise<Answer> =>
  call('PATCH', `${USERS}/deactivate`, { token: admin.token, ...options, json: { user_id, ...fields } });
const reactivate = (user_id: unknown, options: Call = {}): Promise<Answer> =>
  call('PATCH', `${USERS}/reactivate`, { token: admin.token, ...options, json: { user_id } });
const me = (token: string): Promise<Answer> => call('GET', `${USERS}/me`, { token });
const mailsOf = (id: number, kind: string) => rows('SELECT * FROM outbox WHERE user_id = ? AND kind = ?', id, kind);
const eventsOf = (id: number) => rows('SELECT * FROM audit_events WHERE subject_id = ? ORDER BY id', id);
const makeAdmin = async (account: Account): Promise<Account> => {
  await rows("UPDATE users SET role = 'admin' WHERE id = ?", account.id);
  return account;
};

describe('suspending an account', () => {
  it('answers the body of the request for it, whole, for the id as text and as a number', async () => {
    const [first, second] = [await newAccount(), await newAccount()];
    for (const id of [String(first.id), second.id]) {
      const answer = await deactivate(id);
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(text('success', 200, 'User account deactivated successfully'));
    }
  });

  // ASVS 7.4.2
  it('ends every access at that moment: tokens, refresh, login, and the picture', async () => {
    const account = await newAccount();
    const other = await login(account.email);
    await deactivate(account.id);
    for (const token of [account.token, other.body.access_token]) {
      expect((await me(token)).body).toMatchObject({ status_code: 403, code: 'ACCOUNT_DEACTIVATED' });
    }
    const refreshed = await call('POST', '/api/v1/auth/refresh-token', { cookie: account.cookie });
    expect(refreshed.body).toMatchObject({ status_code: 403, code: 'ACCOUNT_DEACTIVATED' });
    expect((await login(account.email)).body).toMatchObject({ status_code: 403, code: 'ACCOUNT_DEACTIVATED' });
    expect(await rows('SELECT 1 FROM sessions WHERE user_id = ?', account.id)).toEqual([]);
  });

  it('queues one mail with the reason, notes who did it, and tells the blacklist and the private bucket', async () => {
    const account = await newAccount();
    const [{ id: session }] = await rows('SELECT id FROM sessions WHERE user_id = ?', account.id);
    const lines: string[] = [];
    const spy = vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(line));
    const answer = await deactivate(account.id, { reason: ' Sold <b>spam</b>\nfor weeks ' });
    spy.mockRestore();
    const mails = await mailsOf(account.id, 'account-deactivated');
    expect(mails.map(({ data }) => JSON.parse(data))).toEqual([{ reason: 'Sold <b>spam</b>\nfor weeks' }]);
    expect(await eventsOf(account.id)).toMatchObject([
      { action: 'user.deactivate', actor_id: admin.id, origin: 'http', request_id: answer.headers.get('X-Request-Id') },
    ]);
    expect(JSON.stringify([lines, await eventsOf(account.id)])).not.toContain('spam');
    expect(await env.REVOKED_TOKENS.get(`sid:${session}`)).toBe('1');
    expect((await env.RECORDS.list({ prefix: `suspension/${account.id}/` })).objects).toHaveLength(1);
  });

  // ASVS 15.4.2
  it('happens once of a hundred at once: one 200, ninety-nine 400, one mail, one audit record', async () => {
    const account = await newAccount();
    const answers = await Promise.all(Array.from({ length: 100 }, () => deactivate(account.id)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200).map((answer) => answer.text);
    expect(refused).toEqual(Array(99).fill(text('error', 400, 'User is already deactivated')));
    expect(await mailsOf(account.id, 'account-deactivated')).toHaveLength(1);
    expect(await eventsOf(account.id)).toHaveLength(1);
  });

  it('answers who is not there, and who is deleted, that the user was not found', async () => {
    const deleted = await newAccount();
    await call('DELETE', `${USERS}/me`, { token: deleted.token });
    for (const id of [999_999, deleted.id]) {
      expect((await deactivate(id)).text).toBe(text('error', 404, 'User not found'));
      expect((await reactivate(id)).text).toBe(text('error', 404, 'User not found'));
    }
  });

  // ASVS 8.2.1, 8.3.1, 8.4.2
  it('refuses everybody who is no active administrator, before anything is said about body or id', async () => {
    const user = await newAccount();
    const bodies = [{ user_id: user.id }, { user_id: 'nonsense' }, {}];
    for (const json of bodies) {
      const attempt = (token?: string) => call('PATCH', `${USERS}/deactivate`, { json, token });
      expect((await attempt()).text).toBe(JSON.stringify(UNAUTHORIZED));
      expect((await attempt('not.a.token')).text).toBe(JSON.stringify(UNAUTHORIZED));
      expect((await attempt(user.token)).text).toBe(JSON.stringify(FORBIDDEN));
    }
    const malformed = await call('PATCH', `${USERS}/deactivate`, {
      token: user.token,
      body: '{',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(malformed.text).toBe(JSON.stringify(FORBIDDEN));
    const large = { body: 'x'.repeat(70_000), headers: { 'Content-Type': 'application/json' } };
    expect((await call('PATCH', `${USERS}/deactivate`, large)).text).toBe(JSON.stringify(UNAUTHORIZED));
    expect((await call('PATCH', `${USERS}/deactivate`, { json: {} })).headers.get('WWW-Authenticate')).toBe('Bearer');
    expect((await me(user.token)).status).toBe(200);
  });

  // ASVS 8.3.2
  it('holds for an administrator too, at the next request: suspended, deleted, demoted, signed out', async () => {
    const fallen = async (how: (account: Account) => Promise<unknown>): Promise<Answer> => {
      const account = await makeAdmin(await newAccount());
      expect((await call('GET', USERS, { token: account.token })).status).toBe(200);
      await how(account);
      return deactivate(1, {}, { token: account.token });
    };
    expect((await fallen(({ id }) => deactivate(id))).text).toBe(JSON.stringify(UNAUTHORIZED));
    expect((await fallen(({ token }) => call('DELETE', `${USERS}/me`, { token }))).text).toBe(
      JSON.stringify(UNAUTHORIZED),
    );
    expect((await fallen(({ token }) => call('POST', '/api/v1/auth/logout', { token }))).text).toBe(
      JSON.stringify(UNAUTHORIZED),
    );
    expect((await fallen(({ id }) => rows("UPDATE users SET role = 'user' WHERE id = ?", id))).text).toBe(
      JSON.stringify(FORBIDDEN),
    );
  });

  it.each([
    [undefined, 'user_id must be a positive integer'],
    ['', 'user_id must be a positive integer'],
    [0, 'user_id must be a positive integer'],
    [-1, 'user_id must be a positive integer'],
    [1.5, 'user_id must be a positive integer'],
    ['012', 'user_id must be a positive integer'],
    ['1e3', 'user_id must be a positive integer'],
    [2 ** 53, 'user_id must be a positive integer'],
    [[1], 'user_id must be a positive integer'],
    [null, 'user_id must be a positive integer'],
  ])('refuses %j as an id', async (id, message) => {
    expect((await deactivate(id)).text).toBe(text('error', 400, `Request validation failed: ${message}`));
    expect((await reactivate(id)).text).toBe(text('error', 400, `Request validation failed: ${message}`));
  });

  it('takes a reason from a client of any system: its lines end with line feeds', async () => {
    const { id } = await newAccount();
    const reason = `\r\nOne\r\nTwo\rThree\n\r\n${'x'.repeat(485)}\r\n`;
    expect((await deactivate(id, { reason })).status).toBe(200);
    expect(await rows('SELECT deactivation_reason AS reason FROM users WHERE id = ?', id)).toEqual([
      { reason: `One\nTwo\nThree\n\n${'x'.repeat(485)}` },
    ]);
  });

  // ASVS 1.3.3
  it('takes a reason of up to 500 characters, or none', async () => {
    const account = await newAccount();
    const refused = async (reason: unknown) => (await deactivate(account.id, { reason })).text;
    expect(await refused('😀'.repeat(501))).toBe(
      text('error', 400, 'Request validation failed: reason must have at most 500 characters'),
    );
    expect(await refused(7)).toBe(text('error', 400, 'Request validation failed: reason must be a string'));
    expect(await refused('a\u0000b')).toBe(
      text('error', 400, 'Request validation failed: reason must not contain control characters'),
    );
    expect((await deactivate(account.id, { reason: '😀'.repeat(500) })).status).toBe(200);
    for (const reason of [null, '', '   ']) {
      const silent = await newAccount();
      await deactivate(silent.id, { reason });
      const [mail] = await mailsOf(silent.id, 'account-deactivated');
      expect(JSON.parse(mail.data)).toEqual({ reason: null });
    }
  });

  // ASVS 16.4.2
  // Threat rogue-administrator
  it('leaves an audit record that nobody changes or removes', async () => {
    const account = await newAccount();
    await deactivate(account.id);
    const [event] = await eventsOf(account.id);
    await expect(rows('UPDATE audit_events SET actor_id = 1 WHERE id = ?', event.id)).rejects.toThrow('never changed');
    await expect(rows('DELETE FROM audit_events WHERE id = ?', event.id)).rejects.toThrow('never removed');
    await rows('DELETE FROM users WHERE id = ?', account.id);
    expect(await eventsOf(account.id)).toEqual([event]);
  });

  // Threat rogue-administrator
  it('is not for oneself, and not for the last administrator', async () => {
    expect((await deactivate(admin.id)).text).toBe(text('error', 400, 'You cannot deactivate your own account'));
    expect((await deactivate(String(admin.id))).text).toBe(
      text('error', 400, 'You cannot deactivate your own account'),
    );
  });

  // ASVS 2.3.4
  it('leaves one of two administrators who do it to each other at the same moment', async () => {
    const second = await makeAdmin(await newAccount());
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all([deactivate(second.id), deactivate(admin.id, {}, { token: second.token })]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const [refused] = answers.filter(({ status }) => status !== 200);
      expect([
        text('error', 400, 'The last administrator cannot be deactivated'),
        JSON.stringify(UNAUTHORIZED),
      ]).toContain(refused?.text);
      expect(await rows("SELECT 1 FROM users WHERE role = 'admin' AND is_active = 1")).toHaveLength(1);
      await rows("UPDATE users SET is_active = 1, deactivated_at = NULL WHERE role = 'admin'");
      admin.token = (await login(admin.email)).body.access_token;
      second.token = (await login(second.email)).body.access_token;
    }
  });

  it('answers every other refusal with the same four keys', async () => {
    const options = { token: admin.token };
    const shape = (answer: Answer) => [answer.status, Object.keys(answer.body), answer.body.data];
    const keys = ['status', 'status_code', 'message', 'data'];
    const json = { 'Content-Type': 'application/json' };
    expect(shape(await call('PATCH', `${USERS}/deactivate`, { ...options, body: '{', headers: json }))).toEqual([
      400,
      keys,
      {},
    ]);
    expect(
      shape(
        await call('PATCH', `${USERS}/deactivate`, {
          ...options,
          body: 'x=1',
          headers: { 'Content-Type': 'text/plain' },
        }),
      ),
    ).toEqual([415, keys, {}]);
    expect(
      shape(await call('PATCH', `${USERS}/deactivate`, { ...options, body: `"${'x'.repeat(70_000)}"`, headers: json })),
    ).toEqual([413, keys, {}]);
    expect(shape(await call('POST', `${USERS}/deactivate`, options))).toEqual([405, keys, {}]);
    expect(shape(await call('GET', `${USERS}/deactivate`, options))).toEqual([405, keys, {}]);
    const limited = { RATE_LIMITS: 'on', RATE_LIMIT_300: { limit: async () => ({ success: false }) } } as Partial<Env>;
    expect(shape(await call('GET', USERS, { ...options, env: limited }))).toEqual([429, keys, {}]);
  });

  // ASVS 2.3.3
  it('answers 500 when the database fails at any point, and nothing has changed', async () => {
    const account = await newAccount();
    const before = await rows('SELECT * FROM users');
    const failed = text('error', 500, 'An unexpected error occurred.');
    expect((await deactivate(account.id, {}, { env: { DB: failing<D1Database>() } })).text).toBe(failed);
    const real = env.DB.batch.bind(env.DB);
    const broken = env.DB.prepare('SELECT nothing FROM nowhere');
    const spy = vi.spyOn(env.DB, 'batch').mockImplementation((statements) => real([...statements, broken]) as never);
    expect((await deactivate(account.id)).text).toBe(failed);
    spy.mockRestore();
    expect(await rows('SELECT * FROM users')).toEqual(before);
    expect(await mailsOf(account.id, 'account-deactivated')).toEqual([]);
    expect((await me(account.token)).status).toBe(200);
  });

  // ASVS 16.5.2
  it('answers 200 when KV, the queue and the bucket fail, and the rest follows by the scheduled run', async () => {
    const account = await newAccount();
    const broken = {
      REVOKED_TOKENS: failing<KVNamespace>('KV is down'),
      MAIL: failing<Queue>('queue is down'),
      RECORDS: failing<R2Bucket>('R2 is down'),
    };
    expect((await deactivate(account.id, {}, { env: broken })).status).toBe(200);
    expect((await me(account.token)).body.code).toBe('ACCOUNT_DEACTIVATED');
    expect((await env.RECORDS.list({ prefix: `suspension/${account.id}/` })).objects).toEqual([]);
    const [{ id }] = await mailsOf(account.id, 'account-deactivated');
    await rows('UPDATE outbox SET due_at = 0 WHERE id = ?', id);
    const sent: unknown[] = [];
    const spy = vi.spyOn(env.MAIL, 'sendBatch').mockImplementation(async (batch) => void sent.push(...batch) as never);
    await runSchedule(env, new Date());
    spy.mockRestore();
    expect(sent).toContainEqual({ body: { id } });
    expect((await env.RECORDS.list({ prefix: `suspension/${account.id}/` })).objects).toHaveLength(1);
  });

  it(
    'beats a login, a refresh and a change that are under way: none leaves access behind',
    () =>
      atFullCost(async () => {
        for (let round = 0; round < times(4, 40); round += 1) {
          const account = await newAccount();
          const late = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
          await Promise.all([
            late(round * 20).then(() => deactivate(account.id)),
            login(account.email),
            late(round * 15).then(() => call('POST', '/api/v1/auth/refresh-token', { cookie: account.cookie })),
            call('POST', '/api/v1/auth/change-password', {
              token: account.token,
              json: { current_password: PASSWORD, new_password: 'some other password' },
            }),
          ]);
          expect(await rows('SELECT 1 FROM sessions WHERE user_id = ?', account.id), `round ${round}`).toEqual([]);
          expect(await rows('SELECT is_active FROM users WHERE id = ?', account.id)).toEqual([{ is_active: 0 }]);
        }
      }),
    180_000,
  );

  it('costs one trip before the answer', async () => {
    const account = await newAccount();
    const [statements, batches] = [vi.spyOn(env.DB, 'prepare'), vi.spyOn(env.DB, 'batch')];
    await deactivate(account.id, {}, { env: { RECORDS: failing<R2Bucket>('unused') } });
    const batched = batches.mock.calls[0]?.[0].length ?? 0;
    // The batch; after the answer two statements cross out what the blacklist was told, and look for records to write.
    expect([batches.mock.calls.length, statements.mock.calls.length - batched]).toEqual([1, 2]);
    vi.restoreAllMocks();
  });
});

describe('reactivating an account', () => {
  it('gives access back, and one mail says so; the old sessions stay ended', async () => {
    const account = await newAccount();
    await deactivate(account.id, { reason: 'a mistake' });
    const answer = await reactivate(String(account.id));
    expect(answer.text).toBe(text('success', 200, 'User account reactivated successfully'));
    expect((await me(account.token)).body.code).toBe('TOKEN_REVOKED');
    expect((await login(account.email)).status).toBe(200);
    expect(await mailsOf(account.id, 'account-reactivated')).toHaveLength(1);
    expect(await rows('SELECT deactivated_at, deactivation_reason FROM users WHERE id = ?', account.id)).toEqual([
      { deactivated_at: null, deactivation_reason: null },
    ]);
    expect((await reactivate(account.id)).text).toBe(text('error', 400, 'User is already active'));
    expect((await eventsOf(account.id)).map(({ action }) => action)).toEqual(['user.deactivate', 'user.reactivate']);
  });

  it('happens once of twenty at once', async () => {
    const account = await newAccount();
    await deactivate(account.id);
    const answers = await Promise.all(Array.from({ length: 20 }, () => reactivate(account.id)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await mailsOf(account.id, 'account-reactivated')).toHaveLength(1);
  });
});

describe('looking users up', () => {
  const list = (query: string): Promise<Answer> => call('GET', `${USERS}${query}`, { token: admin.token });
  const emails = (answer: Answer): string[] => answer.body.data.users.map(({ email }: { email: string }) => email);

  it('shows one user with the state of the account, in the envelope', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace' });
    await deactivate(account.id, { reason: 'spam' });
    const answer = await list(`/${account.id}`);
    expect(Object.keys(answer.body)).toEqual(['status', 'status_code', 'message', 'data']);
    expect(answer.body.message).toBe('User retrieved successfully');
    expect(Object.keys(answer.body.data.user)).toEqual(ADMINISTRATED_KEYS);
    expect(answer.body.data.user).toMatchObject({
      id: account.id,
      role: 'user',
      deactivation_reason: 'spam',
      deleted_at: null,
    });
    for (const id of ['999999', 'abc', '1.0', '0', '-1', '9007199254740992']) {
      expect((await list(`/${id}`)).text, id).toBe(text('error', 404, 'User not found'));
    }
  });

  it('lists newest first, page by page, stable while users are added', async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.push((await newAccount()).email);
    const first = await list('?limit=2');
    expect(first.body.message).toBe('Users retrieved successfully');
    expect(emails(first)).toEqual([made[4], made[3]]);
    await newAccount();
    const second = await list(`?limit=2&cursor=${first.body.data.next_cursor}`);
    expect(emails(second)).toEqual([made[2], made[1]]);
    let cursor = second.body.data.next_cursor;
    const seen: string[] = [];
    while (cursor !== null) {
      const page = await list(`?limit=100&cursor=${cursor}`);
      seen.push(...emails(page));
      cursor = page.body.data.next_cursor;
    }
    expect(seen[0]).toBe(made[0]);
    expect(new Set([...emails(first), ...emails(second), ...seen]).size).toBe(seen.length + 4);
  });

  // ASVS 1.2.4
  it('finds by the beginning of an address, its domain or a word of the name, whatever the case, and takes % and _ as they are', async () => {
    const add = (email: string, full_name: string) => signUp(email, { full_name });
    await add('zoe_100%@find.example', 'Ärger Öztürk');
    await add('zoexylophone@find.example', 'Zoey');
    await add('Straße@find.example', 'ZOE Again');
    expect(emails(await list('?q=zoe_100%25'))).toEqual(['zoe_100%@find.example']);
    expect(emails(await list('?q=zoe_'))).toEqual(['zoe_100%@find.example']);
    expect(emails(await list('?q=%25'))).toEqual([]);
    expect(emails(await list('?q=ZOE'))).toEqual([
      'straße@find.example',
      'zoexylophone@find.example',
      'zoe_100%@find.example',
    ]);
    expect(emails(await list('?q=ozturk'))).toEqual(['zoe_100%@find.example']);
    expect(emails(await list(`?q=${encodeURIComponent('äRGER ö')}`))).toEqual(['zoe_100%@find.example']);
    expect(emails(await list('?q=find.example'))).toEqual([
      'straße@find.example',
      'zoexylophone@find.example',
      'zoe_100%@find.example',
    ]);
    expect(emails(await list('?q=ind.example'))).toEqual([]);
    expect(emails(await list('?q=zoe&limit=1'))).toEqual(['straße@find.example']);
  });

  it('filters by state', async () => {
    const [suspended, deleted] = [await newAccount(), await newAccount()];
    await deactivate(suspended.id);
    await call('DELETE', `${USERS}/me`, { token: deleted.token });
    expect(emails(await list('?status=deactivated&limit=1'))).toEqual([suspended.email]);
    expect(emails(await list('?status=deleted&limit=1'))).toEqual([deleted.email]);
    const active = emails(await list('?status=active&limit=100'));
    expect(active).toContain(admin.email);
    expect(active).not.toContain(suspended.email);
    expect(active).not.toContain(deleted.email);
    expect(emails(await list(`?status=deactivated&q=${deleted.email}`))).toEqual([]);
    expect(emails(await list(`?q=${deleted.email}`))).toEqual([deleted.email]);
  });

  // ASVS 1.4.2
  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=',
    'limit=1&limit=2',
    'cursor=x',
    'cursor=',
    'status=gone',
    'status=',
  ])('refuses %s', async (query) => {
    const answer = await list(`?${query}`);
    expect([answer.status, Object.keys(answer.body)]).toEqual([400, ['status', 'status_code', 'message', 'data']]);
    expect(answer.body.message).toMatch(/^Request validation failed: (limit|cursor|status) /);
  });

  it('refuses whoever is no administrator', async () => {
    const user = await newAccount();
    for (const path of ['', '/1', '/abc', '?limit=0']) {
      expect((await call('GET', `${USERS}${path}`)).text).toBe(JSON.stringify(UNAUTHORIZED));
      expect((await call('GET', `${USERS}${path}`, { token: user.token })).text).toBe(JSON.stringify(FORBIDDEN));
    }
  });
});
