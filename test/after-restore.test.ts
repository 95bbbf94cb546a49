import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';
import { deactivateUser, reactivateUser } from '../src/accounts/administration/deactivation.ts';
import { eraseUser } from '../src/accounts/erasure/erasure.ts';
import { listErasures } from '../src/accounts/erasure/erasure-record.ts';
import { afterRestoreStep, type Step } from '../src/accounts/restore/after-restore.ts';
import { FORMER_ADDRESS } from '../src/accounts/restore/again.ts';
import { AFTER_RESTORE_START, type Progress } from '../src/accounts/restore/phase.ts';
import { linkKeys, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import { runSchedule } from '../src/api/cron.ts';
import { claimMail, settleMail } from '../src/outbox/outbox.ts';
import { adminOf } from './admin-client.ts';
import { type Account, call, login, mailToken, newAccount, PASSWORD, rows, signUp } from './client.ts';
import { DAY, passTime } from './clock.ts';
import { addApp, begin, complete, FACTORS } from './second-factor.ts';

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

const GRACE = 30 * DAY;
const runAll = async (isDry = false): Promise<Step[]> => {
  const steps: Step[] = [];
  for (let next: Progress | undefined = AFTER_RESTORE_START; next; next = steps.at(-1)?.next) {
    const parts = { db: db(), records: env.RECORDS, by: SCRIPT, grace: GRACE, now: new Date() };
    steps.push(await afterRestoreStep(parts, next, { isDry }));
  }
  return steps;
};
/** Sums of what the steps changed, by phase, without those that changed nothing. */
const changesOf = (steps: Step[]): Record<string, number> => {
  const changes: Record<string, number> = {};
  for (const { phase, changed } of steps) if (changed > 0) changes[phase] = (changes[phase] ?? 0) + changed;
  return changes;
};

describe('after a restore of the database', () => {
  // Threat restored-backup
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
      // The mail of the suspension had not left.
      expect(await rows('SELECT user_id, kind FROM outbox')).toEqual([
        { user_id: suspended.id, kind: 'account-deactivated' },
      ]);
      expect((await call('GET', '/api/v1/users/me', { token: bystander.token })).body.code).toBe('TOKEN_REVOKED');
      const json = { token: usedLink, new_password: 'by the used link' };
      expect((await call('POST', '/api/v1/auth/reset-password', { json })).body.code).toBe('INVALID_RESET_TOKEN');
    };
    await check();
    expect((await login(forgiven.email)).status).toBe(200);

    await rows('DELETE FROM sessions');
    const mails = await rows('DELETE FROM outbox RETURNING *');
    expect(changesOf(await runAll())).toEqual({});
    expect(mails).toHaveLength(1);

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
    const foreseen = changesOf(await runAll(true));
    expect(foreseen).toMatchObject({ ids: 2, erased: 2 });
    expect(changesOf(await runAll())).toEqual(foreseen);
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
    expect(changesOf(await runAll())).toEqual({});
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

  // Threat restored-backup
  it('never takes another person for one who was erased or suspended: the time of the account must fit too', async () => {
    const account = await newAccount();
    const [{ created_at }] = await rows('SELECT created_at FROM users WHERE id = ?', account.id);
    const record = (kind: string) =>
      JSON.stringify({ kind, userId: account.id, userCreatedAt: created_at - 1, at: created_at });
    await env.RECORDS.put(`erased/${account.id}`, record('erased'));
    await env.RECORDS.put(`suspension/${account.id}/2026-01-01T00:00:00.000Z-deactivated`, record('deactivated'));
    expect(changesOf(await runAll())).toEqual({ tokens: 1, sessions: 1 });
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
    for (let id = 1000; id < 1270; id += 1) await put(id, '2026-01-01T00:00:00.000Z', 'deactivated', 1);
    await put(account.id, '2026-01-01T00:00:00.000Z', 'deactivated', 1);
    await put(account.id, '2026-01-02T00:00:00.000Z', 'reactivated', 2);
    await put(account.id, '2026-01-03T00:00:00.000Z', 'deactivated', 3);
    const steps = await runAll();
    expect(steps.filter(({ phase }) => phase === 'suspensions').length).toBeGreaterThan(1);
    expect(await rows('SELECT is_active, deactivated_at FROM users WHERE id = ?', account.id)).toEqual([
      { is_active: 0, deactivated_at: 3 },
    ]);
  });

  // Threat restored-backup
  it('nothing comes back that would harm somebody: passwords, roles, deletions, verifications, and who is not there', async () => {
    const [leaver, returned, rescued, demoted, promoted, careful] = [
      await newAccount(),
      await newAccount(),
      await newAccount(),
      await newAccount(),
      await newAccount(),
      await newAccount(),
    ];
    const admin = adminOf();
    const AS = { as: 'operator' };
    await call('DELETE', '/api/v1/users/me', { token: returned.token });
    await admin.promoteUser({ user: demoted.email, ...AS });
    // Signed up by somebody else, and again by whoever reads the mails.
    await signUp('late@example.com', { password: 'chosen by somebody else' });
    await runSchedule(env);
    const backup = await backUp();

    const json = { current_password: PASSWORD, new_password: 'since the old one leaked' };
    expect((await call('POST', '/api/v1/auth/change-password', { token: careful.token, json })).status).toBe(200);
    await call('DELETE', '/api/v1/users/me', { token: leaver.token });
    await call('DELETE', '/api/v1/users/me', { token: rescued.token });
    for (const { email } of [returned, rescued]) {
      expect(await admin.restoreUser({ user: email, ...AS })).toMatchObject({ ok: true });
    }
    await admin.promoteUser({ user: promoted.email, ...AS });
    await admin.demoteUser({ user: demoted.email, ...AS });
    await signUp('late@example.com', { password: 'chosen by its owner' });
    await call('POST', '/api/v1/auth/verify-email', {
      json: { token: await mailToken('late@example.com', 'verify-email') },
    });
    const [{ id: late }] = await rows('SELECT id FROM users WHERE email = ?', 'late@example.com');
    const vanished = await newAccount();
    const [{ seq: read }] = await rows('SELECT max(seq) AS seq FROM events');
    await runSchedule(env);

    await setBack(backup);
    const foreseen = changesOf(await runAll(true));
    expect(foreseen).toMatchObject({ verifications: 2, passwords: 1, deletions: 2, roles: 2 });
    expect(changesOf(await runAll())).toEqual(foreseen);

    const codeOf = async (email: string, password = PASSWORD) => (await login(email, { password })).body.code;
    expect(await codeOf(careful.email)).toBe('INVALID_CREDENTIALS');
    expect(await codeOf(leaver.email)).toBe('ACCOUNT_DELETED');
    for (const { email } of [returned, rescued]) expect((await login(email)).status).toBe(200);
    expect(await rows("SELECT id FROM users WHERE role = 'admin'")).toEqual([{ id: promoted.id }]);
    expect(await codeOf('late@example.com', 'chosen by somebody else')).toBe('INVALID_CREDENTIALS');
    expect(await rows('SELECT is_verified FROM users WHERE id = ?', late)).toEqual([{ is_verified: 1 }]);
    // Both come in again by a link of a mail.
    for (const email of [careful.email, 'late@example.com']) {
      await call('POST', '/api/v1/auth/forgot-password', { json: { email } });
      const token = await mailToken(email, 'reset-password');
      const reset = await call('POST', '/api/v1/auth/reset-password', {
        json: { token, new_password: 'set anew after it' },
      });
      expect([email, reset.status]).toEqual([email, 200]);
      expect((await login(email, { password: 'set anew after it' })).status).toBe(200);
    }
    // Whoever keeps something of an account that is not there any more hears of it.
    const told = await rows('SELECT type, user_id FROM events WHERE seq > ? AND user_id = ?', read, vanished.id);
    expect(told).toEqual([{ type: 'user.erased', user_id: vanished.id }]);
    expect(await rows('SELECT user_id FROM erasures WHERE user_id = ?', vanished.id)).toHaveLength(1);
    expect(await rows('SELECT action, actor_name FROM audit_events WHERE subject_id = ?', vanished.id)).toEqual([
      { action: 'user.erase', actor_name: 'operator' },
    ]);

    await rows('DELETE FROM sessions');
    await rows('DELETE FROM outbox');
    expect(changesOf(await runAll(true))).toEqual({});
    expect(changesOf(await runAll())).toEqual({});
    await runSchedule(env);
    expect(await env.RECORDS.head(`erased/${vanished.id}`)).not.toBeNull();
  });

  it('nobody gets in by an address that an account has no more: it is suspended until a script sets the new one', async () => {
    const [moved, undone, asking, blocked, bystander] = [
      await newAccount(),
      await newAccount(),
      await newAccount(),
      await newAccount(),
      await newAccount(),
    ];
    const ask = async ({ token, id }: Account, name: string) => {
      const json = { email: `${name}-${id}@example.com` };
      expect((await call('POST', '/api/v1/users/me/email', { token, json })).status).toBe(202);
      return json.email;
    };
    const follow = async ({ id }: Account, kind: string, purpose: 'confirm-email' | 'undo-email') => {
      const [mail] = await rows('SELECT data FROM outbox WHERE user_id = ? AND kind = ? ORDER BY id DESC', id, kind);
      const { token, expiresAt } = JSON.parse(mail.data);
      const link = { id: token, userId: id, expiresAt: new Date(expiresAt) };
      const json = { token: oneTimeTokenText(linkKeys(env), purpose, link) };
      return (await call('POST', `/api/v1/auth/${purpose}`, { json })).status;
    };
    await deactivateUser(db(), blocked.id, { reason: 'Spam.' }, SCRIPT);
    await ask(undone, 'thief');
    expect(await follow(undone, 'email-change', 'confirm-email')).toBe(200);
    for (const account of [moved, asking]) await ask(account, 'new');
    await runSchedule(env);
    const backup = await backUp();
    passTime(60_000);
    expect(await follow(moved, 'email-change', 'confirm-email')).toBe(200);
    expect(await follow(undone, 'email-changed', 'undo-email')).toBe(200);
    await adminOf().setEmail({ as: 'operator', user: blocked.id, email: `new-${blocked.id}@example.com` });
    await runSchedule(env);

    await setBack(backup);
    const foreseen = changesOf(await runAll(true));
    expect(foreseen).toMatchObject({ addresses: 3, passwords: 1 });
    expect(changesOf(await runAll())).toEqual(foreseen);
    const reasonOf = async ({ id }: Account) =>
      (await rows('SELECT is_active, deactivation_reason AS reason FROM users WHERE id = ?', id))[0];
    for (const account of [moved, undone]) {
      expect(await reasonOf(account)).toEqual({ is_active: 0, reason: FORMER_ADDRESS });
      await call('POST', '/api/v1/auth/forgot-password', { json: { email: account.email } });
    }
    expect(await reasonOf(blocked)).toEqual({ is_active: 0, reason: `Spam.\n${FORMER_ADDRESS}` });
    expect(await rows('SELECT kind FROM outbox')).toEqual([]);
    for (const account of [asking, bystander]) expect((await login(account.email)).status).toBe(200);
    expect(await rows('SELECT 1 FROM email_changes WHERE confirmed_at IS NULL')).toEqual([]);

    await rows('DELETE FROM sessions');
    expect(changesOf(await runAll())).toEqual({});
    const email = `new-${moved.id}@example.com`;
    expect(await adminOf().setEmail({ as: 'operator', user: moved.id, email })).toMatchObject({ ok: true });
    expect(await adminOf().reactivateUser({ as: 'operator', user: moved.id })).toMatchObject({ ok: true });
    await runSchedule(env);
    expect(changesOf(await runAll())).not.toHaveProperty('addresses');
    expect((await login(email)).status).toBe(200);
  });

  it('a suspension comes back with its reason, which the bucket keeps no longer, and with its mail unless it had left', async () => {
    const [told, untold, past, gone] = [await newAccount(), await newAccount(), await newAccount(), await newAccount()];
    await rows('DELETE FROM outbox');
    const backup = await backUp();
    for (const { id } of [told, untold, past, gone])
      await deactivateUser(db(), id, { reason: `Because of ${id}.` }, SCRIPT);
    const [{ id: mail }] = await rows('SELECT id FROM outbox WHERE user_id = ?', told.id);
    await claimMail(db(), { id: mail, userId: null }, { id: 'lease', ms: 1000 });
    await settleMail(db(), { id: mail, lease: 'lease', kind: 'account-deactivated' });
    await runSchedule(env);
    await reactivateUser(db(), past.id, {}, SCRIPT);
    await eraseUser(db(), gone.id, {}, SCRIPT);
    await runSchedule(env);

    const kept = await env.RECORDS.list({ prefix: 'suspension/' });
    const reasons = await Promise.all(
      kept.objects.map(async ({ key }) => (await (await env.RECORDS.get(key))?.json<{ reason?: string }>())?.reason),
    );
    const ours = reasons.filter((reason) => reason?.startsWith('Because of'));
    expect(ours.toSorted()).toEqual([`Because of ${told.id}.`, `Because of ${untold.id}.`].toSorted());

    await setBack(backup);
    await runAll();
    const reasonOf = async ({ id }: { id: number }) =>
      rows('SELECT is_active, deactivation_reason AS reason FROM users WHERE id = ?', id);
    for (const account of [told, untold]) {
      expect(await reasonOf(account)).toEqual([{ is_active: 0, reason: `Because of ${account.id}.` }]);
    }
    expect(await reasonOf(past)).toEqual([{ is_active: 1, reason: null }]);
    expect(await rows('SELECT user_id, kind, data FROM outbox')).toEqual([
      {
        user_id: untold.id,
        kind: 'account-deactivated',
        data: JSON.stringify({ reason: `Because of ${untold.id}.` }),
      },
    ]);
  });

  it('the record of an erasure keeps the first time and says when it was repeated, in the list and in the bucket alike', async () => {
    const [back, lost] = [await newAccount(), await newAccount()];
    const backup = await backUp();
    const since = await newAccount();
    for (const { id } of [back, since]) await eraseUser(db(), id, {}, SCRIPT);
    const first = await rows(
      'SELECT user_id, erased_at FROM erasures WHERE user_id IN (?, ?) ORDER BY 1',
      back.id,
      since.id,
    );
    await runSchedule(env);
    await setBack(backup);
    passTime(DAY);
    await runAll();
    await runSchedule(env);
    const { erasures } = await listErasures(db(), { unfinished: false, unconfirmed: false, limit: 100 });
    for (const { user_id, erased_at } of first) {
      const listed = erasures.find(({ userId }) => userId === user_id);
      expect(listed).toMatchObject({ erasedAt: erased_at });
      expect(listed?.repeatedAt).toBeGreaterThan(erased_at);
      const record = await (await env.RECORDS.get(`erased/${user_id}`))?.json();
      expect(record).toMatchObject({ at: erased_at, repeatedAt: listed?.repeatedAt });
    }
    expect(await rows('SELECT 1 FROM users WHERE id = ?', lost.id)).toHaveLength(1);
  });

  it('a second factor that was removed is removed again, and one that is gone leaves no password that opens alone', async () => {
    const [removes, adds, uses, keeps] = [
      await newAccount(),
      await newAccount(),
      await newAccount(),
      await newAccount(),
    ];
    const apps = { removed: await addApp(removes), used: await addApp(uses), kept: await addApp(keeps) };
    const second = await addApp(removes, 'Tablet');
    await runSchedule(env);
    const backup = await backUp();

    expect((await call('DELETE', `${FACTORS}/${second.id}`, { token: removes.token })).status).toBe(204);
    expect((await addApp(adds)).answer.status).toBe(201);
    const [code = ''] = apps.used.codes;
    expect((await complete(await begin(uses.email), { recovery_code: code })).status).toBe(200);
    await runSchedule(env);
    await setBack(backup);

    const foreseen = changesOf(await runAll(true));
    expect(foreseen).toMatchObject({ factors: 3 });
    expect(changesOf(await runAll())).toEqual(foreseen);
    const factorsOf = async ({ id }: { id: number }) =>
      (await rows('SELECT id FROM authenticators WHERE user_id = ?', id)).map((row) => row.id);
    expect(await factorsOf(removes)).toEqual([apps.removed.id]);
    expect(await factorsOf(keeps)).toEqual([apps.kept.id]);
    // The password alone opened nothing since, and opens nothing now; a mail leads to another.
    expect((await login(adds.email)).body.code).toBe('INVALID_CREDENTIALS');
    await call('POST', '/api/v1/auth/forgot-password', { json: { email: adds.email } });
    const json = { token: await mailToken(adds.email, 'reset-password'), new_password: 'set anew after it' };
    expect((await call('POST', '/api/v1/auth/reset-password', { json })).status).toBe(200);
    expect((await login(adds.email, { password: 'set anew after it' })).body.access_token).toBeDefined();
    // A code that was used since is none any more, and nobody knows which: they go, and others can be made.
    expect((await complete(await begin(uses.email), { recovery_code: code })).status).toBe(401);
    expect(await rows('SELECT 1 FROM recovery_codes WHERE user_id = ?', uses.id)).toEqual([]);
    expect(await rows('SELECT 1 FROM recovery_codes WHERE user_id = ?', keeps.id)).toHaveLength(10);
    for (const { email } of [removes, uses, keeps])
      expect((await login(email)).body.status).toBe('second_factor_required');
    expect(changesOf(await runAll())).not.toHaveProperty('factors');
  });
});
