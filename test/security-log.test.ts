import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSchedule } from '../src/api/cron.ts';
import { adminOf, insertUser } from './admin-client.ts';
import { type Account, call, login, mailToken, newAccount, PASSWORD, rows } from './client.ts';
import { DAY, passTime, SECOND } from './clock.ts';

type Line = { event: string; request_id?: string; [field: string]: unknown };

let lines: Line[];
beforeEach(() => {
  lines = [];
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(JSON.parse(line)));
});
afterEach(() => vi.restoreAllMocks());

const linesOf = (event: string): Line[] => lines.filter((line) => line.event === event);
const NEXT = 'another correct horse';

describe('the log', () => {
  // ASVS 16.2.1, 16.3.1
  it('tells of each sign-in, how it ended and whose account it was about, under the id of the request', async () => {
    const account = await newAccount();
    lines = [];
    const answers = [
      await login(account.email),
      await login(account.email, { password: 'not the one' }),
      await login('nobody@example.com'),
    ];
    for (let n = 0; n < 5; n += 1) await login(account.email, { password: 'not the one' });
    expect(linesOf('sign-in').slice(0, 3)).toEqual(
      [
        { outcome: 'signed-in', user_id: account.id },
        { outcome: 'INVALID_CREDENTIALS', user_id: account.id },
        { outcome: 'INVALID_CREDENTIALS' },
      ].map((facts, n) => ({
        level: 'info',
        event: 'sign-in',
        request_id: answers[n]?.headers.get('X-Request-Id'),
        ...facts,
      })),
    );
    expect(linesOf('sign-in').at(-1)).toMatchObject({ outcome: 'ACCOUNT_LOCKED', user_id: account.id });
  });

  // ASVS 16.3.1
  it('warns of a refresh token that was used before', async () => {
    const { id, cookie } = await newAccount();
    await call('POST', '/api/v1/auth/refresh-token', { cookie });
    passTime(61 * SECOND);
    const reuse = await call('POST', '/api/v1/auth/refresh-token', { cookie });
    expect(linesOf('refresh-token-reused')).toEqual([
      {
        level: 'warn',
        event: 'refresh-token-reused',
        user_id: id,
        request_id: reuse.headers.get('X-Request-Id'),
      },
    ]);
  });

  it('tells whose password was changed, by the password before it or by a link, and how many sessions that ended', async () => {
    const { id, email, token } = await newAccount();
    await login(email);
    const passwords = { current_password: PASSWORD, new_password: NEXT };
    await call('POST', '/api/v1/auth/change-password', { token, json: passwords });
    await call('POST', '/api/v1/auth/forgot-password', { json: { email } });
    const link = await mailToken(email, 'reset-password');
    await call('POST', '/api/v1/auth/reset-password', { json: { token: link, new_password: PASSWORD } });
    expect(linesOf('password-changed')).toMatchObject([
      { by: 'password', user_id: id, ended_sessions: 1, request_id: expect.any(String) },
      { by: 'link', user_id: id, ended_sessions: 1, request_id: expect.any(String) },
    ]);
  });

  // ASVS 16.3.3
  it('tells of each act who did it to whom, by ids, under the request that the audit names too', async () => {
    const [admin, user]: [Account, Account] = [await newAccount(), await newAccount()];
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", admin.id);
    const other = await insertUser();
    await call('PATCH', '/api/v1/users/deactivate', { token: admin.token, json: { user_id: user.id } });
    await adminOf().promoteUser({ user: other, as: 'grace' });
    await call('DELETE', '/api/v1/users/me?hard=true', { token: (await newAccount()).token });
    expect(linesOf('act')).toMatchObject([
      { act: 'deactivated', subject_id: user.id, origin: 'http', actor_id: admin.id, ended_sessions: 1, mails: 1 },
      { act: 'promoted', subject_id: other, origin: 'script', ended_sessions: 0, mails: 0 },
      { act: 'erased', origin: 'http', mails: 1 },
    ]);
    const audited = await rows<{ request_id: string }>('SELECT request_id FROM audit_events ORDER BY id');
    expect(linesOf('act').map(({ request_id }) => request_id)).toEqual(audited.map(({ request_id }) => request_id));
  });

  it('names the script that acted, the schedule, and the mail of each act, by the id that the outbox gives it', async () => {
    const user = await insertUser();
    await adminOf().deactivateUser({ user, as: 'grace' });
    await insertUser({ is_active: 0, deleted_at: Date.now() - 31 * DAY });
    await runSchedule(env);
    const mails = await rows<{ id: number; kind: string }>('SELECT id, kind FROM outbox ORDER BY id DESC LIMIT 2');
    const [erased, deactivated] = mails.map(({ id, kind }) => ({ mail: id, kind }));
    expect([deactivated?.kind, erased?.kind]).toEqual(['account-deactivated', 'account-erased']);
    expect(linesOf('act')).toMatchObject([
      { act: 'deactivated', subject_id: user, origin: 'script', actor_name: 'grace', ...deactivated },
      { act: 'erased', origin: 'schedule', ...erased },
    ]);
  });

  it('tells of each sign-up what became of it, and which mail, so that the accounts of a day can be counted', async () => {
    const email = 'signs-up@example.com';
    const signUp = () =>
      call('POST', '/api/v1/auth/signup', { json: { email, password: PASSWORD, accepted_terms: true } });
    await signUp();
    await signUp();
    const token = await mailToken(email, 'verify-email');
    const verified = await call('POST', '/api/v1/auth/verify-email', { json: { token } });
    for (let n = 0; n < 4; n += 1) await signUp();
    const [user] = await rows<{ id: number }>('SELECT id FROM users WHERE email = ?', email);
    const mails = await rows<{ id: number }>('SELECT id FROM outbox WHERE user_id = ? ORDER BY id', user?.id);
    expect(linesOf('sign-up')).toMatchObject([
      { outcome: 'made', user_id: user?.id, mail: mails[0]?.id, kind: 'verify-email', request_id: expect.any(String) },
      { outcome: 'began-anew', user_id: user?.id, mail: mails[1]?.id, kind: 'verify-email' },
      ...[2, 3, 4].map((n) => ({
        ...{ outcome: 'already-registered', user_id: user?.id, mail: mails[n]?.id, kind: 'already-registered' },
      })),
      { outcome: 'mails-capped' },
    ]);
    expect(linesOf('sign-up').at(-1)).not.toHaveProperty('user_id');
    expect(linesOf('address-verified')).toMatchObject([
      { user_id: user?.id, request_id: verified.headers.get('X-Request-Id') },
    ]);
  });

  // Threat read-store
  it('holds no address, no name of a user, no reason and no password in any of these', async () => {
    const admin = await newAccount();
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", admin.id);
    const user = await newAccount({ full_name: 'Ada Lovelace' });
    await login(user.email, { password: 'not the one' });
    const json = { user_id: user.id, reason: 'Spam of Ada.' };
    await call('PATCH', '/api/v1/users/deactivate', { token: admin.token, json });
    await adminOf().reactivateUser({ user: user.email, as: 'grace' });
    const text = JSON.stringify(lines);
    expect(linesOf('act')).toHaveLength(2);
    for (const secret of [user.email, 'Ada', 'Spam', PASSWORD, 'not the one', user.token])
      expect(text).not.toContain(secret);
  });
});
