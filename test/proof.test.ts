import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import { actOnSelf } from '../src/accounts/acts/act.ts';
import { isProved } from '../src/accounts/acts/rule.ts';
import { hashPassword } from '../src/accounts/passwords/password.ts';
import { type Answer, type Call, call, callerOf, login, newAccount, PASSWORD, rows } from './client.ts';
import { MINUTE, passTime, SECOND } from './clock.ts';

const prove = (token: string, fields: Record<string, unknown> = {}, options: Call = {}): Promise<Answer> =>
  call('POST', '/api/v1/auth/prove', { token, json: { password: PASSWORD, ...fields }, ...options });

/** When the sessions of an account were proved last, the newest session last. */
const provedAt = async (id: number): Promise<number[]> =>
  (await rows('SELECT proved_at FROM sessions WHERE user_id = ? ORDER BY created_at', id)).map((row) => row.proved_at);

describe('a proof of who holds a session', () => {
  // ASVS 7.5.1
  it('is the sign-in, and for ten minutes more the password', async () => {
    const { id, token } = await newAccount();
    const [signedInAt = 0] = await provedAt(id);
    expect(Math.abs(Date.now() - signedInAt)).toBeLessThan(MINUTE);
    passTime(5 * MINUTE);
    const answer = await prove(token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 'ok',
      message: 'You have proved that it is you.',
      proved_until: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
    });
    const [proved = 0] = await provedAt(id);
    expect(proved - signedInAt).toBeGreaterThan(4 * MINUTE);
    const until = Date.parse(answer.body.proved_until);
    expect(proved + 10 * MINUTE - until).toBeGreaterThanOrEqual(0);
    expect(proved + 10 * MINUTE - until).toBeLessThan(SECOND);
  });

  it('holds for the session that gave it alone, and is not renewed with its token', async () => {
    const account = await newAccount();
    passTime(SECOND);
    const other = await login(account.email);
    const before = await provedAt(account.id);
    passTime(MINUTE);
    await prove(other.body.access_token);
    expect((await call('POST', '/api/v1/auth/refresh-token', { cookie: account.cookie })).status).toBe(200);
    const [first, second] = await provedAt(account.id);
    expect(first).toBe(before[0]);
    expect(second).toBeGreaterThan(before[1] ?? 0);
  });

  it('takes no wrong password, and no body without one', async () => {
    const { id, token } = await newAccount();
    const before = await provedAt(id);
    passTime(MINUTE);
    expect((await prove(token, { password: 'not this one' })).body).toMatchObject({
      ...{ status_code: 400, code: 'INCORRECT_PASSWORD', message: 'The current password is incorrect.', data: {} },
    });
    expect((await call('POST', '/api/v1/auth/prove', { token, json: {} })).body).toMatchObject({
      ...{ code: 'VALIDATION_ERROR', data: { errors: [{ field: 'body.password', message: 'is required' }] } },
    });
    expect(await provedAt(id)).toEqual(before);
  });

  // ASVS 6.3.1
  it('is guessed at no more often than a sign-in: both are counted together, by address and by browser', async () => {
    const { email, token, cookie } = await newAccount();
    for (let n = 0; n < 3; n += 1) expect((await prove(token, { password: 'a wrong guess' })).status).toBe(400);
    for (let n = 0; n < 2; n += 1) expect((await login(email, { password: 'a wrong guess' })).status).toBe(401);
    const locked = await prove(token);
    expect(locked.body).toMatchObject({ status_code: 403, code: 'ACCOUNT_LOCKED' });
    expect(locked.headers.get('Retry-After')).toBe(String(locked.body.data.retry_after_seconds));
    expect((await login(email)).body.code).toBe('ACCOUNT_LOCKED');
    expect((await prove(token, {}, { cookie })).status).toBe(200);
    passTime(15 * MINUTE + SECOND);
    expect((await login(email)).status).toBe(200);
  });

  it('breaks the row of failures', async () => {
    const { email, token } = await newAccount();
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 4; n += 1) expect((await prove(token, { password: 'a wrong guess' })).status).toBe(400);
      expect((await prove(token)).status).toBe(200);
    }
    expect((await login(email)).status).toBe(200);
  });

  it('is none for a session that has ended or an account out of use, and counts nothing there', async () => {
    const [ended, suspended] = [await newAccount(), await newAccount()];
    await rows('DELETE FROM sessions WHERE user_id = ?', ended.id);
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', suspended.id);
    expect((await prove(ended.token, { password: 'a guess' })).body.code).toBe('TOKEN_REVOKED');
    expect((await prove(suspended.token, { password: 'a guess' })).body.code).toBe('ACCOUNT_DEACTIVATED');
    const counted = await rows(
      'SELECT sum(failures) AS n FROM login_attempts WHERE user_id IN (?, ?)',
      ended.id,
      suspended.id,
    );
    expect(counted).toEqual([{ n: 0 }]);
  });

  it('is not given by a password that was changed while it was checked', async () => {
    const { id, token } = await newAccount();
    const before = await provedAt(id);
    passTime(MINUTE);
    const next = await hashPassword('quite another password');
    let batches = 0;
    const DB = new Proxy(env.DB, {
      get: (target, name) => {
        if (name !== 'batch') return Reflect.get(target, name).bind(target);
        return async (statements: D1PreparedStatement[]) => {
          batches += 1;
          // The second is the one that notes the proof.
          if (batches === 2) await rows('UPDATE users SET password_hash = ? WHERE id = ?', next, id);
          return target.batch(statements);
        };
      },
    });
    expect((await prove(token, {}, { env: { DB } })).body.code).toBe('INCORRECT_PASSWORD');
    expect(await provedAt(id)).toEqual(before);
  });

  it('is asked for by an act itself, in the statement of its change', async () => {
    const account = await newAccount();
    const act = actOnSelf('done', ({ by, now }) => ({ rules: [isProved(by, now)], change: { fullName: 'Ada' } }));
    const done = async () => (await act(database(env.DB), {}, callerOf(account), new Date())).outcome;
    expect(await done()).toBe('done');
    passTime(10 * MINUTE + SECOND);
    expect(await done()).toBe('FRESH_PROOF_REQUIRED');
    await prove(account.token);
    expect(await done()).toBe('done');
    await rows('DELETE FROM sessions WHERE user_id = ?', account.id);
    expect(await done()).toBe('TOKEN_REVOKED');
  });
});
