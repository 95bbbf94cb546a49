import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { verifyPassword } from '../src/accounts/passwords/password.ts';
import { hashAddress, readMacKeys } from '../src/accounts/tokens/signed-token.ts';
import { runSchedule } from '../src/api/cron.ts';
import worker from '../src/api/index.ts';
import {
  type Answer,
  call,
  cookiesOf,
  login,
  mailToken,
  newAccount,
  ORIGIN,
  PASSWORD,
  rows,
  signUp,
} from './client.ts';
import { DAY, MINUTE, passTime, SECOND } from './clock.ts';
import { atFullCost } from './password-cost.ts';

const guess = (email: string, options = {}): Promise<Answer> => login(email, { password: 'a wrong guess' }, options);
const fail = async (email: string, times: number, options = {}): Promise<void> => {
  for (let n = 0; n < times; n += 1) expect((await guess(email, options)).status, `guess ${n + 1}`).toBe(401);
};
const retryAfter = (answer: Answer): number => answer.body.data.retry_after_seconds;

const hashOf = (email: string): string => hashAddress(readMacKeys(env.TOKEN_KEYS), email);

describe('the lock-out', () => {
  // ASVS 2.3.2
  // Threat guessed-password
  it('answers five failures in a row 401, then 403 for fifteen minutes, also to the right password', async () => {
    const { email } = await newAccount();
    await fail(email, 5);
    const locked = await login(email);
    expect(locked.body).toMatchObject({ status_code: 403, code: 'ACCOUNT_LOCKED' });
    expect(retryAfter(locked)).toBeGreaterThan(14 * 60);
    expect(retryAfter(locked)).toBeLessThanOrEqual(15 * 60);
    expect(locked.headers.get('Retry-After')).toBe(String(retryAfter(locked)));
    passTime(15 * MINUTE + SECOND);
    expect((await login(email)).status).toBe(200);
  });

  // ASVS 6.3.1
  it('doubles with each further failure, to an hour at the most, and does not count tries while locked', async () => {
    const { email } = await newAccount();
    await fail(email, 5);
    for (const minutes of [30, 60, 60, 60]) {
      passTime(61 * MINUTE);
      await fail(email, 1);
      for (let n = 0; n < 3; n += 1) {
        const locked = await guess(email);
        expect(locked.body.code).toBe('ACCOUNT_LOCKED');
        expect(retryAfter(locked)).toBeGreaterThan((minutes - 1) * 60);
        expect(retryAfter(locked)).toBeLessThanOrEqual(minutes * 60);
      }
    }
  });

  it('begins anew after a success', async () => {
    const { email } = await newAccount();
    await fail(email, 4);
    expect((await login(email)).status).toBe(200);
    await fail(email, 4);
    expect((await login(email)).status).toBe(200);
  });

  it('gives the count back where the right password meets an account that may not sign in', async () => {
    await signUp('unverified@example.com');
    for (let n = 0; n < 7; n += 1) expect((await login('unverified@example.com')).body.code).toBe('EMAIL_NOT_VERIFIED');
  });

  // ASVS 6.3.8
  it('treats an address that nobody has the same', async () => {
    await fail('nobody-at-all@example.com', 5);
    expect((await guess('nobody-at-all@example.com')).body.code).toBe('ACCOUNT_LOCKED');
    const { email } = await newAccount();
    const known = await guess(email);
    const unknown = await guess('nobody-else@example.com');
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
  });

  // ASVS 6.3.8
  // Threat probed-address
  it('takes the same steps for a known and an unknown address', async () => {
    const { email } = await newAccount();
    const steps = async (address: string) => {
      const [statements, batches] = [vi.spyOn(env.DB, 'prepare'), vi.spyOn(env.DB, 'batch')];
      await guess(address);
      const taken = [statements.mock.calls.map(([text]) => text), batches.mock.calls.length];
      vi.restoreAllMocks();
      return taken;
    };
    expect(await steps('unknown-steps@example.com')).toEqual(await steps(email));
    // A key is derived for nobody too: what cannot be hashed is refused by the hash itself.
    await expect(verifyPassword(null as never, undefined)).rejects.toThrow();
  });

  // ASVS 6.3.1, 15.2.2
  // Threat guessed-password
  it('lets at most five of forty guesses at once be checked', () =>
    atFullCost(async () => {
      const { email } = await newAccount();
      const answers = await Promise.all(Array.from({ length: 40 }, () => guess(email)));
      const codes = answers.map(({ body }) => body.code);
      expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
      expect(codes.filter((code) => code === 'ACCOUNT_LOCKED')).toHaveLength(35);
    }));

  it('lets ten right logins at once all succeed', () =>
    atFullCost(async () => {
      const { email } = await newAccount();
      const answers = await Promise.all(Array.from({ length: 10 }, () => login(email)));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    }));

  // ASVS 6.3.1, 8.2.4
  // Threat locked-out-owner
  it("never locks a browser that has signed in before by a stranger's guesses, and counts its own", async () => {
    const { email, cookie } = await newAccount();
    await fail(email, 5);
    expect((await guess(email)).body.code).toBe('ACCOUNT_LOCKED');
    expect((await login(email, {}, { cookie })).status).toBe(200);
    await fail(email, 5, { cookie });
    expect((await login(email, {}, { cookie })).body.code).toBe('ACCOUNT_LOCKED');
  });

  it('takes no device cookie of another account, and none that was made up', async () => {
    const [mine, theirs] = [await newAccount(), await newAccount()];
    await fail(theirs.email, 5, { cookie: mine.cookie });
    expect((await guess(theirs.email, { cookie: mine.cookie })).body.code).toBe('ACCOUNT_LOCKED');
    expect((await guess(theirs.email, { cookie: '__Secure-device=1.a.b.c' })).body.code).toBe('ACCOUNT_LOCKED');
  });

  // Threat locked-out-owner
  it('ends with a password reset', async () => {
    const { email, cookie } = await newAccount();
    await fail(email, 5);
    await fail(email, 5, { cookie });
    await call('POST', '/api/v1/auth/forgot-password', { json: { email } });
    const token = await mailToken(email, 'reset-password');
    const json = { token, new_password: 'another good password' };
    expect((await call('POST', '/api/v1/auth/reset-password', { json })).status).toBe(200);
    expect((await login(email, { password: json.new_password })).status).toBe(200);
    expect((await login(email, { password: json.new_password }, { cookie })).status).toBe(200);
  });

  it('counts a check that died with its Worker as a failure, and does not wait for it for ever', async () => {
    const { email } = await newAccount();
    await guess(email);
    await rows('UPDATE login_attempts SET failures = 0, under_way = 5 WHERE address_hash = ?', hashOf(email));
    passTime(31 * SECOND);
    expect((await guess(email)).status).toBe(401);
    expect((await login(email)).body.code).toBe('ACCOUNT_LOCKED');
  });

  it('keeps no address, and nothing at all after a day', async () => {
    await guess('forgotten@example.com');
    const kept = () => rows('SELECT * FROM login_attempts WHERE address_hash = ?', hashOf('forgotten@example.com'));
    const before = await kept();
    expect(before).toHaveLength(1);
    expect(JSON.stringify(before)).not.toContain('example.com');
    passTime(DAY + SECOND);
    await runSchedule(env, new Date());
    expect(await kept()).toEqual([]);
  });

  // ASVS 3.3.1
  it('sets the device cookie as narrowly as the refresh cookie', async () => {
    const { email } = await newAccount();
    const cookie = (await login(email)).headers.getSetCookie().find((value) => value.startsWith('__Secure-device'));
    expect(cookie).toMatch(
      /^__Secure-device=[\w.-]+; Max-Age=15552000; Path=\/api\/v1\/auth; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(cookiesOf(await login(email))).toContain('__Secure-device=');
  });
});

describe('a database that fails in the middle of a sign-in', () => {
  /** The database, of which the calls with these numbers fail, before or after they have worked. */
  const broken = (fails: readonly number[], manner: 'before' | 'after'): D1Database => {
    let asked = 0;
    const call = async (work: () => Promise<unknown>): Promise<unknown> => {
      asked += 1;
      const isBroken = fails.includes(asked);
      if (isBroken && manner === 'before') throw new Error('D1_ERROR: Network connection lost.');
      const result = await work();
      if (isBroken) throw new Error('D1_ERROR: Network connection lost.');
      return result;
    };
    return new Proxy(env.DB, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name === 'batch') return (statements: D1PreparedStatement[]) => call(() => target.batch(statements));
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };

  it.each([
    ['before the check is counted', 1, 'before'],
    ['after the check is counted', 1, 'after'],
    ['before the session is opened', 2, 'before'],
  ] as const)('locks nobody out: %s', async (_, number, manner) => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { email } = await newAccount();
    for (let n = 0; n < 6; n += 1) {
      const answer = await login(email, {}, { env: { DB: broken([number], manner) } });
      expect([answer.status, answer.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    }
    expect(await rows('SELECT failures, under_way FROM login_attempts WHERE address_hash = ?', hashOf(email))).toEqual([
      { failures: 0, under_way: 0 },
    ]);
    expect((await login(email)).status).toBe(200);
    vi.restoreAllMocks();
  });
});

describe('a database that fails for longer than anybody waits', () => {
  it('has its checks back with the next sign-in: five of them and one mistake lock nobody out', async () => {
    for (const level of ['error', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
    const { email } = await newAccount();
    let trips = 0;
    const away = () => Promise.reject(new Error('D1_ERROR: Network connection lost.'));
    // Admits the check, and answers nothing after that.
    const DB = new Proxy(env.DB, {
      get: (target, name) => {
        if (name === 'prepare') return (sql: string) => (trips > 0 ? broken(target.prepare(sql)) : target.prepare(sql));
        if (name !== 'batch') return Reflect.get(target, name);
        return (statements: D1PreparedStatement[]) => {
          trips += 1;
          return trips === 1 ? target.batch(statements) : away();
        };
      },
    });
    const broken = (statement: D1PreparedStatement): D1PreparedStatement =>
      new Proxy(statement, { get: (target, name) => (name === 'bind' ? () => broken(target) : away) });
    const form = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
    const logInWhileAway = async (): Promise<number> => {
      trips = 0;
      const request = new Request<unknown, IncomingRequestCfProperties>(new URL('/api/v1/auth/login', ORIGIN), {
        ...form,
        body: JSON.stringify({ email, password: PASSWORD }),
      });
      // What runs behind the answer tries for half a minute; nobody waits for that.
      return (await worker.fetch(request, { ...env, DB }, createExecutionContext())).status;
    };
    for (let n = 0; n < 5; n += 1) expect(await logInWhileAway()).toBe(503);
    const counted = () => rows('SELECT failures, under_way FROM login_attempts WHERE address_hash = ?', hashOf(email));
    expect(await counted()).toEqual([{ failures: 0, under_way: 1 }]);
    passTime(31 * SECOND);
    expect((await guess(email)).status).toBe(401);
    expect(await counted()).toEqual([{ failures: 1, under_way: 0 }]);
    expect((await login(email)).status).toBe(200);
    vi.restoreAllMocks();
  });
});

describe('what was counted', () => {
  const counters = (email: string) =>
    rows('SELECT user_id FROM login_attempts WHERE address_hash = ? ORDER BY device', hashOf(email));
  const wishes = (email: string) =>
    rows('SELECT DISTINCT user_id FROM mail_requests WHERE address_hash = ?', hashOf(email));

  it('while the address was nobody’s is its user’s from the sign-up on, and goes with the user', async () => {
    const email = 'counted-before@example.com';
    await guess(email);
    expect(await counters(email)).toEqual([{ user_id: null }]);
    await signUp(email);
    const [user] = await rows('SELECT id FROM users WHERE email = ?', email);
    expect(await counters(email)).toEqual([{ user_id: user.id }]);
    expect(await wishes(email)).toEqual([{ user_id: user.id }]);
    await rows('DELETE FROM users WHERE id = ?', user.id);
    expect([await counters(email), await wishes(email)]).toEqual([[], []]);
  });
});
