import { describe, expect, it } from 'vitest';
import { randomId } from '../src/accounts/tokens/signed-token.ts';
import { databaseBefore } from './around.ts';
import { type Answer, call, login, mailToken, newAccount, PASSWORD, rows, signUp } from './client.ts';
import { HOUR, MINUTE, passTime, SECOND } from './clock.ts';
import { times } from './depth.ts';
import { atFullCost } from './password-cost.ts';

const NEXT = 'quite another password';

const forgot = (email: string): Promise<Answer> => call('POST', '/api/v1/auth/forgot-password', { json: { email } });
const reset = (token: string, new_password = NEXT): Promise<Answer> =>
  call('POST', '/api/v1/auth/reset-password', { json: { token, new_password } });
const change = (token: string, fields: Record<string, unknown> = {}): Promise<Answer> =>
  call('POST', '/api/v1/auth/change-password', {
    token,
    json: { current_password: PASSWORD, new_password: NEXT, ...fields },
  });
const me = (token: string): Promise<Answer> => call('GET', '/api/v1/users/me', { token });
const kindsOf = async (id: number): Promise<string[]> =>
  (await rows('SELECT kind FROM outbox WHERE user_id = ? ORDER BY id', id)).map(({ kind }) => kind);

describe('a forgotten password', () => {
  // ASVS 6.3.7, 6.4.3, 7.4.3
  it('is reset by the link of a mail; every session ends and a mail tells the user', async () => {
    const account = await newAccount();
    const other = (await login(account.email)).body.access_token;
    expect((await forgot(account.email)).status).toBe(200);
    const answer = await reset(await mailToken(account.email, 'reset-password'));
    expect(answer.status).toBe(200);
    expect(answer.body.status).toBe('ok');
    for (const token of [account.token, other]) expect((await me(token)).body.code).toBe('TOKEN_REVOKED');
    expect((await login(account.email)).status).toBe(401);
    expect((await login(account.email, { password: NEXT })).status).toBe(200);
    expect(await kindsOf(account.id)).toEqual(['verify-email', 'reset-password', 'password-changed']);
  });

  // ASVS 6.3.8
  // Threat probed-address
  it('is answered the same for every address, and only an account in use gets the link', async () => {
    const [verified, suspended, deleted] = [await newAccount(), await newAccount(), await newAccount()];
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', suspended.id);
    await rows('UPDATE users SET is_active = 0, deleted_at = 1 WHERE id = ?', deleted.id);
    await signUp('forgot-unverified@example.com');
    const emails = [
      verified.email,
      suspended.email,
      deleted.email,
      'forgot-unverified@example.com',
      'forgot-nobody@example.com',
    ];
    const answers = [];
    for (const email of emails) answers.push((await forgot(email)).text);
    expect(new Set(answers).size).toBe(1);
    expect(await kindsOf(verified.id)).toEqual(['verify-email', 'reset-password']);
    expect(await kindsOf(suspended.id)).toEqual(['verify-email']);
    expect(await kindsOf(deleted.id)).toEqual(['verify-email']);
    const mails = await rows(
      'SELECT kind FROM outbox JOIN users ON users.id = user_id WHERE users.email = ?',
      'forgot-unverified@example.com',
    );
    expect(mails.map(({ kind }) => kind)).toEqual(['verify-email', 'verify-email']);
  });

  // ASVS 6.4.3, 6.5.1, 6.5.5, 6.6.2
  // Threat read-link
  it('has one link that works: the newest, once, for an hour', async () => {
    const account = await newAccount();
    await forgot(account.email);
    const first = await mailToken(account.email, 'reset-password');
    await forgot(account.email);
    const second = await mailToken(account.email, 'reset-password');
    expect((await reset(first)).body).toMatchObject({ status_code: 400, code: 'INVALID_RESET_TOKEN' });
    expect((await reset(second)).status).toBe(200);
    expect((await reset(second, 'yet another password')).body.code).toBe('INVALID_RESET_TOKEN');
    await forgot(account.email);
    const third = await mailToken(account.email, 'reset-password');
    passTime(60 * MINUTE + SECOND);
    expect((await reset(third, 'yet another password')).body).toMatchObject({
      status_code: 400,
      code: 'RESET_TOKEN_EXPIRED',
    });
  });

  // ASVS 6.2.4
  it('keeps its link when the new password is the old one, or one that nobody should choose', async () => {
    const account = await newAccount();
    await forgot(account.email);
    const token = await mailToken(account.email, 'reset-password');
    expect((await reset(token, PASSWORD)).body).toMatchObject({ status_code: 400, code: 'SAME_PASSWORD' });
    expect((await reset(token, 'password123')).body.data.errors[0].field).toBe('body.new_password');
    expect((await me(account.token)).status).toBe(200);
    expect((await reset(token)).status).toBe(200);
  });

  // ASVS 6.5.1, 15.4.2
  it('is not reset by a link that a newer one has replaced while the passwords were compared', async () => {
    const account = await newAccount();
    await forgot(account.email);
    const link = await mailToken(account.email, 'reset-password');
    const newer = () => rows('UPDATE reset_tokens SET id = ? WHERE user_id = ?', randomId(), account.id);
    const answer = await call('POST', '/api/v1/auth/reset-password', {
      ...{ json: { token: link, new_password: NEXT }, env: { DB: databaseBefore(2, newer) } },
    });
    expect(answer.body.code).toBe('INVALID_RESET_TOKEN');
    expect((await login(account.email)).status).toBe(200);
  });

  it('is reset once by ten clicks at once', async () => {
    const account = await newAccount();
    await forgot(account.email);
    const token = await mailToken(account.email, 'reset-password');
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => reset(token, `password of click ${n}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await kindsOf(account.id)).toEqual(['verify-email', 'reset-password', 'password-changed']);
  });

  it('is not reset for an account that was suspended or erased meanwhile', async () => {
    const account = await newAccount();
    await forgot(account.email);
    const token = await mailToken(account.email, 'reset-password');
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', account.id);
    expect((await reset(token)).body.code).toBe('INVALID_RESET_TOKEN');
    await rows('DELETE FROM users WHERE id = ?', account.id);
    expect((await reset(token)).body.code).toBe('INVALID_RESET_TOKEN');
    expect(await rows('SELECT * FROM reset_tokens WHERE user_id = ?', account.id)).toEqual([]);
  });

  it('sends three links an hour at the most, to the millisecond; the last one still works', async () => {
    const account = await newAccount();
    const asked = (links: number) => ['verify-email', ...Array(links).fill('reset-password')];
    passTime(0);
    for (let n = 0; n < 5; n += 1) await forgot(account.email);
    passTime(HOUR - 1);
    await forgot(account.email);
    expect(await kindsOf(account.id)).toEqual(asked(3));
    passTime(1);
    await forgot(account.email);
    expect(await kindsOf(account.id)).toEqual(asked(4));
    expect((await reset(await mailToken(account.email, 'reset-password'))).status).toBe(200);
  });

  // ASVS 2.3.1
  it('is not reset by the link that verifies an address, nor the other way round', async () => {
    const account = await newAccount();
    await signUp('confused@example.com');
    await forgot(account.email);
    expect((await reset(await mailToken('confused@example.com', 'verify-email'))).body.code).toBe(
      'INVALID_RESET_TOKEN',
    );
    const token = await mailToken(account.email, 'reset-password');
    expect((await call('POST', '/api/v1/auth/verify-email', { json: { token } })).body.code).toBe('INVALID_TOKEN');
  });
});

describe('a change of password', () => {
  // ASVS 6.2.2, 6.3.7, 7.4.3
  it('ends every other session, keeps this one, kills a pending reset link and sends a mail', async () => {
    const account = await newAccount();
    const other = (await login(account.email)).body.access_token;
    await forgot(account.email);
    const link = await mailToken(account.email, 'reset-password');
    const answer = await change(account.token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'ok', message: 'Password updated successfully.' });
    expect((await me(account.token)).status).toBe(200);
    expect((await me(other)).body.code).toBe('TOKEN_REVOKED');
    expect((await reset(link, 'yet another password')).body.code).toBe('INVALID_RESET_TOKEN');
    expect((await kindsOf(account.id)).at(-1)).toBe('password-changed');
    expect((await login(account.email, { password: NEXT })).status).toBe(200);
  });

  // ASVS 2.2.3, 6.2.3, 7.5.1, 7.5.3
  // Threat stolen-access-token
  it('asks for the current password, and for another one', async () => {
    const account = await newAccount();
    expect((await change(account.token, { current_password: 'not the password' })).body).toMatchObject({
      status_code: 400,
      code: 'INCORRECT_PASSWORD',
    });
    expect((await change(account.token, { new_password: PASSWORD })).body).toMatchObject({
      status_code: 400,
      code: 'SAME_PASSWORD',
    });
    expect((await change(account.token, { new_password: 'short' })).body.data.errors[0].field).toBe(
      'body.new_password',
    );
    expect((await login(account.email)).status).toBe(200);
  });

  it('takes 128 characters also where each is sent in four, and no more than those take', async () => {
    const account = await newAccount();
    const composed = '\u1f82'.repeat(128);
    const sent = composed.normalize('NFD');
    expect(sent).toHaveLength(512);
    const refused = await change(account.token, { new_password: `${sent}a` });
    expect(refused.body.data.errors).toEqual([
      { field: 'body.new_password', message: 'must have at most 128 characters' },
    ]);
    expect((await change(account.token, { new_password: sent })).status).toBe(200);
    expect((await login(account.email, { password: composed })).status).toBe(200);
    expect((await login(account.email, { password: `${sent}a` })).body.data.errors[0].field).toBe('body.password');
  });

  it('says nothing of the password to who is suspended, who guesses', async () => {
    const account = await newAccount();
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', account.id);
    const right = await change(account.token);
    expect(right.body.code).toBe('ACCOUNT_DEACTIVATED');
    expect((await change(account.token, { current_password: 'not the password' })).text).toBe(right.text);
  });

  it('happens once of five at once', async () => {
    const account = await newAccount();
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) => change(account.token, { new_password: `new password ${n}!` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await kindsOf(account.id)).filter((kind) => kind === 'password-changed')).toHaveLength(1);
  });
});

describe('a login that races the end of all sessions', () => {
  it(
    'leaves no living session of the old password, however the two interleave',
    () =>
      atFullCost(async () => {
        for (let round = 0; round < times(4, 40); round += 1) {
          const account = await newAccount();
          await forgot(account.email);
          const token = await mailToken(account.email, 'reset-password');
          const racing = Array.from({ length: 3 }, async (_, n) => {
            await new Promise((resolve) => setTimeout(resolve, (round * 37 + n * 61) % 200));
            return login(account.email);
          });
          const [answer] = await Promise.all([reset(token), ...racing]);
          expect(answer.status).toBe(200);
          expect(await rows('SELECT id FROM sessions WHERE user_id = ?', account.id)).toEqual([]);
        }
      }),
    180_000,
  );
});
