import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';
import { deactivateUser } from '../src/accounts/administration/deactivation.ts';
import { eraseUser } from '../src/accounts/erasure/erasure.ts';
import { runSchedule } from '../src/api/cron.ts';
import { type Account, newAccount, rows, signUp } from './client.ts';
import { brokenInvariants, type Mark, markOf, type Seen } from './invariants.ts';

const SCRIPT: Actor = { origin: 'script', name: 'test', requestId: 'test' };

let since: Mark;
beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  since = await markOf(env.DB);
});

const broken = (seen: Partial<Seen> = {}, settled = false) => brokenInvariants(env, { since, ...seen }, { settled });

/** What breaks each promise, as nothing of ours does; whoever undoes it goes on. */
const BREAKS: Record<string, (account: Account) => Promise<Partial<Seen> | undefined | unknown>> = {
  'no call is accepted after': async ({ token }) => ({ revoked: [token], isAccepted: async () => true }),
  'a session lives only while': ({ id }) => rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', id),
  'a session whose end was told': () =>
    rows("INSERT INTO blacklist_outbox (entry, expires_at) SELECT 'sid:' || id, 0 FROM sessions LIMIT 1"),
  'an account is in use unless': ({ id }) => rows('UPDATE users SET deleted_at = 1 WHERE id = ?', id),
  'each audited change has its one event': ({ id }) =>
    rows("INSERT INTO events (type, user_id, data, at) VALUES ('user.deactivated', ?, '{}', 0)", id),
  'each told change has its one mail': ({ id }) =>
    rows("INSERT INTO outbox (user_id, kind, data, due_at, created_at) VALUES (?, 'account-deleted', '{}', 0, 0)", id),
  'an account is verified by one event': ({ id }) =>
    rows("INSERT INTO events (type, user_id, data, at) VALUES ('user.created', ?, '{}', 0)", id),
  'the newest mail with a link': async ({ id }) => {
    const token = '\'{"token":"a"}\'';
    await rows(
      `INSERT INTO outbox (user_id, kind, data, due_at, created_at) VALUES (?, 'reset-password', ${token}, 0, 0)`,
      id,
    );
    await rows("INSERT INTO reset_tokens (id, user_id, expires_at) VALUES ('b', ?, 0)", id);
  },
  'who was erased is in no table': ({ id }) =>
    rows('INSERT INTO erasures (user_id, user_created_at, erased_at) VALUES (?, 0, 0)', id),
  'who was erased, and every address, is in no queue': async () => ({ told: ['{"to":"ada@example.com"}'] }),
  'an erasure has its record': () =>
    rows("INSERT INTO events (type, user_id, data, at) VALUES ('user.erased', 0, '{}', 0)"),
  'a picture that a row names': ({ id }) => rows("UPDATE users SET avatar_key = id || '/a.webp' WHERE id = ?", id),
  'a sequence only rises': () => rows("UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'events'"),
  'there is an administrator': async () => ({ hasAdministrator: true }),
};

const SETTLED_BREAKS: typeof BREAKS = {
  'a picture that no row names': () => env.AVATARS.put('1/orphan.webp', 'a'),
  'nothing is owed': () => rows("INSERT INTO blacklist_outbox (entry, expires_at) VALUES ('jti:a', 0)"),
  'the private bucket knows': () =>
    rows("INSERT INTO events (type, user_id, data, at) VALUES ('user.erased', 7, '{}', 0)"),
};

describe('the invariants', () => {
  it('hold of what the API does', async () => {
    const [suspended, erased] = [await newAccount(), await newAccount({ full_name: 'Somebody Else' })];
    await signUp('waits@example.com');
    await deactivateUser(database(env.DB), suspended.id, { reason: null }, SCRIPT);
    await eraseUser(database(env.DB), erased.id, {}, SCRIPT);
    for (const hours of [0, 2]) await runSchedule(env, new Date(Date.now() + hours * 3_600_000));
    expect(await broken({ erased: [{ id: erased.id, words: [erased.email, 'Somebody Else'] }] }, true)).toEqual([]);
  });

  it.each(Object.entries({ ...BREAKS, ...SETTLED_BREAKS }))('tell where one is broken: %s', async (name, breaks) => {
    const account = await newAccount();
    const isSettled = Object.hasOwn(SETTLED_BREAKS, name);
    if (isSettled) for (const hours of [0, 2]) await runSchedule(env, new Date(Date.now() + hours * 3_600_000));
    since = await markOf(env.DB);
    expect(await broken({}, isSettled)).toEqual([]);
    const seen = await breaks(account);
    const found = await broken(seen && !Array.isArray(seen) ? (seen as Partial<Seen>) : {}, isSettled);
    expect(found.filter((sentence) => sentence.startsWith(name))).not.toEqual([]);
    for (const table of ['users', 'events', 'erasures', 'blacklist_outbox']) await rows(`DELETE FROM ${table}`);
    await env.AVATARS.delete('1/orphan.webp');
  });
});
