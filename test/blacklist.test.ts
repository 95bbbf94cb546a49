import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import {
  type BlacklistEntry,
  countSessions,
  finishBlacklist,
  oweBlacklist,
  writeBlacklist,
} from '../src/accounts/sessions/blacklist.ts';
import { runSchedule } from '../src/api/cron.ts';
import { call, callerOf, failing, newAccount, rows } from './client.ts';

const NOW = new Date();
const inSeconds = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const db = () => database(env.DB);

beforeEach(() => rows('DELETE FROM blacklist_outbox'));
afterEach(() => vi.restoreAllMocks());

/** Entries as they are written down. */
const owed = (entries: readonly [entry: string, expiresAt: Date][]): Promise<BlacklistEntry[]> =>
  Promise.all(
    entries.map(async ([entry, expiresAt]) => {
      const [row] = await rows<BlacklistEntry>(
        'INSERT INTO blacklist_outbox (entry, expires_at) VALUES (?, ?) RETURNING *',
        ...[entry, expiresAt.getTime()],
      );
      if (!row) throw new Error('Nothing was written down.');
      return row;
    }),
  );

const left = async (): Promise<string[]> =>
  (await rows<BlacklistEntry>('SELECT entry FROM blacklist_outbox ORDER BY id')).map(({ entry }) => entry);

const insertSession = async (userId: number, id: string): Promise<void> => {
  const at = Date.now();
  await rows(
    'INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
    ...[id, userId, at, at, at, at + 60_000],
  );
};

describe('what the blacklist is owed', () => {
  it('names every ended session for as long as an access token lives, and a token for the rest of its life', async () => {
    const account = await newAccount();
    const { sessionId } = callerOf(account);
    await insertSession(account.id, `second-of-${account.id}`);
    const token = { sessionId, jti: 'token', expiresAt: inSeconds(300.5) };
    const entries = await oweBlacklist(db(), sql`user_id = ${account.id}`, NOW, token);
    expect(entries.map(({ entry, expires_at }) => [entry, expires_at]).sort()).toEqual(
      [
        [`sid:${sessionId}`, inSeconds(900).getTime()],
        [`sid:second-of-${account.id}`, inSeconds(900).getTime()],
        ['jti:token', token.expiresAt.getTime()],
      ].sort(),
    );
    expect(countSessions(entries)).toBe(2);
    expect(await rows('SELECT id, entry, expires_at FROM blacklist_outbox ORDER BY id')).toEqual(entries);
  });

  it('does not name a token whose session goes on', async () => {
    const account = await newAccount();
    const token = { sessionId: callerOf(account).sessionId, jti: 'token', expiresAt: inSeconds(300) };
    expect(await oweBlacklist(db(), sql`id = 'nobody'`, NOW, token)).toEqual([]);
  });

  it('is told with the seconds that are left, a minute at the least, and then crossed out', async () => {
    const puts = vi.spyOn(env.REVOKED_TOKENS, 'put');
    const entries = await owed([
      ['sid:one', inSeconds(900)],
      ['jti:token', inSeconds(300.5)],
      ['jti:short', inSeconds(5)],
    ]);
    expect(await writeBlacklist(db(), env.REVOKED_TOKENS, entries, NOW)).toBe(3);
    expect(puts.mock.calls.map(([key, value, options]) => [key, value, options?.expirationTtl])).toEqual([
      ['sid:one', '1', 900],
      ['jti:token', '1', 301],
      ['jti:short', '1', 60],
    ]);
    expect(await left()).toEqual([]);
  });

  it('is told to nobody once no token can need it', async () => {
    const puts = vi.spyOn(env.REVOKED_TOKENS, 'put');
    await writeBlacklist(db(), env.REVOKED_TOKENS, await owed([['sid:past', inSeconds(-1)]]), NOW);
    expect(puts).not.toHaveBeenCalled();
    expect(await left()).toEqual([]);
  });

  it('is dropped by the thousand where it has expired, and holds nothing up that has not', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined);
    await rows(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO blacklist_outbox (entry, expires_at) SELECT 'sid:old-' || i, 1 FROM n`,
    );
    await owed([['sid:new', inSeconds(900)]]);
    const puts = vi.spyOn(env.REVOKED_TOKENS, 'put');
    await runSchedule(env, NOW);
    expect(puts.mock.calls.map(([key]) => key)).toEqual(['sid:new']);
    expect(await left()).toEqual([]);
  });

  // ASVS 16.3.4
  it('stays written down where KV refuses it, which the log tells, and the scheduled run finishes it', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const entries = await owed([
      ['sid:one', inSeconds(900)],
      ['sid:two', inSeconds(900)],
    ]);
    const put = env.REVOKED_TOKENS.put.bind(env.REVOKED_TOKENS);
    vi.spyOn(env.REVOKED_TOKENS, 'put').mockImplementation(((key: string, ...more: [string]) =>
      key === 'sid:one' ? Promise.reject(new Error('KV PUT failed: 429')) : put(key, ...more)) as never);
    expect(await writeBlacklist(db(), env.REVOKED_TOKENS, entries, NOW)).toBe(1);
    expect(await left()).toEqual(['sid:one']);
    vi.mocked(env.REVOKED_TOKENS.put).mockRestore();
    expect(await runSchedule(env, NOW)).toMatchObject({ blacklisted: 1 });
    expect(await left()).toEqual([]);
    expect(await env.REVOKED_TOKENS.get('sid:one')).toBe('1');
    expect(warned.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
      { event: 'blacklist-write-failed', entries: 1, fault: 'Error: KV PUT failed: 429' },
    ]);
  });

  it('is told again where the database does not cross it out: that does no harm', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const entries = await owed([['sid:one', inSeconds(900)]]);
    expect(await writeBlacklist(database(failing()), env.REVOKED_TOKENS, entries, NOW)).toBe(1);
    expect(await left()).toEqual(['sid:one']);
    expect(warned.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
      { event: 'blacklist-not-crossed-out', entries: 1 },
    ]);
    expect(await finishBlacklist(db(), env.REVOKED_TOKENS, 10, NOW)).toBe(1);
    expect(await left()).toEqual([]);
  });

  it('is told a hundred at a time by an act and five hundred by a run, the oldest first, until all is told', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined);
    const [admin, account] = [await newAccount(), await newAccount()];
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", admin.id);
    for (let n = 0; n < 700; n += 1) await insertSession(account.id, `${account.id}-${n}`);
    const puts = vi.spyOn(env.REVOKED_TOKENS, 'put');
    const answer = await call('PATCH', '/api/v1/users/deactivate', {
      token: admin.token,
      json: { user_id: account.id },
    });
    expect(answer.status).toBe(200);
    expect(puts).toHaveBeenCalledTimes(100);
    expect(await left()).toHaveLength(601);
    puts.mockClear();
    await runSchedule(env);
    expect(puts).toHaveBeenCalledTimes(500);
    await runSchedule(env);
    expect(await left()).toEqual([]);
    expect(new Set(puts.mock.calls.map(([key]) => key)).size).toBe(601);
  });
});
