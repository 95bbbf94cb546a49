import { env } from 'cloudflare:workers';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import * as schema from '../drizzle/schema.ts';
import { exportUser } from '../src/accounts/erasure/export.ts';
import { exportOf, NOT_EXPORTED } from '../src/api/wire/export.ts';
import { type Account, type Call, call, failing, newAccount, rows } from './client.ts';
import { picture } from './picture.ts';
import { tripsOf } from './trips.ts';

const EXPORT = '/api/v1/users/me/export';
// The part of the document that a table's columns stand in.
const PARTS: Record<string, string> = { users: 'account', outbox: 'pending_mails' };

const upload = async ({ token }: Account, name: string): Promise<void> => {
  const body = new FormData();
  body.set('avatar', new File([picture(name)], name));
  expect((await call('PATCH', '/api/v1/users/me', { token, body })).status).toBe(200);
};

const keyOf = async ({ id }: Account): Promise<string> =>
  (await rows('SELECT avatar_key FROM users WHERE id = ?', id))[0].avatar_key;

const base64Of = async (key: string): Promise<string> =>
  Buffer.from((await (await env.AVATARS.get(key))?.arrayBuffer()) ?? []).toString('base64');

afterEach(() => vi.restoreAllMocks());

describe('the export', () => {
  // ASVS 5.4.1, 5.4.2
  it('is one document with all personal data, to be saved as a file', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace' });
    await rows("INSERT INTO room_participations (user_id, room_id, joined_at) VALUES (?, 'room-1', 0)", account.id);
    await rows("UPDATE users SET avatar_key = '1/abc.webp' WHERE id = ?", account.id);
    const answer = await call('GET', EXPORT, { token: account.token });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Disposition')).toBe('attachment; filename="account.json"');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const profile = (await call('GET', '/api/v1/users/me', { token: account.token })).body;
    const [profileKeys, keys] = [Object.keys(profile), Object.keys(answer.body.account)];
    expect(profileKeys).toContain('created_at');
    expect(keys.slice(0, profileKeys.length + 1)).toEqual([...profileKeys, 'avatar']);
    expect(answer.body.account).toMatchObject(profile);
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
      "INSERT INTO email_changes VALUES ('id', ?, 'new@example.com', 'old@example.com', 0, NULL, 0)",
      account.id,
    );
    await rows(
      `INSERT INTO passkeys (id, user_id, name, created_at, credential_id, public_key, counter, transports, backed_up, rp_id)
       VALUES ('p', ?, 'Laptop', 0, 'c', 'k', 0, '[]', 0, 'example.com')`,
      account.id,
    );
    await rows(
      `INSERT INTO authenticators (id, user_id, name, created_at, secret, key_version, last_step)
       VALUES ('a', ?, 'Telephone', 0, 's', 1, 0)`,
      account.id,
    );
    await rows("INSERT INTO recovery_codes (hash, user_id, created_at) VALUES ('h', ?, 0)", account.id);
    await rows(
      "INSERT INTO audit_events (action, subject_id, origin, request_id, at) VALUES ('user.export', ?, 'script', 'r', 0)",
      account.id,
    );
    const data = await exportUser(database(env.DB), env.AVATARS, account.id);
    const document: Record<string, any> = data ? exportOf(data, '') : {};
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

  it('carries the picture itself, as it is stored, and null where there is none', async () => {
    const account = await newAccount();
    expect((await call('GET', EXPORT, { token: account.token })).body.account.avatar).toBeNull();
    await upload(account, 'columns.png');
    const { body } = await call('GET', EXPORT, { token: account.token });
    const data = await base64Of(await keyOf(account));
    expect(body.account.avatar).toEqual({ content_type: 'image/webp', data });
    expect(atob(data).slice(0, 4) + atob(data).slice(8, 12)).toBe('RIFFWEBP');
    const shown = await call('GET', new URL(body.account.avatar_url).pathname);
    expect(Buffer.from(shown.bytes).toString('base64')).toBe(data);
  });

  it('asks the bucket only where there is a picture, after the rows', async () => {
    const account = await newAccount();
    const trips = () => tripsOf((bindings) => call('GET', EXPORT, { token: account.token, env: bindings }));
    const without = await trips();
    expect(without.filter((trip) => trip.includes('AVATARS'))).toEqual([]);
    await upload(account, 'columns.png');
    expect(await trips()).toEqual([...without, 'AVATARS.get']);
  });

  it('is none where the bucket does not answer, or breaks off', async () => {
    const account = await newAccount();
    await upload(account, 'columns.png');
    const breaking = {
      get: async () => ({ arrayBuffer: () => Promise.reject(new Error('Network connection lost.')) }),
    };
    for (const AVATARS of [failing<R2Bucket>('get: internal error (10001)'), breaking as unknown as R2Bucket]) {
      const sent: Call = { token: account.token, env: { AVATARS } };
      const { status, body, headers } = await call('GET', EXPORT, sent);
      expect([status, body.code, headers.get('Content-Disposition')]).toEqual([503, 'SERVICE_UNAVAILABLE', null]);
      expect(headers.get('Retry-After')).toMatch(/^\d+$/);
    }
  });

  it('has no picture where the row names one that is not there', async () => {
    const account = await newAccount();
    await upload(account, 'columns.png');
    await env.AVATARS.delete(await keyOf(account));
    const { status, body } = await call('GET', EXPORT, { token: account.token });
    expect([status, body.account.avatar]).toEqual([200, null]);
    expect(body.account.avatar_url).toContain('/avatars/');
  });

  it('carries the new picture where it is replaced meanwhile, under its own address', async () => {
    const account = await newAccount();
    await upload(account, 'columns.png');
    const real = env.AVATARS.get.bind(env.AVATARS);
    vi.spyOn(env.AVATARS, 'get').mockImplementationOnce((async (key: string) => {
      await upload(account, 'lossy.webp');
      return real(key);
    }) as never);
    const { account: exported } = (await call('GET', EXPORT, { token: account.token })).body;
    const key = await keyOf(account);
    expect(exported.avatar_url).toMatch(new RegExp(`/avatars/${key}$`));
    expect(exported.avatar.data).toBe(await base64Of(key));
  });

  // ASVS 8.2.2
  // Threat somebody-elses
  it("holds nothing of anybody else, and is nobody else's", async () => {
    const [mine, theirs] = [await newAccount(), await newAccount()];
    const answer = await call('GET', EXPORT, { token: mine.token });
    expect(answer.text).not.toContain(theirs.email);
    expect((await call('GET', EXPORT)).status).toBe(401);
    expect(await exportUser(database(env.DB), env.AVATARS, 999_999)).toBeUndefined();
  });
});
