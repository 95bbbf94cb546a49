import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';
import { deactivateUser } from '../src/accounts/administration/deactivation.ts';
import { graceMs, restoreUser, softDeleteUser } from '../src/accounts/erasure/deletion.ts';
import { runSchedule } from '../src/api/cron.ts';
import { type Account, call, callerOf, login, newAccount, rows } from './client.ts';
import { DAY, MINUTE, passTime } from './clock.ts';

const GRACE = 30 * DAY;
const SCRIPT: Actor = { origin: 'script', name: 'operator', requestId: 'r-1' };
const db = () => database(env.DB);
const run = (settings: Partial<Env> = {}) => runSchedule({ ...env, ...settings }, new Date());
const remove = (account: Account) => call('DELETE', '/api/v1/users/me', { token: account.token });
const restore = (account: Account) => restoreUser(db(), account.id, { grace: GRACE }, SCRIPT);
const kinds = async (account: Account): Promise<string[]> =>
  (await rows('SELECT kind FROM outbox WHERE user_id = ? ORDER BY id', account.id)).map(({ kind }) => kind);
const exists = async (account: Account): Promise<boolean> =>
  (await rows('SELECT 1 FROM users WHERE id = ?', account.id)).length === 1;

describe('the grace period', () => {
  // ASVS 14.2.7
  it('ends in an erasure as a hard deletion is one, thirty days after, and not a minute earlier', async () => {
    const account = await newAccount();
    await remove(account);
    passTime(GRACE - MINUTE);
    await run();
    expect(await exists(account)).toBe(true);
    passTime(2 * MINUTE);
    await run();
    expect(await exists(account)).toBe(false);
    expect(await rows('SELECT kind FROM outbox WHERE email = ?', account.email)).toEqual([{ kind: 'account-erased' }]);
    expect(
      await rows(
        "SELECT origin, actor_id FROM audit_events WHERE subject_id = ? AND action = 'user.erase'",
        account.id,
      ),
    ).toEqual([{ origin: 'schedule', actor_id: null }]);
    expect(await env.RECORDS.head(`erased/${account.id}`)).not.toBeNull();
    expect((await login(account.email)).body.code).toBe('INVALID_CREDENTIALS');
  });

  it('has a reminder three days before its end, once, with the day of the erasure', async () => {
    const account = await newAccount();
    await remove(account);
    const [{ deleted_at }] = await rows('SELECT deleted_at FROM users WHERE id = ?', account.id);
    passTime(27 * DAY - MINUTE);
    await run();
    expect(await kinds(account)).not.toContain('erasure-reminder');
    passTime(2 * MINUTE);
    await run();
    await run();
    const mails = await rows("SELECT data FROM outbox WHERE user_id = ? AND kind = 'erasure-reminder'", account.id);
    expect(mails.map(({ data }) => JSON.parse(data))).toEqual([{ eraseAt: deleted_at + GRACE }]);
  });

  it('is as long as the operator says; none at all erases at the next run, without a reminder', async () => {
    const account = await newAccount();
    await remove(account);
    await run({ DELETION_GRACE_DAYS: '2' });
    expect(await kinds(account)).not.toContain('erasure-reminder');
    expect(await exists(account)).toBe(true);
    await run({ DELETION_GRACE_DAYS: '0' });
    expect(await exists(account)).toBe(false);
    expect(graceMs('7')).toBe(7 * DAY);
    for (const days of ['', '-1', 'x', '1.5']) expect(() => graceMs(days)).toThrow();
  });

  it('erases in bounded batches that go on at the next run', async () => {
    const account = await newAccount();
    const columns = 'email, password_hash, accepted_terms_at, is_active, deleted_at, created_at, updated_at';
    await env.DB.batch(
      Array.from({ length: 120 }, (_, n) =>
        env.DB.prepare(`INSERT INTO users (${columns}) VALUES (?, '', 1, 0, 1, 1, 1)`).bind(`due-${n}@example.com`),
      ),
    );
    const due = async () => (await rows("SELECT 1 FROM users WHERE email LIKE 'due-%'")).length;
    const left = [];
    for (let n = 0; n < 3; n += 1) {
      await run();
      left.push(await due());
    }
    expect(left).toEqual([70, 20, 0]);
    expect(await exists(account)).toBe(true);
  });
});

describe('restoring a deleted account', () => {
  it('gives it back as it was, without its sessions, and tells its owner', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace' });
    await remove(account);
    expect(await restore(account)).toMatchObject({ outcome: 'restored' });
    expect((await call('GET', '/api/v1/users/me', { token: account.token })).body.code).toBe('TOKEN_REVOKED');
    const answer = await login(account.email);
    const me = await call('GET', '/api/v1/users/me', { token: answer.body.access_token });
    expect(me.body).toMatchObject({ id: account.id, full_name: 'Ada Lovelace', is_active: true, is_verified: true });
    expect(await kinds(account)).toEqual(['verify-email', 'account-deleted', 'account-restored']);
    passTime(GRACE + MINUTE);
    await run();
    expect(await exists(account)).toBe(true);
  });

  it('leaves one suspended that was suspended before', async () => {
    const account = await newAccount();
    await deactivateUser(db(), account.id, { reason: 'spam' }, SCRIPT);
    await rows('UPDATE users SET deleted_at = ? WHERE id = ?', Date.now(), account.id);
    await restore(account);
    expect((await login(account.email)).body.code).toBe('ACCOUNT_DEACTIVATED');
    expect(await rows('SELECT is_active, deactivation_reason FROM users WHERE id = ?', account.id)).toEqual([
      { is_active: 0, deactivation_reason: 'spam' },
    ]);
  });

  it('says who is not there, not deleted, or beyond the grace period', async () => {
    const account = await newAccount();
    expect(await restore(account)).toEqual({ outcome: 'NOT_DELETED' });
    await remove(account);
    passTime(GRACE + MINUTE);
    expect(await restore(account)).toEqual({ outcome: 'GRACE_PERIOD_OVER' });
    expect(await restore({ ...account, id: 999_999 })).toEqual({ outcome: 'NO_USER' });
  });

  it('can be followed by another deletion with a reminder of its own', async () => {
    const account = await newAccount();
    await remove(account);
    passTime(28 * DAY);
    await run();
    await restore(account);
    const { access_token: token } = (await login(account.email)).body;
    const { sessionId } = callerOf({ ...account, token });
    const handedBack = { sessionId, jti: 'token', expiresAt: new Date() };
    await softDeleteUser(db(), { token: handedBack, grace: GRACE }, callerOf({ ...account, token }));
    passTime(28 * DAY);
    await run();
    expect((await kinds(account)).filter((kind) => kind === 'erasure-reminder')).toHaveLength(2);
  });
});
