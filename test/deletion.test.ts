import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import {
  type Account,
  type Answer,
  type Call,
  call,
  failing,
  login,
  mailToken,
  newAccount,
  rows,
  signUp,
} from './client.ts';
import { DAY, passTime } from './clock.ts';

const ME = '/api/v1/users/me';
const DELETED = { status: 'ok', message: 'Account has been successfully deleted.' };

const remove = (account: Account, query = '', options: Call = {}): Promise<Answer> =>
  call('DELETE', `${ME}${query}`, { ...options, token: account.token });
const me = (account: Account): Promise<Answer> => call('GET', ME, { token: account.token });
const refresh = (account: Account): Promise<Answer> =>
  call('POST', '/api/v1/auth/refresh-token', { cookie: account.cookie });
const userRow = async (account: Account) => (await rows('SELECT * FROM users WHERE id = ?', account.id))[0];
const jtiOf = (token: string): string => JSON.parse(atob(token.split('.')[1] ?? '')).jti;

const expectCookieCleared = (answer: Answer): void => {
  expect(answer.headers.getSetCookie()).toEqual([
    '__Secure-refresh_token=; Max-Age=0; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict',
  ]);
};

describe('a soft deletion', () => {
  // ASVS 7.4.2
  it.each(['', '?hard=false'])('with "%s" sets the account out of use and ends every session', async (query) => {
    const account = await newAccount();
    const other = (await login(account.email)).body.access_token;
    const sessions = await rows('SELECT id FROM sessions WHERE user_id = ?', account.id);
    const answer = await remove(account, query);
    expect([answer.status, answer.body]).toEqual([200, DELETED]);
    expectCookieCleared(answer);
    const row = await userRow(account);
    expect(row).toMatchObject({ is_active: 0, email: account.email });
    expect(row.deleted_at).toBeGreaterThan(0);
    expect(await rows('SELECT id FROM sessions WHERE user_id = ?', account.id)).toEqual([]);
    expect((await me(account)).body).toMatchObject({ status_code: 403, code: 'ACCOUNT_DELETED' });
    expect((await call('GET', ME, { token: other })).body.code).toBe('ACCOUNT_DELETED');
    expect((await refresh(account)).body).toMatchObject({ status_code: 403, code: 'ACCOUNT_DELETED' });
    expect((await login(account.email)).body).toMatchObject({ status_code: 403, code: 'ACCOUNT_DELETED' });
    const listed = (await env.REVOKED_TOKENS.list()).keys.map(({ name }) => name);
    expect(listed).toEqual(
      expect.arrayContaining([`jti:${jtiOf(account.token)}`, ...sessions.map(({ id }) => `sid:${id}`)]),
    );
  });

  it('queues the mail with the day of erasure and leaves an audit record, once', async () => {
    const account = await newAccount();
    const answer = await remove(account);
    const [mail] = await rows("SELECT * FROM outbox WHERE user_id = ? AND kind = 'account-deleted'", account.id);
    const { deleted_at } = await userRow(account);
    expect(JSON.parse(mail.data)).toEqual({ eraseAt: deleted_at + 30 * DAY });
    const events = await rows('SELECT * FROM audit_events WHERE subject_id = ?', account.id);
    expect(events).toMatchObject([
      { action: 'user.delete', actor_id: account.id, origin: 'http', request_id: answer.headers.get('X-Request-Id') },
    ]);
    expect((await remove(account)).body.code).toBe('ACCOUNT_DELETED');
    expect(await rows('SELECT * FROM audit_events WHERE subject_id = ?', account.id)).toHaveLength(1);
  });

  it('keeps the address taken', async () => {
    const account = await newAccount();
    await remove(account);
    expect((await signUp(account.email)).status).toBe(201);
    expect((await login(account.email)).body.code).toBe('ACCOUNT_DELETED');
  });

  it('kills a reset link that is under way', async () => {
    const account = await newAccount();
    await call('POST', '/api/v1/auth/forgot-password', { json: { email: account.email } });
    const token = await mailToken(account.email, 'reset-password');
    await remove(account);
    const json = { token, new_password: 'another password' };
    expect((await call('POST', '/api/v1/auth/reset-password', { json })).body.code).toBe('INVALID_RESET_TOKEN');
  });

  // ASVS 15.3.7
  it.each(['?hard=yes', '?hard=', '?hard=1', '?hard=TRUE', '?hard=true&hard=false'])(
    'is refused with "%s"',
    async (query) => {
      const account = await newAccount();
      const answer = await remove(account, query);
      expect(answer.body).toMatchObject({ status_code: 400, code: 'VALIDATION_ERROR' });
      expect(answer.body.data.errors).toEqual([{ field: 'query.hard', message: 'must be true or false' }]);
      expect((await me(account)).status).toBe(200);
    },
  );

  // ASVS 16.5.3
  it('changes nothing when the database does not answer', async () => {
    const account = await newAccount();
    const batch = vi.spyOn(env.DB, 'batch').mockRejectedValueOnce(new Error('D1_ERROR: Network connection lost.'));
    const answer = await remove(account);
    batch.mockRestore();
    expect(answer.body).toMatchObject({ status_code: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await me(account)).status).toBe(200);
  });

  it('holds when KV and the queue fail', async () => {
    const account = await newAccount();
    const broken = { REVOKED_TOKENS: failing<KVNamespace>('KV is down'), MAIL: failing<Queue>('queue is down') };
    expect((await remove(account, '', { env: broken })).body).toEqual(DELETED);
    expect((await me(account)).body.code).toBe('ACCOUNT_DELETED');
    expect(await rows("SELECT 1 FROM outbox WHERE user_id = ? AND kind = 'account-deleted'", account.id)).toHaveLength(
      1,
    );
  });

  it('costs one trip to the database before the answer', async () => {
    const account = await newAccount();
    const [statements, batches] = [vi.spyOn(env.DB, 'prepare'), vi.spyOn(env.DB, 'batch')];
    await remove(account);
    expect(batches).toHaveBeenCalledTimes(1);
    // The one after the answer crosses out what the blacklist was told.
    expect(statements.mock.calls.length - (batches.mock.calls[0]?.[0].length ?? 0)).toBe(1);
    vi.restoreAllMocks();
  });
});

describe('a hard deletion', () => {
  // ASVS 7.4.2
  it('erases the account now: as if it had never been there, and the address is free', async () => {
    const account = await newAccount();
    const answer = await remove(account, '?hard=true');
    expect([answer.status, answer.body]).toEqual([200, DELETED]);
    expectCookieCleared(answer);
    expect(await userRow(account)).toBeUndefined();
    expect((await me(account)).body).toMatchObject({ status_code: 401, code: 'INVALID_CREDENTIALS' });
    expect((await refresh(account)).body.code).toBe('INVALID_REFRESH_TOKEN');
    const unknown = await login('never-there@example.com');
    const erased = await login(account.email);
    expect([erased.status, erased.body]).toEqual([unknown.status, unknown.body]);
    await signUp(account.email);
    const [again] = await rows('SELECT id, is_verified FROM users WHERE email = ?', account.email);
    expect(again.is_verified).toBe(0);
    expect(again.id).toBeGreaterThan(account.id);
  });

  it('confirms itself by a mail to the address that nothing else knows any more', async () => {
    const account = await newAccount({ listening_language: 'pt-BR' });
    await remove(account, '?hard=true');
    const mails = await rows('SELECT * FROM outbox WHERE email = ?', account.email);
    expect(mails).toMatchObject([{ user_id: null, kind: 'account-erased', language: 'pt-BR', data: '{}' }]);
    passTime(7 * DAY + 1);
    const { runSchedule } = await import('../src/api/cron.ts');
    await runSchedule(env, new Date());
    expect(await rows('SELECT * FROM outbox WHERE email = ?', account.email)).toEqual([]);
  });

  it('happens once of five at once; the others find nobody there', async () => {
    const account = await newAccount();
    const answers = await Promise.all(Array.from({ length: 5 }, () => remove(account, '?hard=true')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(4);
    expect(await rows('SELECT 1 FROM audit_events WHERE subject_id = ?', account.id)).toHaveLength(1);
    expect(await rows('SELECT 1 FROM outbox WHERE email = ?', account.email)).toHaveLength(1);
  });
});

describe('the last active administrator', () => {
  it('cannot delete the account either way, until there is another', async () => {
    const [admin, second] = [await newAccount(), await newAccount()];
    await rows("UPDATE users SET role = 'user'");
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", admin.id);
    for (const query of ['', '?hard=true']) {
      expect((await remove(admin, query)).body).toMatchObject({ status_code: 409, code: 'LAST_ADMINISTRATOR' });
    }
    await rows("UPDATE users SET role = 'admin', is_active = 0, deactivated_at = 1 WHERE id = ?", second.id);
    expect((await remove(admin)).body.code).toBe('LAST_ADMINISTRATOR');
    await rows('UPDATE users SET is_active = 1, deactivated_at = NULL WHERE id = ?', second.id);
    expect((await remove(admin)).status).toBe(200);
  });

  it('is there still when all of them leave at the same moment', async () => {
    const admins = [await newAccount(), await newAccount(), await newAccount()];
    await rows("UPDATE users SET role = 'user'");
    for (const admin of admins) await rows("UPDATE users SET role = 'admin' WHERE id = ?", admin.id);
    const answers = await Promise.all(admins.map((admin, n) => remove(admin, n % 2 ? '?hard=true' : '')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(answers.filter(({ body }) => body.code === 'LAST_ADMINISTRATOR')).toHaveLength(1);
    expect(await rows("SELECT 1 FROM users WHERE role = 'admin' AND is_active = 1")).toHaveLength(1);
  });
});
