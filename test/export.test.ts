import { env } from 'cloudflare:workers';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import * as schema from '../drizzle/schema.ts';
import { exportUser, NOT_EXPORTED } from '../src/accounts/export.ts';
import { call, newAccount, rows } from './client.ts';

const EXPORT = '/api/v1/users/me/export';
// The part of the document that a table's columns stand in.
const PARTS: Record<string, string> = { users: 'account', outbox: 'pending_mails' };

describe('the export', () => {
  it('is one document with all personal data, to be saved as a file', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace' });
    await rows("INSERT INTO room_participations (user_id, room_id, joined_at) VALUES (?, 'room-1', 0)", account.id);
    await rows("UPDATE users SET avatar_key = '1/abc.webp' WHERE id = ?", account.id);
    const answer = await call('GET', EXPORT, { token: account.token });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Disposition')).toBe('attachment; filename="account.json"');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.body.account).toMatchObject({
      email: account.email,
      full_name: 'Ada Lovelace',
      avatar_url: 'https://api.example.com/avatars/1/abc.webp',
      role: 'user',
      accepted_terms_at: expect.stringMatching(/Z$/),
    });
    expect(answer.body.sessions).toHaveLength(1);
    expect(answer.body.room_participations).toEqual([
      { id: expect.any(Number), room_id: 'room-1', joined_at: '1970-01-01T00:00:00Z', left_at: null },
    ]);
    expect(answer.body.pending_mails).toMatchObject([{ kind: 'verify-email' }]);
    expect(answer.text).not.toContain('scrypt');
  });

  it('holds every column of every table, but for those that are left out by name and reason', async () => {
    const account = await newAccount();
    await rows("INSERT INTO room_participations (user_id, room_id, joined_at) VALUES (?, 'room-1', 0)", account.id);
    await rows(
      "INSERT INTO audit_events (action, subject_id, origin, request_id, at) VALUES ('user.export', ?, 'script', 'r', 0)",
      account.id,
    );
    const document = (await exportUser(database(env.DB), account.id, '')) as unknown as Record<string, any>;
    const tables = Object.values<unknown>(schema).filter((value): value is SQLiteTable => is(value, SQLiteTable));
    const missing: string[] = [];
    for (const { name, columns } of tables.map((table) => getTableConfig(table))) {
      if (name in NOT_EXPORTED) continue;
      const part = document[PARTS[name] ?? name];
      const keys = Object.keys((Array.isArray(part) ? part[0] : part) ?? {});
      for (const column of columns) {
        const label = `${name}.${column.name}`;
        if (!keys.includes(column.name) && !(label in NOT_EXPORTED)) missing.push(label);
      }
    }
    expect(missing).toEqual([]);
    const known = tables
      .map((table) => getTableConfig(table))
      .flatMap(({ name, columns }) => [name, ...columns.map((column) => `${name}.${column.name}`)]);
    expect(Object.keys(NOT_EXPORTED).filter((label) => !known.includes(label))).toEqual([]);
  });

  it("holds nothing of anybody else, and is nobody else's", async () => {
    const [mine, theirs] = [await newAccount(), await newAccount()];
    const answer = await call('GET', EXPORT, { token: mine.token });
    expect(answer.text).not.toContain(theirs.email);
    expect((await call('GET', EXPORT)).status).toBe(401);
    expect(await exportUser(database(env.DB), 999_999, '')).toBeUndefined();
  });
});
