import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import { removeExpired } from '../src/accounts/erasure/retention.ts';
import { call, mailToken, newAccount, rows, signUp } from './client.ts';
import { DAY, HOUR, MINUTE, passTime } from './clock.ts';

const run = (limit = 500): Promise<number> => removeExpired(database(env.DB), limit, new Date());
const count = async (table: string, userId: number): Promise<number> =>
  (await rows(`SELECT 1 FROM ${table} WHERE user_id = ?`, userId)).length;

describe('what has outlived its time', () => {
  // ASVS 14.2.4, 14.2.7
  it('goes: sessions after seven days unused, reset links after an hour, verification links after a day', async () => {
    const account = await newAccount();
    await call('POST', '/api/v1/auth/forgot-password', { json: { email: account.email } });
    await run();
    expect([await count('sessions', account.id), await count('reset_tokens', account.id)]).toEqual([1, 1]);
    passTime(HOUR + MINUTE);
    await run();
    expect([await count('sessions', account.id), await count('reset_tokens', account.id)]).toEqual([1, 0]);
    passTime(7 * DAY);
    await run();
    expect(await count('sessions', account.id)).toBe(0);
    expect(await rows('SELECT * FROM mail_requests')).toEqual([]);
  });

  // ASVS 14.2.7
  it('goes: accounts that never verified, seven days after their newest sign-up, and nobody else', async () => {
    const verified = await newAccount();
    const suspended = await newAccount();
    await rows('UPDATE users SET is_verified = 0, is_active = 0, deactivated_at = 1 WHERE id = ?', suspended.id);
    await signUp('never@example.com');
    await signUp('restarted@example.com');
    passTime(6.5 * DAY);
    await signUp('restarted@example.com');
    passTime(0.6 * DAY);
    await run();
    const left = (await rows('SELECT email FROM users')).map(({ email }) => email);
    expect(left).toEqual(expect.arrayContaining([verified.email, suspended.email, 'restarted@example.com']));
    expect(left).not.toContain('never@example.com');
    const token = await mailToken('restarted@example.com', 'verify-email');
    expect((await call('POST', '/api/v1/auth/verify-email', { json: { token } })).status).toBe(200);
    expect((await signUp('never@example.com')).status).toBe(201);
  });

  it('goes at the moment at which its time ends', async () => {
    const { id } = await newAccount();
    const now = Date.now() + 30 * DAY;
    await removeExpired(database(env.DB), 500, new Date(now));
    const counts = async () =>
      Promise.all([
        rows('SELECT 1 FROM login_attempts'),
        rows('SELECT 1 FROM mail_requests'),
        rows('SELECT 1 FROM used_challenges'),
      ]).then((found) => found.map(({ length }) => length));
    await rows(
      "INSERT INTO login_attempts (address_hash, device, failures, under_way, attempted_at) VALUES ('a', '', 1, 0, ?)",
      now - DAY,
    );
    await rows(
      "INSERT INTO mail_requests (id, address_hash, user_id, kind, requested_at) VALUES ('a', 'a', ?, 'reset-password', ?)",
      ...[id, now - DAY],
    );
    await rows("INSERT INTO used_challenges (id, used_by, expires_at) VALUES ('a', 'a', ?)", now);
    await removeExpired(database(env.DB), 500, new Date(now - 1));
    expect(await counts()).toEqual([1, 1, 1]);
    await removeExpired(database(env.DB), 500, new Date(now));
    expect(await counts()).toEqual([0, 0, 0]);
  });

  // ASVS 15.2.2
  it('goes in bounded steps', async () => {
    passTime(30 * DAY);
    await run();
    for (let n = 0; n < 5; n += 1) await signUp(`step-${n}@example.com`);
    passTime(2 * DAY);
    expect([await run(2), await run(2), await run(2), await run(2)]).toEqual([4, 4, 2, 0]);
  });
});
