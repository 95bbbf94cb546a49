import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';
import { deactivateUser, reactivateUser } from '../src/accounts/administration/deactivation.ts';
import {
  AFTER_RESTORE_START,
  afterRestoreStep,
  type Progress,
  type Step,
} from '../src/accounts/restore/after-restore.ts';
import { previewRestoreStep } from '../src/accounts/restore/after-restore-preview.ts';
import { runSchedule } from '../src/api/cron.ts';
import { call, login, mailToken, newAccount, rows, signUp } from './client.ts';

const SCRIPT: Actor = { origin: 'script', name: 'operator', requestId: 'r-1' };
const db = () => database(env.DB);

type Backup = Record<string, Record<string, unknown>[]>;

const tableNames = async (): Promise<string[]> =>
  (
    await rows(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%cf_%' AND name <> 'd1_migrations'",
    )
  ).map(({ name }) => name);

const backUp = async (): Promise<Backup> => {
  const backup: Backup = { sqlite_sequence: await rows('SELECT * FROM sqlite_sequence') };
  for (const name of await tableNames()) backup[name] = await rows(`SELECT * FROM ${name}`);
  return backup;
};

/** Sets the database back, as Time Travel does: every row, and the sequence of ids. */
const setBack = async (backup: Backup): Promise<void> => {
  const names = await tableNames();
  const insert = (name: string) =>
    (backup[name] ?? []).map((row) =>
      env.DB.prepare(
        `INSERT INTO ${name} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
          .map(() => '?')
          .join(', ')})`,
      ).bind(...Object.values(row)),
    );
  await env.DB.batch([
    env.DB.prepare('PRAGMA defer_foreign_keys = on'),
    env.DB.prepare('DROP TRIGGER IF EXISTS audit_events_kept'),
    ...names.map((name) => env.DB.prepare(`DELETE FROM ${name}`)),
    env.DB.prepare('DELETE FROM sqlite_sequence'),
    ...names.flatMap(insert),
    env.DB.prepare('DELETE FROM sqlite_sequence'),
    ...insert('sqlite_sequence'),
  ]);
};

const runAll = async (): Promise<Step[]> => {
  const steps: Step[] = [];
  for (let next: Progress | undefined = AFTER_RESTORE_START; next; next = steps.at(-1)?.next) {
    steps.push(await afterRestoreStep(db(), env.RECORDS, next, SCRIPT));
  }
  return steps;
};
const changesOf = (steps: Step[]): Record<string, number> => {
  const changes: Record<string, number> = {};
  for (const { phase, changed } of steps) changes[phase] = (changes[phase] ?? 0) + changed;
  return changes;
};

describe('after a restore of the database', () => {
  it('who was erased is erased again, who was suspended suspended, all sessions end, and ids go on above all', async () => {
    const [erased, suspended, forgiven, bystander] = [
      await newAccount(),
      await newAccount(),
      await newAccount(),
      await newAccount(),
    ];
    await deactivateUser(db(), forgiven.id, { reason: null }, SCRIPT);
    await call('POST', '/api/v1/auth/forgot-password', { json: { email: bystander.email } });
    const usedLink = await mailToken(bystander.email, 'reset-password');
    await runSchedule(env);
    const backup = await backUp();

    await call('POST', '/api/v1/auth/reset-password', {
      json: { token: usedLink, new_password: 'set after the backup' },
    });
    await call('DELETE', '/api/v1/users/me?hard=true', { token: erased.token });
    await deactivateUser(db(), suspended.id, { reason: 'after the backup' }, SCRIPT);
    await reactivateUser(db(), forgiven.id, {}, SCRIPT);
    for (let n = 0; n < 3; n += 1) await signUp(`lost-${n}@example.com`);
    const [{ id: highest }] = await rows('SELECT max(id) AS id FROM users');
    await runSchedule(env);

    await setBack(backup);
    expect(await rows('SELECT 1 FROM users WHERE id = ?', erased.id)).toHaveLength(1);
    const first = changesOf(await runAll());
    expect(first).toMatchObject({ ids: 2, erased: 1, suspensions: 2 });

    const check = async () => {
      expect(await rows('SELECT 1 FROM users WHERE id = ?', erased.id)).toEqual([]);
      expect((await login(erased.email)).body.code).toBe('INVALID_CREDENTIALS');
      expect((await login(suspended.email)).body.code).toBe('ACCOUNT_DEACTIVATED');
      expect(await rows('SELECT 1 FROM sessions')).toEqual([]);
      expect(await rows('SELECT 1 FROM outbox')).toEqual([]);
      expect((await call('GET', '/api/v1/users/me', { token: bystander.token })).body.code).toBe('TOKEN_REVOKED');
      const json = { token: usedLink, new_password: 'by the used link' };
      expect((await call('POST', '/api/v1/auth/reset-password', { json })).body.code).toBe('INVALID_RESET_TOKEN');
    };
    await check();
    expect((await login(forgiven.email)).status).toBe(200);

    await rows('DELETE FROM sessions');
    expect(changesOf(await runAll())).toEqual({ ids: 0, tokens: 0, sessions: 0, erased: 0, suspensions: 0 });
    await check();

    await signUp('after-the-restore@example.com');
    const [{ id }] = await rows('SELECT id FROM users WHERE email = ?', 'after-the-restore@example.com');
    expect(id).toBeGreaterThan(highest);
  });

  it('the services are told again of every erasure since, and no event stands before one that somebody has read', async () => {
    const [older, erased, since] = [await newAccount(), await newAccount(), await newAccount()];
    await call('DELETE', '/api/v1/users/me?hard=true', { token: older.token });
    await runSchedule(env);
    const backup = await backUp();
    // One whose account the backup has, and one who came and went after it.
    const lost = await newAccount();
    for (const { token } of [erased, lost]) await call('DELETE', '/api/v1/users/me?hard=true', { token });
    await rows("INSERT INTO receipts SELECT event_seq, 's', 's', 'erased', 0 FROM erasures");
    const [{ seq: read }] = await rows('SELECT max(seq) AS seq FROM events');
    await runSchedule(env);

    await setBack(backup);
    const foreseen: Record<string, number> = {};
    for (let next: Progress | undefined = AFTER_RESTORE_START; next; ) {
      const step = await previewRestoreStep(db(), env.RECORDS, next);
      foreseen[step.phase] = (foreseen[step.phase] ?? 0) + step.changed;
      next = step.next;
    }
    expect(foreseen).toMatchObject({ ids: 2, erased: 2 });
    expect(changesOf(await runAll())).toMatchObject({ ids: 2, erased: 2 });
    const told = await rows(
      "SELECT seq, user_id FROM events WHERE type = 'user.erased' AND seq > ? ORDER BY seq",
      read,
    );
    expect(told.map(({ user_id }) => user_id).toSorted()).toEqual([erased.id, lost.id].toSorted());
    expect((await rows('SELECT min(seq) AS seq FROM events WHERE seq > ?', read))[0].seq).toBeGreaterThan(read + 1);
    for (const { seq, user_id } of told) {
      expect(await rows('SELECT event_seq FROM erasures WHERE user_id = ?', user_id)).toEqual([{ event_seq: seq }]);
    }
    expect(await rows("SELECT type FROM events WHERE type = ''")).toEqual([]);
    expect(changesOf(await runAll())).toMatchObject({ ids: 0, erased: 0 });
    expect(await rows('SELECT 1 FROM users WHERE id = ?', since.id)).toHaveLength(1);
  });

  it('tells of no erasure whose id is somebody else by now', async () => {
    const { id } = await newAccount();
    const record = { kind: 'erased' as const, userId: id, userCreatedAt: 1, at: Date.now() };
    await env.RECORDS.put(`erased/${id}`, JSON.stringify(record));
    await runAll();
    expect(await rows("SELECT 1 FROM events WHERE type = 'user.erased' AND user_id = ?", id)).toEqual([]);
    expect(await rows('SELECT 1 FROM users WHERE id = ?', id)).toHaveLength(1);
    await env.RECORDS.delete(`erased/${id}`);
  });

  it('never takes another person for one who was erased or suspended: the time of the account must fit too', async () => {
    const account = await newAccount();
    const [{ created_at }] = await rows('SELECT created_at FROM users WHERE id = ?', account.id);
    const record = (kind: string) =>
      JSON.stringify({ kind, userId: account.id, userCreatedAt: created_at - 1, at: created_at });
    await env.RECORDS.put(`erased/${account.id}`, record('erased'));
    await env.RECORDS.put(`suspension/${account.id}/2026-01-01T00:00:00.000Z-deactivated`, record('deactivated'));
    expect(changesOf(await runAll())).toMatchObject({ erased: 0, suspensions: 0 });
    expect((await login(account.email)).status).toBe(200);
  });

  it('goes through any number of records in bounded steps, and takes the newest word on each user', async () => {
    const account = await newAccount();
    const [{ created_at }] = await rows('SELECT created_at FROM users WHERE id = ?', account.id);
    const put = (id: number, time: string, kind: string, at: number) =>
      env.RECORDS.put(
        `suspension/${id}/${time}-${kind}`,
        JSON.stringify({ kind, userId: id, userCreatedAt: created_at, at }),
      );
    for (let id = 1000; id < 1070; id += 1) await put(id, '2026-01-01T00:00:00.000Z', 'deactivated', 1);
    await put(account.id, '2026-01-01T00:00:00.000Z', 'deactivated', 1);
    await put(account.id, '2026-01-02T00:00:00.000Z', 'reactivated', 2);
    await put(account.id, '2026-01-03T00:00:00.000Z', 'deactivated', 3);
    const steps = await runAll();
    expect(steps.filter(({ phase }) => phase === 'suspensions').length).toBeGreaterThan(1);
    expect(await rows('SELECT is_active, deactivated_at FROM users WHERE id = ?', account.id)).toEqual([
      { is_active: 0, deactivated_at: 3 },
    ]);
  });
});
