import { env } from 'cloudflare:workers';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import * as schema from '../drizzle/schema.ts';
import { hashAddress, readMacKeys } from '../src/accounts/tokens/signed-token.ts';
import { runSchedule } from '../src/api/cron.ts';
import { claimMail, settleMail } from '../src/outbox/outbox.ts';
import { type Account, call, newAccount, rows } from './client.ts';

// Written by the acts themselves, and allowed to outlive a user: ids, times and what was done. The last are about nobody.
const RECORDS = [
  ...['audit_events', 'erasures', 'record_outbox', 'blacklist_outbox', 'events', 'receipts'],
  ...['services', 'event_horizon', 'used_challenges'],
];

const tables = Object.values<unknown>(schema)
  .filter((value): value is SQLiteTable => is(value, SQLiteTable))
  .map((table) => getTableConfig(table));

type Row = Record<string, unknown>;
type Dump = Record<string, Row[]>;

/** Everything in the database, by the names that the database itself knows, so that no table hides. */
const dump = async (): Promise<Dump> => {
  const names = await rows(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> 'd1_migrations'",
  );
  const found: Dump = {};
  for (const { name } of names) found[name] = await rows(`SELECT * FROM "${name}" ORDER BY 1, 2`);
  return found;
};

/** A row in every table that can hold something about a user, made from the schema: a new table gets one too. */
const seedEveryTable = async (account: Account): Promise<void> => {
  const addressHash = hashAddress(readMacKeys(env.TOKEN_KEYS), account.email);
  for (const { name, columns } of tables) {
    if (name === 'users' || RECORDS.includes(name)) continue;
    const values = columns
      .filter((column) => !(column.primary && column.columnType === 'SQLiteInteger'))
      .map((column): [string, unknown] => {
        if (column.primary) return [column.name, crypto.randomUUID()];
        if (column.name === 'user_id') return [column.name, account.id];
        if (column.name === 'address_hash') return [column.name, addressHash];
        if (column.name === 'lease') return [column.name, null];
        if (column.dataType === 'json') return [column.name, JSON.stringify({ about: account.email })];
        if (column.columnType === 'SQLiteText')
          return [column.name, `${name} of ${account.email} ${crypto.randomUUID()}`];
        return [column.name, 1_000_000];
      });
    const names = values.map(([column]) => column).join(', ');
    const marks = values.map(() => '?').join(', ');
    await rows(`INSERT OR REPLACE INTO ${name} (${names}) VALUES (${marks})`, ...values.map(([, value]) => value));
  }
};

const putPictures = async (account: Account): Promise<void> => {
  const key = `${account.id}/${'k'.repeat(22)}.webp`;
  await env.AVATARS.put(key, 'a picture');
  await env.AVATARS.put(`${account.id}/${'o'.repeat(22)}.webp`, 'one that no row names');
  await rows('UPDATE users SET avatar_key = ? WHERE id = ?', key, account.id);
};

const objectsOf = async (bucket: R2Bucket): Promise<Record<string, string>> => {
  const { objects } = await bucket.list();
  const bodies = await Promise.all(
    objects.map(async ({ key }) => [key, await (await bucket.get(key))?.text()] as const),
  );
  return Object.fromEntries(bodies.map(([key, text]) => [key, text ?? '']));
};

const deliverAllMails = async (): Promise<void> => {
  const db = database(env.DB);
  for (const { id } of await rows('SELECT id FROM outbox WHERE failed_at IS NULL AND user_id IS NULL')) {
    const mail = await claimMail(db, { id, userId: null }, { id: crypto.randomUUID(), ms: 1000 });
    if (mail) await settleMail(db, mail);
  }
};

const without = (found: Dump, ...names: string[]): Dump =>
  Object.fromEntries(Object.entries(found).filter(([name]) => !names.includes(name)));

let lines: string[] = [];
let messages: unknown[] = [];
beforeEach(() => {
  lines = [];
  messages = [];
  for (const level of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
  const send = env.MAIL.sendBatch.bind(env.MAIL);
  vi.spyOn(env.MAIL, 'sendBatch').mockImplementation((batch, options) => {
    messages.push(...batch);
    return send(batch as never, options);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('an erasure', () => {
  // ASVS 8.2.2, 14.2.2
  it('takes everything of one user and nothing of another, in every table, bucket, queue, cache and log', async () => {
    const [gone, stays] = [
      await newAccount({ full_name: 'Grace Vanishing' }),
      await newAccount({ full_name: 'Sam Staying' }),
    ];
    await runSchedule(env);
    await rows('DELETE FROM outbox');
    for (const account of [stays, gone]) {
      await seedEveryTable(account);
      await putPictures(account);
    }
    const before = await dump();
    for (const [name, found] of Object.entries(without(before, ...RECORDS))) {
      expect(found.length, `a row of each of the two in ${name}`).toBeGreaterThanOrEqual(2);
    }
    lines = [];
    messages = [];

    const answer = await call('DELETE', '/api/v1/users/me?hard=true', { token: gone.token });
    expect(answer.status).toBe(200);
    await deliverAllMails();

    const after = await dump();
    const isOfGone = (row: Row): boolean => {
      const text = JSON.stringify(row);
      const hash = hashAddress(readMacKeys(env.TOKEN_KEYS), gone.email);
      return row['user_id'] === gone.id || text.includes(gone.email) || text.includes(hash);
    };
    for (const [name, found] of Object.entries(without(before, ...RECORDS))) {
      expect(after[name], name).toEqual(found.filter((row) => !isOfGone(row)));
    }
    const created_at = before['users']?.find(({ id }) => id === gone.id)?.['created_at'];
    expect(after['audit_events']).toMatchObject([
      { action: 'user.erase', subject_id: gone.id, actor_id: gone.id, actor_name: null },
    ]);
    const told = after['events']?.at(-1);
    expect(told).toMatchObject({ type: 'user.erased', user_id: gone.id, data: '{}' });
    expect(after['erasures']).toMatchObject([
      { user_id: gone.id, user_created_at: created_at, event_seq: told?.['seq'] },
    ]);
    expect(after['erasures']?.[0]?.['pictures_erased_at']).toBeGreaterThan(0);
    expect(after['record_outbox']).toEqual([]);
    expect(after['blacklist_outbox']).toEqual([]);

    expect(Object.keys(await objectsOf(env.AVATARS)).every((key) => key.startsWith(`${stays.id}/`))).toBe(true);
    expect(Object.keys(await objectsOf(env.AVATARS))).toHaveLength(2);
    const records = await objectsOf(env.RECORDS);
    expect(JSON.parse(records[`erased/${gone.id}`] ?? '')).toMatchObject({
      kind: 'erased',
      userId: gone.id,
      userCreatedAt: created_at,
    });

    const cached = (await env.REVOKED_TOKENS.list()).keys;
    expect(cached.every(({ name }) => /^(?:sid|jti):/.test(name))).toBe(true);
    for (const message of messages) expect(message).toEqual({ body: { id: expect.any(Number) } });
    const everything = JSON.stringify([after, records, cached, messages, lines]);
    expect(everything).not.toContain(gone.email);
    expect(everything).not.toContain('Grace Vanishing');
    expect(everything.toLowerCase()).not.toContain('grace');
  });

  it('finishes by the scheduled run whatever fails of R2 and KV on the way', async () => {
    const fail = (times: number) => {
      let left = times;
      return <Fn extends (...args: never[]) => unknown>(real: Fn) =>
        ((...args: never[]) => {
          left -= 1;
          return left >= 0 ? Promise.reject(new Error('storage is down')) : real(...args);
        }) as Fn;
    };
    for (const part of ['avatars.delete', 'avatars.list', 'records.put', 'blacklist.put', 'queue.sendBatch'] as const) {
      const account = await newAccount();
      await putPictures(account);
      const targets = {
        avatars: env.AVATARS,
        records: env.RECORDS,
        blacklist: env.REVOKED_TOKENS,
        queue: env.MAIL,
      } as Record<string, any>;
      const [bucket = '', method = ''] = part.split('.');
      const real = targets[bucket][method].bind(targets[bucket]);
      const spy = vi.spyOn(targets[bucket], method).mockImplementation(fail(100)(real));
      const answer = await call('DELETE', '/api/v1/users/me?hard=true', { token: account.token });
      expect(answer.status, part).toBe(200);
      await runSchedule(env, new Date());
      spy.mockRestore();
      await runSchedule(env, new Date());
      expect((await env.AVATARS.list({ prefix: `${account.id}/` })).objects, part).toEqual([]);
      expect(await env.RECORDS.head(`erased/${account.id}`), part).not.toBeNull();
      expect(await rows('SELECT 1 FROM erasures WHERE pictures_erased_at IS NULL'), part).toEqual([]);
      expect(await rows('SELECT 1 FROM record_outbox'), part).toEqual([]);
      expect(await rows('SELECT 1 FROM outbox WHERE email = ?', account.email), part).toHaveLength(1);
    }
  });

  // ASVS 2.3.3
  it('erases nothing when the database fails in the middle: the account is whole', async () => {
    const account = await newAccount();
    await putPictures(account);
    const before = await dump();
    const real = env.DB.batch.bind(env.DB);
    const broken = env.DB.prepare('SELECT 1 FROM nowhere');
    vi.spyOn(env.DB, 'batch').mockImplementation((statements) => real([...statements, broken]) as never);
    const answer = await call('DELETE', '/api/v1/users/me?hard=true', { token: account.token });
    vi.mocked(env.DB.batch).mockRestore();
    expect(answer.status).toBe(503);
    expect(await dump()).toEqual(before);
    expect((await env.AVATARS.list({ prefix: `${account.id}/` })).objects).toHaveLength(2);
    expect((await call('GET', '/api/v1/users/me', { token: account.token })).status).toBe(200);
  });

  it('deletes the picture that was shown before the answer, after the database has decided', async () => {
    const account = await newAccount();
    await putPictures(account);
    const [batches, deletions] = [vi.spyOn(env.DB, 'batch'), vi.spyOn(env.AVATARS, 'delete')];
    await call('DELETE', '/api/v1/users/me?hard=true', { token: account.token });
    expect(batches.mock.invocationCallOrder[0]).toBeLessThan(deletions.mock.invocationCallOrder[0] ?? 0);
    expect(deletions.mock.calls[0]?.[0]).toBe(`${account.id}/${'k'.repeat(22)}.webp`);
  });
});
