import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { DatabaseUnavailable } from '../drizzle/binding.ts';
import { type Database, database, statement } from '../drizzle/client.ts';
import { users } from '../drizzle/schema.ts';
import { failing } from './client.ts';

/** What a promise rejects with, beneath Drizzle's own error. */
const rejectionOf = async (asked: PromiseLike<unknown>): Promise<any> => {
  const thrown = await Promise.resolve(asked).then(
    () => undefined,
    (error: unknown) => error,
  );
  return thrown instanceof Error && thrown.message.startsWith('Failed query') ? thrown.cause : thrown;
};

/** Every way in which the project asks D1. */
const WAYS: [string, (db: Database) => PromiseLike<unknown>][] = [
  ['a query', (db) => db.select().from(users)],
  ['a query for one row', (db) => db.select().from(users).get()],
  ['a change', (db) => db.update(users).set({ fullName: 'Ada' }).where(sql`id = 1`)],
  ['a change that answers', (db) => db.update(users).set({ fullName: 'Ada' }).where(sql`id = 1`).returning()],
  ['a statement written by hand', (db) => statement(db, sql`SELECT ${1} AS one`)],
  ['a batch', (db) => db.batch([db.select().from(users), statement(db, sql`SELECT ${1} AS one`)])],
];

describe('the database', () => {
  it.each(WAYS)('answers, where D1 does: %s', async (_, ask) => {
    expect(await rejectionOf(ask(database(env.DB)))).toBeUndefined();
  });

  it.each(WAYS)('is unavailable, whatever D1 rejects with: %s', async (_, ask) => {
    for (const words of ['internal error; reference = k1', 'fetch failed', 'D1_ERROR: overloaded', '']) {
      const thrown = await rejectionOf(ask(database(failing(words))));
      expect(thrown).toBeInstanceOf(DatabaseUnavailable);
      expect(thrown.message).toBe(words);
    }
  });

  it('is unavailable where D1 rejects with what is no error', async () => {
    const batch = vi.spyOn(env.DB, 'batch').mockRejectedValueOnce('secret');
    const db = database(env.DB);
    expect(await rejectionOf(db.batch([db.select().from(users)]))).toMatchObject({
      name: 'DatabaseUnavailable',
      message: 'string',
    });
    batch.mockRestore();
  });

  it('hands on what SQLite says of the question, in its own words', async () => {
    const db = database(env.DB);
    const now = new Date();
    const row = { email: 'taken@example.com', passwordHash: '', acceptedTermsAt: now, createdAt: now, updatedAt: now };
    await db.insert(users).values(row);
    const insert = db.insert(users).values(row);
    for (const ask of [() => insert, () => db.batch([insert])]) {
      const thrown = await rejectionOf(ask());
      expect(thrown).not.toBeInstanceOf(DatabaseUnavailable);
      expect(thrown.message).toContain('UNIQUE constraint failed: users.email');
    }
    for (const wrong of [sql`SELEC 1`, sql`SELECT json(${'{'})`, sql`INSERT INTO users (id) VALUES (${'text'})`]) {
      const thrown = await rejectionOf(statement(db, wrong));
      expect(thrown).toBeInstanceOf(Error);
      expect(thrown).not.toBeInstanceOf(DatabaseUnavailable);
    }
  });

  it('is not there yet where a table or a column is not', async () => {
    const db = database(env.DB);
    for (const early of [
      sql`SELECT 1 FROM nowhere`,
      sql`SELECT shoe_size FROM users`,
      sql`INSERT INTO users (shoe_size) VALUES (1)`,
    ]) {
      expect(await rejectionOf(statement(db, early))).toBeInstanceOf(DatabaseUnavailable);
      expect(await rejectionOf(db.batch([statement(db, early)]))).toBeInstanceOf(DatabaseUnavailable);
    }
  });
});
