import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, type Call, call, newAccount, rows } from './client.ts';
import { passTime, SECOND } from './clock.ts';
import { AUTH, addApp, begin, complete, FACTORS } from './second-factor.ts';
import { codeOf } from './soft-factors.ts';

const USERS = '/api/v1/users';
const asked = { REQUIRE_SECOND_FACTOR: 'admin' };

beforeEach(() => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

const newAdmin = async () => {
  const account = await newAccount();
  await rows("UPDATE users SET role = 'admin' WHERE id = ?", account.id);
  return account;
};

/** Everything that an administrator may do. */
const everything = async (options: Call): Promise<Answer[]> => {
  const { id } = await newAccount();
  const answers = [
    await call('GET', USERS, options),
    await call('GET', `${USERS}/${id}`, options),
    await call('PATCH', `${USERS}/deactivate`, { ...options, json: { user_id: id } }),
    await call('PATCH', `${USERS}/reactivate`, { ...options, json: { user_id: id } }),
  ];
  return answers;
};

const REQUIRED = { status: 'error', status_code: 403, message: 'A second factor is required', data: {} };

describe('where administrators need a second factor', () => {
  // ASVS 6.3.3, 8.4.2
  it('a session that none has opened does nothing of theirs, to the letter, and everything of a user', async () => {
    const { token } = await newAdmin();
    for (const { status, body } of await everything({ token, env: asked }))
      expect([status, body]).toEqual([403, REQUIRED]);
    expect((await call('GET', `${USERS}/me`, { token, env: asked })).status).toBe(200);
    expect((await call('PATCH', `${USERS}/me`, { token, env: asked, json: { full_name: 'Ada' } })).status).toBe(200);
    expect((await call('GET', FACTORS, { token, env: asked })).status).toBe(200);
    for (const { status } of await everything({ token })) expect(status).toBe(200);
  });

  it('says to who is no administrator that, and nothing of what was asked', async () => {
    const { token } = await newAccount();
    const [answer] = await everything({ token, env: asked });
    expect(answer?.body.message).toBe('You do not have permission to access this resource');
    const { token: admin } = await newAdmin();
    const wrong = await call('PATCH', `${USERS}/deactivate`, { token: admin, env: asked, json: { user_id: 'x' } });
    expect(wrong.body).toEqual(REQUIRED);
  });

  it('the session that adds the first one may go on, and others once it was proved in them', async () => {
    const account = await newAdmin();
    const { secret } = await addApp(account);
    for (const { status } of await everything({ token: account.token, env: asked })) expect(status).toBe(200);
    passTime(30 * SECOND);
    const { body } = await complete(await begin(account.email), { code: codeOf(secret) });
    for (const { status } of await everything({ token: body.access_token, env: asked })) expect(status).toBe(200);
  });

  it('a second one that is added by password vouches for nothing: only who has proved one', async () => {
    const account = await newAdmin();
    const { secret } = await addApp(account);
    await rows('UPDATE sessions SET second_factor = 0 WHERE user_id = ?', account.id);
    await addApp(account, 'Tablet');
    const list = () => call('GET', USERS, { token: account.token, env: asked });
    expect((await list()).body).toEqual(REQUIRED);
    passTime(30 * SECOND);
    const proof = { token: account.token, json: { code: codeOf(secret) } };
    expect((await call('POST', `${AUTH}/prove`, proof)).status).toBe(200);
    expect((await list()).status).toBe(200);
  });

  it('a session does nothing any more once the last one is removed', async () => {
    const account = await newAdmin();
    const { id } = await addApp(account);
    const list = () => call('GET', USERS, { token: account.token, env: asked });
    expect((await list()).status).toBe(200);
    await call('DELETE', `${FACTORS}/${id}`, { token: account.token });
    expect((await list()).body).toEqual(REQUIRED);
  });
});
