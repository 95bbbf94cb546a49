import { env } from 'cloudflare:workers';
import { scryptSync } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import { listSessions, readRefreshToken, refreshTokenText } from '../src/accounts/sessions/session.ts';
import { readMacKeys } from '../src/accounts/tokens/signed-token.ts';
import {
  type Account,
  type Answer,
  type Call,
  call,
  cookiesOf,
  failing,
  login,
  newAccount,
  ORIGIN,
  rows,
} from './client.ts';
import { DAY, MINUTE, passTime, SECOND } from './clock.ts';
import { operationsOf } from './operations.ts';
import { atFullCost } from './password-cost.ts';

const REFRESH = '/api/v1/auth/refresh-token';
const LOGOUT = '/api/v1/auth/logout';
const SESSIONS = '/api/v1/users/me/sessions';
const NAME = '__Secure-refresh_token';

const refreshCookie = (cookies: string): string => {
  const found = cookies.split('; ').find((cookie) => cookie.startsWith(`${NAME}=`));
  if (!found) throw new Error('There is no refresh cookie.');
  return found;
};
const refresh = (cookie: string, options: Call = {}): Promise<Answer> =>
  call('POST', REFRESH, { ...options, cookie: refreshCookie(cookie) });
const me = (token: string, options: Call = {}): Promise<Answer> =>
  call('GET', '/api/v1/users/me', { ...options, token });
const sessionsOf = (account: Account) => rows('SELECT * FROM sessions WHERE user_id = ?', account.id);
const setCookies = (answer: Answer): string[] =>
  answer.headers.getSetCookie().filter((cookie) => cookie.startsWith(NAME));

describe('logging in', () => {
  // ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4, 3.3.5
  // Threat stolen-cookie
  it('answers a token for fifteen minutes and a cookie that only this API gets back', async () => {
    const account = await newAccount();
    const answer = await login(account.email, {}, { headers: { 'User-Agent': 'Test/1.0' } });
    expect(Object.keys(answer.body)).toEqual(['access_token', 'token_type', 'expires_in', 'user_id']);
    expect(answer.body).toMatchObject({ token_type: 'bearer', expires_in: 900, user_id: account.id });
    expect(setCookies(answer)[0]).toMatch(
      /^__Secure-refresh_token=[\w.-]+; Max-Age=604800; Path=\/api\/v1\/auth; HttpOnly; Secure; SameSite=Strict$/,
    );
    for (const cookie of setCookies(answer)) expect(cookie.split(';', 1)[0]?.length).toBeLessThan(4096);
    expect((await me(answer.body.access_token)).body.email).toBe(account.email);
  });

  // ASVS 7.2.2, 7.2.4
  it('opens a session of its own each time', async () => {
    const account = await newAccount();
    await login(account.email);
    expect(await sessionsOf(account)).toHaveLength(2);
  });

  // ASVS 7.2.4
  it("ends the session that the browser had, also somebody else's, and no other", async () => {
    const [mine, theirs] = [await newAccount(), await newAccount()];
    const [{ id }] = await sessionsOf(mine);
    expect((await login(mine.email, { password: 'a wrong guess' }, { cookie: mine.cookie })).status).toBe(401);
    expect((await me(mine.token)).status).toBe(200);
    const again = await login(mine.email, {}, { cookie: mine.cookie });
    expect((await me(mine.token)).body.code).toBe('TOKEN_REVOKED');
    expect((await refresh(mine.cookie)).body.code).toBe('INVALID_REFRESH_TOKEN');
    expect(await env.REVOKED_TOKENS.get(`sid:${id}`)).toBe('1');
    expect((await me(theirs.token)).status).toBe(200);
    const switched = await login(theirs.email, {}, { cookie: cookiesOf(again) });
    expect((await me(again.body.access_token)).body.code).toBe('TOKEN_REVOKED');
    for (const token of [theirs.token, switched.body.access_token]) expect((await me(token)).status).toBe(200);
  });

  // ASVS 6.2.10
  it('asks for no new password, however old the one is', async () => {
    const account = await newAccount();
    passTime(5 * 365 * DAY);
    expect((await login(account.email)).status).toBe(200);
  });

  // ASVS 14.2.4
  // Threat read-store
  it('stores nothing that opens the session', async () => {
    const account = await newAccount();
    const dump = JSON.stringify(await sessionsOf(account));
    const [value] = refreshCookie(account.cookie).split('=').slice(1);
    expect(dump).not.toContain(value);
    expect(dump).not.toContain(value?.split('.').at(-1));
  });

  // ASVS 2.3.1
  it('tells a deleted, a suspended and an unverified account apart only after the right password, in that order', async () => {
    const account = await newAccount();
    const outcome = async (set: string) => {
      await rows(`UPDATE users SET ${set} WHERE id = ?`, account.id);
      expect((await login(account.email, { password: 'wrong password' })).body.code).toBe('INVALID_CREDENTIALS');
      const { status, body } = await login(account.email);
      return [status, body.code, body.message];
    };
    expect(await outcome('is_verified = 0')).toEqual([
      403,
      'EMAIL_NOT_VERIFIED',
      'Please verify your email before logging in.',
    ]);
    expect(await outcome('is_active = 0, deactivated_at = 1')).toEqual([
      403,
      'ACCOUNT_DEACTIVATED',
      'This account has been deactivated.',
    ]);
    expect(await outcome('deleted_at = 1')).toEqual([403, 'ACCOUNT_DELETED', 'This account has been deleted.']);
    expect(await sessionsOf(account)).toHaveLength(1);
  });

  // ASVS 15.4.2
  it.each([
    [
      'the password',
      "password_hash = '$scrypt$ln=14,r=8,p=5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
      'INVALID_CREDENTIALS',
    ],
    ['a suspension', 'is_active = 0, deactivated_at = 1', 'ACCOUNT_DEACTIVATED'],
    ['a deletion', 'is_active = 0, deleted_at = 1', 'ACCOUNT_DELETED'],
  ])('opens no session when %s changes the account between the check and the session', async (_, change, code) => {
    const account = await newAccount();
    await rows('DELETE FROM sessions WHERE user_id = ?', account.id);
    const batch = env.DB.batch.bind(env.DB);
    let trips = 0;
    vi.spyOn(env.DB, 'batch').mockImplementation(async (statements) => {
      trips += 1;
      if (trips === 2) await rows(`UPDATE users SET ${change} WHERE id = ?`, account.id);
      return batch(statements) as never;
    });
    const answer = await login(account.email);
    vi.restoreAllMocks();
    expect(answer.body.code).toBe(code);
    expect(await sessionsOf(account)).toEqual([]);
  });

  it('makes the hash anew with the parameters of today, once, and both of two logins at once succeed', () =>
    atFullCost(async () => {
      const [account, other] = [await newAccount(), await newAccount()];
      const [before] = await rows('SELECT password_hash FROM users WHERE id = ?', other.id);
      const weak = '$scrypt$ln=10,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$sCMJf5BBD9YKMxf3PjVXz5jwpfUdfQaVH2_g1bUxmqk';
      const key = scryptSync('correct horse battery', Buffer.alloc(16), 32, { N: 1024, r: 8, p: 1 }).toString(
        'base64url',
      );
      await rows('UPDATE users SET password_hash = ? WHERE id = ?', weak.replace(/[\w-]{43}$/, key), account.id);
      const answers = await Promise.all([login(account.email), login(account.email)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const [user] = await rows('SELECT password_hash FROM users WHERE id = ?', account.id);
      expect(user.password_hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
      // Nobody else's.
      expect((await login(other.email)).status).toBe(200);
      expect(await rows('SELECT password_hash FROM users WHERE id = ?', other.id)).toEqual([before]);
    }));
});

describe('refreshing a session', () => {
  // ASVS 3.3.4
  it('answers a new token and rotates the cookie', async () => {
    const account = await newAccount();
    const answer = await refresh(account.cookie);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(['access_token', 'token_type', 'expires_in']);
    expect(refreshCookie(cookiesOf(answer))).not.toBe(refreshCookie(account.cookie));
    expect((await me(answer.body.access_token)).status).toBe(200);
    expect((await refresh(cookiesOf(answer))).status).toBe(200);
  });

  it('gives a second tab, or a client whose answer was lost, the same new cookie within a minute', async () => {
    const account = await newAccount();
    const first = await refresh(account.cookie);
    passTime(59 * SECOND);
    const second = await refresh(account.cookie);
    expect(second.status).toBe(200);
    expect(cookiesOf(second)).toBe(cookiesOf(first));
    expect((await me(second.body.access_token)).status).toBe(200);
  });

  // ASVS 7.4.1
  // Threat stolen-cookie
  it('takes a superseded cookie for a stolen one after a minute, and the session stays ended', async () => {
    const account = await newAccount();
    const renewed = await refresh(account.cookie);
    passTime(61 * SECOND);
    const reuse = await refresh(account.cookie);
    expect(reuse.status).toBe(401);
    expect(reuse.body.code).toBe('REFRESH_TOKEN_REUSE');
    expect(await sessionsOf(account)).toEqual([]);
    expect((await refresh(cookiesOf(renewed))).body.code).toBe('INVALID_REFRESH_TOKEN');
    expect((await me(renewed.body.access_token)).body.code).toBe('TOKEN_REVOKED');
    expect(
      await env.REVOKED_TOKENS.get(
        `sid:${readRefreshToken(readMacKeys(env.TOKEN_KEYS), refreshCookie(account.cookie).slice(NAME.length + 1))?.sessionId}`,
      ),
    ).toBe('1');
  });

  it('ends the session at once for a cookie that is two uses old', async () => {
    const account = await newAccount();
    await refresh(cookiesOf(await refresh(account.cookie)));
    expect((await refresh(account.cookie)).body.code).toBe('REFRESH_TOKEN_REUSE');
    expect(await sessionsOf(account)).toEqual([]);
  });

  it('leaves of sixty refreshes at once one living session, one newest cookie and nobody signed out', async () => {
    const account = await newAccount();
    const answers = await Promise.all(Array.from({ length: 60 }, () => refresh(account.cookie)));
    expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(200));
    expect(new Set(answers.map(cookiesOf)).size).toBe(1);
    expect(await sessionsOf(account)).toHaveLength(1);
    const [{ refresh_counter }] = await sessionsOf(account);
    expect(refresh_counter).toBe(1);
    expect((await refresh(cookiesOf(answers[0] as Answer))).status).toBe(200);
  });

  it('says that the cookie is missing, or no cookie of ours', async () => {
    const account = await newAccount();
    const cookie = refreshCookie(account.cookie);
    const changed = cookie.slice(0, -2) + (cookie.endsWith('AA') ? 'BB' : 'AA');
    expect((await call('POST', REFRESH)).body).toMatchObject({ status_code: 401, code: 'MISSING_REFRESH_TOKEN' });
    for (const value of [changed, `${NAME}=x`, `${NAME}=${account.token}`]) {
      const answer = await call('POST', REFRESH, { cookie: value });
      expect(answer.body).toMatchObject({ status_code: 401, code: 'INVALID_REFRESH_TOKEN' });
      expect(setCookies(answer)[0]).toMatch(
        /^__Secure-refresh_token=; Max-Age=0; Path=\/api\/v1\/auth; HttpOnly; Secure; SameSite=Strict$/,
      );
    }
    expect(await sessionsOf(account)).toHaveLength(1);
  });

  it('refuses a counter that was never given out, and leaves the session alone', async () => {
    const account = await newAccount();
    const [{ id }] = await sessionsOf(account);
    const text = refreshTokenText(readMacKeys(env.TOKEN_KEYS), { userId: account.id, sessionId: id, counter: 5 });
    expect((await call('POST', REFRESH, { cookie: `${NAME}=${text}` })).body.code).toBe('INVALID_REFRESH_TOKEN');
    expect(await sessionsOf(account)).toHaveLength(1);
  });

  it('tells a deleted and a suspended user so, although the session is gone, and an erased one nothing', async () => {
    const account = await newAccount();
    await rows('DELETE FROM sessions WHERE user_id = ?', account.id);
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', account.id);
    expect((await refresh(account.cookie)).body).toMatchObject({ status_code: 403, code: 'ACCOUNT_DEACTIVATED' });
    await rows('UPDATE users SET deleted_at = 1 WHERE id = ?', account.id);
    expect((await refresh(account.cookie)).body).toMatchObject({ status_code: 403, code: 'ACCOUNT_DELETED' });
    await rows('DELETE FROM users WHERE id = ?', account.id);
    expect((await refresh(account.cookie)).body).toMatchObject({ status_code: 401, code: 'INVALID_REFRESH_TOKEN' });
  });

  // ASVS 3.5.1
  // Threat foreign-page
  it('refuses a page of somebody else, and no other caller', async () => {
    const account = await newAccount();
    const from = (Origin: string, settings: Partial<Env> = {}) =>
      refresh(account.cookie, { headers: { Origin }, env: settings });
    expect((await from('https://evil.example')).body).toMatchObject({ status_code: 403, code: 'FORBIDDEN_ORIGIN' });
    expect((await from('null')).body.code).toBe('FORBIDDEN_ORIGIN');
    expect((await from('https://evil.example', { ALLOWED_ORIGINS: 'https://app.example' })).status).toBe(403);
    expect(
      (await from('https://app.example', { ALLOWED_ORIGINS: 'https://app.example, https://b.example' })).status,
    ).toBe(200);
    expect((await from(ORIGIN)).status).toBe(200);
    const APPS = { ENVIRONMENT: 'production', ALLOWED_ORIGINS: 'capacitor://localhost, HTTPS://App.Example:443' };
    expect((await from('capacitor://localhost', APPS)).status).toBe(200);
    expect((await from('https://app.example', APPS)).status).toBe(200);
    expect((await from('http://localhost:3000', APPS)).status).toBe(403);
  });

  it('takes a page of another port of this machine in development, for signing out too', async () => {
    const headers = { Origin: 'http://localhost:5173' };
    const renewed = await refresh((await newAccount()).cookie, { headers });
    expect(renewed.status).toBe(200);
    expect(renewed.headers.get('Access-Control-Allow-Origin')).toBe('http://localhost:5173');
    expect((await call('POST', LOGOUT, { cookie: cookiesOf(renewed), headers })).status).toBe(200);
  });

  // ASVS 7.3.1, 7.3.2
  it('lets a session live for seven days unused, and for ninety at the most', async () => {
    const account = await newAccount();
    passTime(7 * DAY + SECOND);
    expect((await refresh(account.cookie)).body.code).toBe('INVALID_REFRESH_TOKEN');
    vi.useRealTimers();

    let cookie = (await newAccount()).cookie;
    for (let day = 6; day < 90; day += 6) {
      passTime(6 * DAY);
      const answer = await refresh(cookie);
      expect(answer.status, `day ${day}`).toBe(200);
      cookie = cookiesOf(answer);
      if (day === 84) expect(setCookies(answer)[0]).toMatch(/Max-Age=5\d{5};/);
    }
    passTime(6 * DAY);
    expect((await refresh(cookie)).body.code).toBe('INVALID_REFRESH_TOKEN');
  });

  it('costs one trip to the database', async () => {
    const account = await newAccount();
    const batches = vi.spyOn(env.DB, 'batch');
    const statements = vi.spyOn(env.DB, 'prepare');
    await refresh(account.cookie);
    expect(batches).toHaveBeenCalledTimes(1);
    expect(batches.mock.calls[0]?.[0]).toHaveLength(statements.mock.calls.length);
    vi.restoreAllMocks();
  });
});

describe('logging out', () => {
  // ASVS 7.4.1, 14.3.1
  it('ends the session at once: for the token, for the cookie, and on the blacklist', async () => {
    const account = await newAccount();
    const [{ id }] = await sessionsOf(account);
    const answer = await call('POST', LOGOUT, { token: account.token });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'ok', message: 'Successfully logged out.' });
    expect(setCookies(answer)[0]).toMatch(
      /^__Secure-refresh_token=; Max-Age=0; Path=\/api\/v1\/auth; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(answer.headers.get('Clear-Site-Data')).toBe('"storage"');
    expect((await me(account.token)).body.code).toBe('TOKEN_REVOKED');
    expect((await refresh(account.cookie)).body.code).toBe('INVALID_REFRESH_TOKEN');
    const listed = (await env.REVOKED_TOKENS.list()).keys.map(({ name }) => name);
    expect(listed).toContain(`sid:${id}`);
    const jti = JSON.parse(atob(account.token.split('.')[1] ?? '')).jti;
    expect(listed).toContain(`jti:${jti}`);
  });

  it('works by the cookie when the token has run out, also a second time', async () => {
    const account = await newAccount();
    passTime(16 * MINUTE);
    const cookie = refreshCookie(account.cookie);
    expect((await call('POST', LOGOUT, { cookie, token: account.token })).status).toBe(200);
    expect(await sessionsOf(account)).toEqual([]);
    expect((await call('POST', LOGOUT, { cookie })).status).toBe(200);
  });

  // ASVS 3.5.1
  it('refuses who shows neither, and a page of somebody else that has only the cookie', async () => {
    const account = await newAccount();
    const cookie = refreshCookie(account.cookie);
    const neither = await call('POST', LOGOUT);
    expect(neither.body).toMatchObject({
      status_code: 401,
      code: 'INVALID_CREDENTIALS',
      message: 'Could not validate credentials.',
    });
    expect(neither.headers.get('WWW-Authenticate')).toBe('Bearer');
    const foreign = await call('POST', LOGOUT, { cookie, headers: { Origin: 'https://evil.example' } });
    expect(foreign.body.code).toBe('FORBIDDEN_ORIGIN');
    expect(await sessionsOf(account)).toHaveLength(1);
  });

  it('answers a token that is still running by the rules of every protected route', async () => {
    const account = await newAccount();
    await call('POST', LOGOUT, { token: account.token });
    expect((await call('POST', LOGOUT, { token: account.token })).body.code).toBe('TOKEN_REVOKED');
    await rows('UPDATE users SET is_active = 0 WHERE id = ?', account.id);
    expect((await call('POST', LOGOUT, { token: account.token })).body.code).toBe('ACCOUNT_DEACTIVATED');
  });

  it('holds although KV fails: the session is gone from the database', async () => {
    const account = await newAccount();
    const broken = { REVOKED_TOKENS: failing<KVNamespace>('KV is down') };
    expect((await call('POST', LOGOUT, { token: account.token, env: broken })).status).toBe(200);
    expect((await me(account.token, { env: broken })).body.code).toBe('TOKEN_REVOKED');
    expect((await me(account.token)).body.code).toBe('TOKEN_REVOKED');
  });

  // Threat failing-part
  it('ends nothing and says so when the database does not answer', async () => {
    const account = await newAccount();
    const answer = await call('POST', LOGOUT, { token: account.token, env: { DB: failing<D1Database>() } });
    expect(answer.body).toMatchObject({ status_code: 503, code: 'SERVICE_UNAVAILABLE' });
    expect((await me(account.token)).status).toBe(200);
  });
});

describe("one's own sessions", () => {
  // ASVS 7.5.2
  it('are listed with the device and the times, the current one marked', async () => {
    const account = await newAccount();
    await login(account.email, {}, { headers: { 'User-Agent': `Phone ${'x'.repeat(400)}` } });
    const answer = await call('GET', SESSIONS, { token: account.token });
    expect(answer.status).toBe(200);
    expect(answer.body.sessions).toHaveLength(2);
    for (const session of answer.body.sessions) {
      expect(Object.keys(session)).toEqual(['id', 'created_at', 'last_used_at', 'user_agent', 'current']);
      expect(session.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }
    const [phone] = answer.body.sessions.filter((session: { current: boolean }) => !session.current);
    expect(phone.user_agent).toHaveLength(255);
  });

  // ASVS 7.5.2
  // Threat stolen-access-token
  it('end one by one, at once', async () => {
    const account = await newAccount();
    const other = (await login(account.email)).body.access_token;
    const { sessions } = (await call('GET', SESSIONS, { token: account.token })).body;
    const target = sessions.find((session: { current: boolean }) => !session.current);
    const answer = await call('DELETE', `${SESSIONS}/${target.id}`, { token: account.token });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await me(other)).body.code).toBe('TOKEN_REVOKED');
    expect((await me(account.token)).status).toBe(200);
    expect((await call('DELETE', `${SESSIONS}/${target.id}`, { token: account.token })).body.code).toBe('NOT_FOUND');
    expect(await env.REVOKED_TOKENS.get(`sid:${target.id}`)).toBe('1');
  });

  // ASVS 14.3.1
  it('sign out when the current one ends: the cookie goes, and what the browser keeps of the account', async () => {
    const account = await newAccount();
    const [{ id }] = await sessionsOf(account);
    const answer = await call('DELETE', `${SESSIONS}/${id}`, { token: account.token });
    expect(answer.status).toBe(204);
    expect(setCookies(answer)[0]).toContain('__Secure-refresh_token=; Max-Age=0;');
    expect(answer.headers.get('Clear-Site-Data')).toBe('"storage"');
    expect((await me(account.token)).body.code).toBe('TOKEN_REVOKED');
  });

  // ASVS 7.5.2, 8.2.2
  it("are nobody else's to see or to end", async () => {
    const [mine, theirs] = [await newAccount(), await newAccount()];
    const [{ id }] = await sessionsOf(theirs);
    expect((await call('DELETE', `${SESSIONS}/${id}`, { token: mine.token })).status).toBe(404);
    expect((await me(theirs.token)).status).toBe(200);
    expect((await call('GET', SESSIONS, { token: mine.token })).body.sessions).toHaveLength(1);
  });
});

describe('the number of sessions', () => {
  const insertSessions = async (account: Account, count: number, lastUsedAt: (n: number) => number): Promise<void> => {
    const at = Date.now();
    await env.DB.batch(
      Array.from({ length: count }, (_, n) =>
        env.DB.prepare(
          'INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
        ).bind(`${account.id}-${n}`, account.id, at, at, lastUsedAt(n), at + DAY),
      ),
    );
  };
  const idsOf = async (account: Account): Promise<string[]> =>
    (await rows('SELECT id FROM sessions WHERE user_id = ?', account.id)).map(({ id }) => id);

  // Threat exhaustion
  it('is a hundred of a user at the most: a further sign-in ends the one used longest ago, and tells the blacklist', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    await rows('DELETE FROM sessions WHERE user_id = ?', account.id);
    await insertSessions(account, 100, (n) => Date.now() - DAY + n * SECOND);
    const answer = await login(account.email);
    expect(answer.status).toBe(200);
    const left = await idsOf(account);
    expect(left).toHaveLength(100);
    expect(left).not.toContain(`${account.id}-0`);
    expect(left).toContain(`${account.id}-1`);
    expect(await env.REVOKED_TOKENS.get(`sid:${account.id}-0`)).toBe('1');
    expect((await me(answer.body.access_token)).status).toBe(200);
    expect((await me(other.token)).status).toBe(200);
  });

  it('is listed until the moment at which it runs out', async () => {
    const { id } = await newAccount();
    const [{ expires_at }] = await rows('SELECT expires_at FROM sessions WHERE user_id = ?', id);
    const listedAt = async (ms: number) => (await listSessions(database(env.DB), id, new Date(ms))).length;
    expect([await listedAt(expires_at - 1), await listedAt(expires_at)]).toEqual([1, 0]);
  });

  it('comes down at once where there were more, whatever the clocks say of the others', async () => {
    const account = await newAccount();
    await insertSessions(account, 150, () => Date.now() + DAY);
    const answer = await login(account.email);
    expect(await idsOf(account)).toHaveLength(100);
    expect((await me(answer.body.access_token)).status).toBe(200);
  });

  it('costs a sign-in and a logout the same rows, whatever the number of other people’s sessions', async () => {
    const account = await newAccount();
    const cost = () =>
      operationsOf(async (bindings) => {
        const answer = await login(account.email, {}, { cookie: account.cookie, env: bindings });
        expect((await call('POST', LOGOUT, { token: answer.body.access_token, env: bindings })).status).toBe(200);
      });
    await cost();
    const before = (await cost()).rowsRead;
    for (let n = 0; n < 10; n += 1) await insertSessions(await newAccount(), 100, () => Date.now());
    expect(Math.abs((await cost()).rowsRead - before)).toBeLessThan(4);
  });

  it('does not count those that have run out, nor the one that the browser had', async () => {
    const account = await newAccount();
    await insertSessions(account, 100, () => Date.now());
    await rows('UPDATE sessions SET expires_at = 1 WHERE id = ?', `${account.id}-0`);
    await login(account.email, {}, { cookie: account.cookie });
    expect((await idsOf(account)).filter((id) => id.startsWith(`${account.id}-`))).toHaveLength(100);
  });
});

describe('a browser that sends two refresh cookies', () => {
  const renewedBy = (...cookies: string[]): Promise<Answer> =>
    call('POST', REFRESH, { cookie: cookies.map(refreshCookie).join('; ') });

  it('is renewed by the one that holds, wherever it stands', async () => {
    const [ended, living] = [await newAccount(), await newAccount()];
    await call('POST', '/api/v1/auth/logout', { token: ended.token });
    for (const cookies of [
      [ended.cookie, living.cookie],
      [`${NAME}=no-token`, living.cookie],
    ]) {
      const answer = await renewedBy(...cookies);
      expect(answer.status).toBe(200);
      expect((await me(answer.body.access_token)).body.id).toBe(living.id);
      living.cookie = cookiesOf(answer);
    }
    const last = await renewedBy(living.cookie, ended.cookie);
    expect(last.status).toBe(200);
  });

  it('is looked at for four of ours, and for twenty of that name', async () => {
    const { id: userId } = await newAccount();
    const ended = (n: number) =>
      refreshTokenText(readMacKeys(env.TOKEN_KEYS), { userId, sessionId: `ended-${n}`, counter: 0 });
    const behind = async (count: number, value: (n: number) => string) => {
      const { cookie: living } = await newAccount();
      const others = Array.from({ length: count }, (_, n) => `${NAME}=${value(n)}`);
      return (await renewedBy(...others, living)).status;
    };
    expect([await behind(3, ended), await behind(4, ended)]).toEqual([200, 401]);
    expect([await behind(19, () => 'x'), await behind(20, () => 'x')]).toEqual([200, 401]);
  });

  // Threat stolen-cookie
  it('does not hide a cookie that was used before: its session ends, and the log says so', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const living = await newAccount();
    const ended = await newAccount();
    await call('POST', '/api/v1/auth/logout', { token: ended.token });
    for (const others of [[living.cookie], [ended.cookie]]) {
      const stolen = await newAccount();
      const [{ id }] = await sessionsOf(stolen);
      await refresh(cookiesOf(await refresh(stolen.cookie)));
      warned.mockClear();
      const answer = await renewedBy(stolen.cookie, ...others);
      expect(answer.body.code ?? answer.status).toBe(others[0] === living.cookie ? 200 : 'REFRESH_TOKEN_REUSE');
      expect(await sessionsOf(stolen)).toEqual([]);
      expect(warned.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
        { event: 'refresh-token-reused', user_id: stolen.id },
      ]);
      expect(await env.REVOKED_TOKENS.get(`sid:${id}`)).toBe('1');
    }
    vi.restoreAllMocks();
  });

  it('does not lose a session by an older cookie of the same', async () => {
    const account = await newAccount();
    const newest = cookiesOf(await refresh(cookiesOf(await refresh(account.cookie))));
    expect((await renewedBy(account.cookie, newest)).status).toBe(200);
    expect(await sessionsOf(account)).toHaveLength(1);
  });

  it('is refused where none holds, by what the first of them is', async () => {
    const [ended, gone] = [await newAccount(), await newAccount()];
    await call('POST', '/api/v1/auth/logout', { token: ended.token });
    await call('DELETE', '/api/v1/users/me', { token: gone.token });
    expect((await renewedBy(gone.cookie, ended.cookie)).body.code).toBe('ACCOUNT_DELETED');
    expect((await renewedBy(`${NAME}=x`, `${NAME}=`)).body.code).toBe('INVALID_REFRESH_TOKEN');
  });

  it('is signed out of both', async () => {
    const [one, other] = [await newAccount(), await newAccount()];
    const cookie = [one.cookie, other.cookie].map(refreshCookie).join('; ');
    expect((await call('POST', '/api/v1/auth/logout', { cookie })).status).toBe(200);
    expect([await sessionsOf(one), await sessionsOf(other)]).toEqual([[], []]);
  });
});
