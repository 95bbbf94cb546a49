import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import { type Backlog, readBacklog } from '../src/accounts/backlog.ts';
import { runSchedule } from '../src/api/cron.ts';
import { insertUser } from './admin-client.ts';
import { rows } from './client.ts';
import { recordedMetrics } from './data-points.ts';
import { NO_BACKLOG } from './no-backlog.ts';

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const GRACE = 30 * DAY;
const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (ms: number): number => NOW.getTime() - ms;

const look = (db: D1Database = env.DB): Promise<Backlog> => readBacklog(database(db), GRACE, NOW);

const insert = (table: string, row: Record<string, unknown>): Promise<unknown> =>
  rows(
    `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).map(() => '?')})`,
    ...Object.values(row),
  );

const insertMail = async (fields: Record<string, number>): Promise<unknown> =>
  insert('outbox', {
    user_id: await insertUser(),
    kind: 'password-changed',
    data: '{}',
    due_at: fields['created_at'],
    ...fields,
  });

afterEach(async () => {
  vi.restoreAllMocks();
  for (const table of ['outbox', 'erasures', 'record_outbox', 'users', 'services', 'events'])
    await rows(`DELETE FROM ${table}`);
});

describe('the backlog', () => {
  it('is nothing where nothing waits', async () => {
    expect(await look()).toEqual(NO_BACKLOG);
  });

  it('tells for how long the oldest mail has waited that should have been taken up', async () => {
    await insertMail({ created_at: ago(3 * MINUTE) });
    // Queued an hour ago, and looked for again a minute ago.
    await insertMail({ created_at: ago(HOUR), due_at: ago(MINUTE) });
    expect(await look()).toEqual({ ...NO_BACKLOG, mails_due: 2, oldest_mail_s: 3600, mails_unsent: 2 });
  });

  it('takes no mail for forgotten that is held, waits for its next try or for an earlier one, or was given up', async () => {
    await insertMail({ created_at: ago(HOUR), leased_until: ago(-MINUTE) });
    await insertMail({ created_at: ago(HOUR), due_at: ago(-MINUTE) });
    await insertMail({ created_at: ago(HOUR), failed_at: ago(MINUTE) });
    const [{ user_id }] = await rows('SELECT user_id FROM outbox WHERE due_at > ?', NOW.getTime());
    await insertMail({ user_id, created_at: ago(HOUR) });
    expect(await look()).toEqual({ ...NO_BACKLOG, mails_unsent: 3, mails_failed: 1 });
  });

  it('tells of erasures that have pictures left, and of accounts that should have been erased', async () => {
    await insert('erasures', { user_id: 1001, user_created_at: 0, erased_at: ago(2 * HOUR) });
    await insert('erasures', { user_id: 1002, user_created_at: 0, erased_at: ago(DAY), pictures_erased_at: ago(DAY) });
    await insertUser({ is_active: 0, deleted_at: ago(GRACE + 10 * MINUTE) });
    await insertUser({ is_active: 0, deleted_at: ago(GRACE - MINUTE) });
    expect(await look()).toEqual({
      ...NO_BACKLOG,
      erasures_unfinished: 1,
      oldest_erasure_s: 7200,
      erasures_overdue: 1,
      oldest_overdue_s: 600,
    });
  });

  it('tells of records that the private bucket does not know yet', async () => {
    for (const minutes of [5, 1])
      await insert('record_outbox', { kind: 'erased', user_id: 1, user_created_at: 0, at: ago(minutes * MINUTE) });
    expect(await look()).toEqual({ ...NO_BACKLOG, records_waiting: 2, oldest_record_s: 300 });
  });

  it('tells of services that have not had everything, and of those that were given up', async () => {
    const service = {
      url: 'https://x.example.com/',
      generation: 1,
      key_version: 1,
      created_at: 0,
      since_seq: 0,
      due_at: 0,
    };
    for (const minutes of [20, 7]) {
      await insert('events', { type: 'user.erased', user_id: 1, data: '{}', at: ago(minutes * MINUTE) });
    }
    const [{ seq: last }] = await rows('SELECT max(seq) AS seq FROM events');
    await insert('services', { ...service, id: 'a', name: 'a', seq: last });
    expect(await look()).toEqual(NO_BACKLOG);
    await insert('services', { ...service, id: 'b', name: 'b', seq: last - 1 });
    await insert('services', { ...service, id: 'c', name: 'c', seq: 0, url: null });
    await insert('services', { ...service, id: 'd', name: 'd', seq: 0, halted_at: ago(DAY) });
    expect(await look()).toEqual({ ...NO_BACKLOG, services_behind: 1, oldest_event_s: 420, services_halted: 1 });
    await insert('services', { ...service, id: 'e', name: 'e', seq: 0 });
    expect(await look()).toMatchObject({ services_behind: 2, oldest_event_s: 1200 });
  });

  it('is counted to a thousand, by every sixth run to a hundred thousand, and the line of a run says where more may wait', async () => {
    await rows(
      `INSERT INTO record_outbox (kind, user_id, user_created_at, at)
       SELECT 'erased', value, 0, ? FROM json_each('[${Array.from({ length: 1200 }, (_, n) => n)}]')`,
      ago(HOUR),
    );
    const lines: Record<string, unknown>[] = [];
    vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(JSON.parse(line)));
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const put = () => Promise.reject(new Error('R2'));
    const RECORDS = { put, get: async () => null } as unknown as R2Bucket;
    const { METRICS, points } = recordedMetrics();
    for (const minute of [1, 6])
      await runSchedule({ ...env, METRICS, RECORDS }, new Date(NOW.getTime() + minute * MINUTE));
    const [mostly, deep] = lines.filter(({ event }) => event === 'schedule');
    expect(mostly).toMatchObject({ records_waiting: 1000, at_least: 'records_waiting' });
    expect(deep).toMatchObject({ records_waiting: 1200 });
    expect(deep).not.toHaveProperty('at_least');
    const gauge = Object.keys(NO_BACKLOG).indexOf('records_waiting') + 1;
    expect(points.filter(({ blobs }) => blobs[0] === 'backlog').map(({ doubles }) => doubles[gauge])).toEqual([
      1000, 1200,
    ]);
  });

  it('is read in one trip, and reads no row for the users there are nor for the mails that were given up', async () => {
    const reads: number[] = [];
    const batch = vi.fn(async (statements: D1PreparedStatement[]) => {
      const results = await env.DB.batch(statements);
      reads.push(results.reduce((sum, { meta }) => sum + (meta.rows_read ?? 0), 0));
      return results;
    });
    const counting = new Proxy(env.DB, {
      get: (target, name) => (name === 'batch' ? batch : Reflect.get(target, name).bind(target)),
    });
    await look(counting);
    await rows(
      `INSERT INTO users (email, password_hash, accepted_terms_at, created_at, updated_at, is_active, deleted_at)
       SELECT 'many-' || value || '@example.com', '', 0, 0, 0, value % 2, iif(value % 2, NULL, ?)
       FROM generate_series(1, 4000)`.replace(
        'generate_series(1, 4000)',
        `json_each('[${Array.from({ length: 4000 }, (_, n) => n)}]')`,
      ),
      ago(DAY),
    );
    await rows(
      `INSERT INTO outbox (user_id, kind, data, due_at, created_at, failed_at)
       SELECT id, 'password-changed', '{}', 1, 1, 1 FROM users`,
    );
    await rows(
      `INSERT INTO erasures (user_id, user_created_at, erased_at, pictures_erased_at) SELECT id + 100000, 0, 0, 1 FROM users`,
    );
    const backlog = await look(counting);
    expect(backlog).toEqual({ ...NO_BACKLOG, mails_failed: 1000 });
    expect(batch).toHaveBeenCalledTimes(2);
    // The failed mails, as many as are counted.
    expect((reads[1] ?? 0) - (reads[0] ?? 0)).toBeLessThanOrEqual(1010);
  });
});

describe('the scheduled run', () => {
  it('wakes the services that were forgotten, and nobody else, and lets events expire', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined);
    const service = {
      url: 'https://x.example.com/',
      generation: 1,
      key_version: 1,
      created_at: 0,
      since_seq: 0,
      seq: 0,
    };
    const add = (id: string, fields: Record<string, unknown>) =>
      insert('services', { ...service, due_at: 0, id, name: id, ...fields });
    for (const at of [ago(92 * DAY), ago(91 * DAY), ago(MINUTE)]) {
      await insert('events', { type: 'user.updated', user_id: 1, data: '{}', at });
    }
    const [{ seq: last }] = await rows('SELECT max(seq) AS seq FROM events');
    await add('forgotten', {});
    await add('died', { lease: 'x', leased_until: ago(1) });
    await add('held', { lease: 'y', leased_until: ago(-MINUTE) });
    await add('later', { due_at: ago(-MINUTE) });
    await add('halted', { halted_at: ago(DAY) });
    await add('asks', { url: null });
    await add('has everything', { seq: last });
    const sent = vi.spyOn(env.EVENTS, 'sendBatch').mockResolvedValue(undefined as never);
    const steps = await runSchedule(env, NOW);
    expect(sent.mock.calls.flatMap(([messages]) => [...messages].map(({ body }) => (body as any).service))).toEqual([
      ...['forgotten', 'died'],
    ]);
    expect(steps).toMatchObject({ services_woken: 2, events_expired: 1 });
  });

  it('puts the backlog into its data point, gauge by gauge, and into its line of the log', async () => {
    const { METRICS, points } = recordedMetrics();
    const lines: Record<string, unknown>[] = [];
    vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(JSON.parse(line)));
    await insertMail({ created_at: ago(10 * MINUTE), due_at: ago(0) });
    await insertMail({ created_at: ago(HOUR), failed_at: ago(MINUTE) });
    const failing = {
      ...env.RECORDS,
      put: () => Promise.reject(new Error('R2')),
      get: async () => null,
    } as unknown as R2Bucket;
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await insert('record_outbox', { kind: 'erased', user_id: 1, user_created_at: 0, at: ago(5 * MINUTE) });
    const steps = await runSchedule({ ...env, METRICS, RECORDS: failing }, NOW);
    const gauges = { ...NO_BACKLOG, mails_due: 1, oldest_mail_s: 600, mails_unsent: 1, mails_failed: 1 };
    const backlog = { ...gauges, records_waiting: 1, oldest_record_s: 300 };
    expect(points.find(({ blobs }) => blobs[0] === 'backlog')?.doubles).toEqual([1, ...Object.values(backlog)]);
    const line = lines.find(({ event }) => event === 'schedule');
    expect(line).toMatchObject({ ...steps, ...backlog, duration_ms: expect.any(Number) });
    expect(Object.keys(steps)).not.toContain('oldest_mail_s');
  });
});
