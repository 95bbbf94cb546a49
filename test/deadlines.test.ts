import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withNamedFailures } from '../drizzle/binding.ts';
import { runSchedule } from '../src/api/cron.ts';
import { DEADLINE_MS, inTime, type Part } from '../src/workers/deadline.ts';
import { type Answer, type Call, call, cookiesOf, mailToken, newAccount, ORIGIN, PASSWORD, rows } from './client.ts';
import { HOUR } from './clock.ts';
import { faulty, type Manner } from './faults.ts';
import { picture } from './picture.ts';
import { newService } from './service.ts';

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

const parts = Object.keys(DEADLINE_MS) as Part[];

describe('a part of the platform', () => {
  // ASVS 13.2.6
  it.each(parts)('is waited for no longer than it may take: %s', async (part) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const outcome = vi.fn();
    inTime(part, new Promise(() => undefined)).catch(outcome);
    await vi.advanceTimersByTimeAsync(DEADLINE_MS[part] - 1);
    expect(outcome).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toHaveBeenCalledWith(
      expect.objectContaining({ name: 'DeadlinePassed', message: `no answer within ${DEADLINE_MS[part]} ms` }),
    );
  });

  it('that has answered leaves no timer behind, whatever it said', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    expect(await inTime('D1', Promise.resolve(1))).toBe(1);
    await expect(inTime('D1', Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is D1 becomes unavailable, in a statement and in a batch', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const hangs = () => new Promise(() => undefined);
    const DB = withNamedFailures({ prepare: () => ({ all: hangs }), batch: hangs } as unknown as D1Database, 'D1');
    for (const ask of [() => DB.prepare('SELECT 1').all(), () => DB.batch([])]) {
      const outcome = expect(ask()).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
      await vi.advanceTimersByTimeAsync(DEADLINE_MS.D1);
      await outcome;
    }
  });
});

/** A call to its end, the first call of a part in which goes wrong. */
const callWith = async (
  [part, manner]: readonly [part: string, manner: Manner],
  method: string,
  path: string,
  options: Call,
): Promise<Answer> => {
  const { bindings, calls, watch } = faulty({ ...env, RATE_LIMITS: 'on' }, { call: part, manner });
  try {
    const answer = await watch(call(method, path, { ...options, env: bindings }));
    expect(calls).toContain(part);
    return answer;
  } finally {
    vi.mocked(setTimeout).mockRestore();
  }
};

const ME = '/api/v1/users/me';
const DONE: readonly [string, Manner] = ['DB.batch', 'hangs, having done it'];

const expectUnavailable = (answer: Answer): void => {
  expect([answer.status, answer.body.code, answer.headers.get('Retry-After')]).toEqual([
    503,
    'SERVICE_UNAVAILABLE',
    '5',
  ]);
};

const withPicture = (): Call => {
  const body = new FormData();
  body.set('avatar', new File([picture('columns.png')], 'a.png'));
  return { body };
};

// What was decided behind the client's back. test/faults.test.ts repeats every route; here it is told what a person sees.
describe('a repeat after an answer that came too late', () => {
  it('of a sign-up is one, and the newest mail has the link that works', async () => {
    const email = 'ada@example.com';
    const form: Call = { json: { email, password: PASSWORD, accepted_terms: true } };
    expectUnavailable(await callWith(DONE, 'POST', '/api/v1/auth/signup', form));
    const [first] = [await mailToken(email, 'verify-email')];
    expect((await call('POST', '/api/v1/auth/signup', form)).status).toBe(201);
    const newest = await mailToken(email, 'verify-email');
    expect(newest).not.toBe(first);
    const verify = async (token: string) =>
      (await call('POST', '/api/v1/auth/verify-email', { json: { token } })).status;
    expect([await verify(first), await verify(newest)]).toEqual([400, 200]);
    expect(await rows("SELECT count(*) AS n FROM users WHERE email = 'ada@example.com'")).toEqual([{ n: 1 }]);
  });

  it('of a refresh gets the token that the first would have got', async () => {
    const { cookie } = await newAccount();
    expectUnavailable(await callWith(DONE, 'POST', '/api/v1/auth/refresh-token', { cookie }));
    const [again, once] = [
      await call('POST', '/api/v1/auth/refresh-token', { cookie }),
      await call('POST', '/api/v1/auth/refresh-token', { cookie }),
    ];
    expect([again.status, once.status]).toEqual([200, 200]);
    expect(cookiesOf(once)).toBe(cookiesOf(again));
    expect((await call('GET', ME, { token: again.body.access_token })).status).toBe(200);
  });

  it.each([
    ['', 403, 'ACCOUNT_DELETED'],
    ['?hard=true', 401, 'INVALID_CREDENTIALS'],
  ])('of a deletion is told that it is one: %s', async (query, status, code) => {
    const { token } = await newAccount();
    expectUnavailable(await callWith(DONE, 'DELETE', `${ME}${query}`, { token }));
    const again = await call('DELETE', `${ME}${query}`, { token });
    expect([again.status, again.body.code]).toEqual([status, code]);
  });

  it.each<readonly [string, Manner]>([
    ['AVATARS.put', 'hangs, having done it'],
    ['AVATARS.put', 'hangs, and does it later'],
    DONE,
    ['DB.batch', 'hangs, and does it later'],
  ])('of an upload leaves one picture, and the scheduled run no other: %s %s', async (...fault) => {
    const { id, token } = await newAccount();
    expectUnavailable(await callWith(fault, 'PATCH', ME, { token, ...withPicture() }));
    const again = await call('PATCH', ME, { token, ...withPicture() });
    expect(again.status).toBe(200);
    await runSchedule(env, new Date(Date.now() + 2 * HOUR));
    const { objects } = await env.AVATARS.list({ prefix: `${id}/` });
    expect(objects.map(({ key }) => `${ORIGIN}/avatars/${key}`)).toEqual([again.body.avatar_url]);
  });

  it('of a participation is the same one, unless its times are others', async () => {
    const [{ id }, { token }] = [await newAccount(), await newService()];
    const told = (left_at: string | null): Call => ({
      token,
      json: { user_id: id, room_id: 'standup', joined_at: '2026-11-28T12:00:00Z', left_at },
    });
    expectUnavailable(await callWith(DONE, 'POST', '/api/v1/room-participations', told(null)));
    const [first, again] = [
      await call('POST', '/api/v1/room-participations', told(null)),
      await call('POST', '/api/v1/room-participations', told(null)),
    ];
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
    const other = await call('POST', '/api/v1/room-participations', told('2026-11-28T13:00:00Z'));
    expect(other.body.id).not.toBe(first.body.id);
    expect(await rows('SELECT 1 FROM room_participations WHERE user_id = ?', id)).toHaveLength(2);
  });

  it('of a suspension is told that it is one, and the rest follows', async () => {
    const [admin, user] = [await newAccount(), await newAccount()];
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", admin.id);
    const act: Call = { token: admin.token, json: { user_id: user.id } };
    const late = await callWith(DONE, 'PATCH', '/api/v1/users/deactivate', act);
    expect(late.body).toEqual({
      status: 'error',
      status_code: 500,
      message: 'An unexpected error occurred.',
      data: {},
    });
    expect((await call('PATCH', '/api/v1/users/deactivate', act)).body.message).toBe('User is already deactivated');
    expect((await call('GET', ME, { token: user.token })).body.code).toBe('ACCOUNT_DEACTIVATED');
    const kinds = await rows("SELECT kind FROM outbox WHERE user_id = ? AND kind <> 'verify-email'", user.id);
    expect(kinds).toEqual([{ kind: 'account-deactivated' }]);
    const [{ entry }] = await rows('SELECT entry FROM blacklist_outbox');
    await runSchedule(env);
    expect([await env.REVOKED_TOKENS.get(entry), await rows('SELECT 1 FROM blacklist_outbox')]).toEqual(['1', []]);
  });
});

describe('who calls', () => {
  const asked = async (token: string, manner?: Manner) => {
    const { bindings, calls, watch } = faulty({ ...env }, manner && { call: 'DB.raw', manner });
    try {
      const { status, body } = await watch(call('GET', ME, { token, env: bindings }));
      return [status, body.code, calls.filter((name) => name.startsWith('DB.')).length];
    } finally {
      vi.mocked(setTimeout).mockRestore();
    }
  };

  it('is asked once, also where nobody answers in time', async () => {
    const { token } = await newAccount();
    expect(await asked(token, 'hangs')).toEqual([503, 'SERVICE_UNAVAILABLE', 1]);
    expect(await asked(token)).toEqual([200, undefined, 1]);
    await call('POST', '/api/v1/auth/logout', { token });
    expect(await asked(token)).toEqual([401, 'TOKEN_REVOKED', 1]);
  });
});

describe('a part that is only a hint or a courtesy', () => {
  it.each(['RATE_LIMIT_20.limit', 'REVOKED_TOKENS.put'])('refuses nobody where it hangs: %s', async (part) => {
    const { token } = await newAccount();
    const answer = await callWith([part, 'hangs'], 'POST', '/api/v1/auth/logout', { token });
    expect([answer.status, answer.body.status]).toEqual([200, 'ok']);
  });
});
