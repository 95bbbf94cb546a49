import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSchedule } from '../src/api/cron.ts';
import { adminOf, insertUser } from './admin-client.ts';
import { appRoutes } from './app-routes.ts';
import { type Account, call, cookiesOf, failing, login, mailToken, newAccount, PASSWORD, rows } from './client.ts';
import { passTime, SECOND } from './clock.ts';
import { brokenMetrics, recordedMetrics } from './data-points.ts';

const LOGIN = '/api/v1/auth/login POST';
const AS = { as: 'operator' };
const DAY = 24 * 60 * 60 * 1000;

let metrics: ReturnType<typeof recordedMetrics>;
let bound: { METRICS: AnalyticsEngineDataset };
beforeEach(() => {
  metrics = recordedMetrics();
  bound = { METRICS: metrics.METRICS };
});
afterEach(() => vi.restoreAllMocks());

const newAdmin = async (): Promise<Account> => {
  const account = await newAccount();
  await rows("UPDATE users SET role = 'admin' WHERE id = ?", account.id);
  return account;
};

describe('the count of requests', () => {
  it('has each sign-in: one that succeeded, or the code of why it did not', async () => {
    const { email } = await newAccount();
    await login(email, {}, { env: bound });
    await login(email, { password: 'not the one' }, { env: bound });
    await login('nobody@example.com', {}, { env: bound });
    expect(metrics.counted('request')).toEqual({ [LOGIN]: 1, [`${LOGIN} INVALID_CREDENTIALS`]: 2 });
  });

  it('has a session that a refresh token ended by being used twice', async () => {
    const { cookie } = await newAccount();
    const renewed = await call('POST', '/api/v1/auth/refresh-token', { cookie });
    expect(cookiesOf(renewed)).not.toBe('');
    passTime(61 * SECOND);
    await call('POST', '/api/v1/auth/refresh-token', { cookie, env: bound });
    expect(metrics.counted('request')).toEqual({ '/api/v1/auth/refresh-token POST REFRESH_TOKEN_REUSE': 1 });
  });

  it('names the pattern of the route, the status and the time it took, and nothing that a client has chosen', async () => {
    const admin = await newAdmin();
    for (const path of [
      `/api/v1/users/${admin.id}`,
      '/api/v1/users?q=ada@example.com',
      '/avatars/7/x.webp',
      '/ada/7',
    ]) {
      await call('GET', path, { token: admin.token, env: bound });
    }
    expect(metrics.points.map(({ blobs, doubles }) => [blobs[1], blobs[3], doubles[1]])).toEqual([
      ['/api/v1/users/:id{(?!((de|re)activate|unlock|end-sessions|send-(reset|verification))$)[^/]+}', '', 200],
      ['/api/v1/users', '', 200],
      ['/avatars/:key{.+\\.webp}', 'NOT_FOUND', 404],
      ['none', 'NOT_FOUND', 404],
    ]);
    expect(metrics.points.every(({ doubles }) => doubles.length === 3 && (doubles[2] ?? -1) >= 0)).toBe(true);
  });

  it('is kept apart by code, or by route where there is none, so that a flood of one thins out no other', async () => {
    const { email } = await newAccount();
    await login(email, {}, { env: bound });
    await login(email, { password: 'not the one' }, { env: bound });
    expect(metrics.points.map(({ indexes }) => indexes)).toEqual([
      ['POST /api/v1/auth/login'],
      ['INVALID_CREDENTIALS'],
    ]);
    const bytes = appRoutes().map(({ method, pattern }) => new TextEncoder().encode(`${method} ${pattern}`).length);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(96);
  });
});

describe('the count of acts', () => {
  it('has a suspension and its end once each, by an administrator and by script, and no refused one', async () => {
    const [admin, user] = [await newAdmin(), await insertUser()];
    const script = adminOf(bound);
    for (const path of ['deactivate', 'deactivate', 'reactivate'])
      await call('PATCH', `/api/v1/users/${path}`, { token: admin.token, json: { user_id: user }, env: bound });
    expect(metrics.counted('act')).toEqual({ 'deactivated http': 1, 'reactivated http': 1 });
    await script.deactivateUser({ user, ...AS });
    await script.deactivateUser({ user, ...AS });
    await script.reactivateUser({ user, ...AS, dry_run: true });
    expect(metrics.counted('act')).toMatchObject({ 'deactivated http': 1, 'deactivated script': 1 });
    expect(metrics.counted('act')).not.toHaveProperty('reactivated script');
  });

  it('has a deletion, a restoration, a new administrator, and erasures by user, script and schedule', async () => {
    const [soft, hard] = [await newAccount(), await newAccount()];
    const script = adminOf(bound);
    await call('DELETE', '/api/v1/users/me', { token: soft.token, env: bound });
    await script.restoreUser({ user: soft.id, ...AS });
    await script.promoteUser({ user: soft.id, ...AS });
    await call('DELETE', '/api/v1/users/me?hard=true', { token: hard.token, env: bound });
    await script.eraseUser({ user: await insertUser(), ...AS });
    const due = { is_active: 0, deleted_at: Date.now() - 31 * DAY };
    for (let n = 0; n < 3; n += 1) await insertUser(due);
    await runSchedule({ ...env, ...bound });
    expect(metrics.counted('act')).toEqual({
      'deleted http': 1,
      'restored script': 1,
      'promoted script': 1,
      'erased http': 1,
      'erased script': 1,
      'erased schedule': 3,
    });
  });
});

describe('the count of runs', () => {
  it('has one that went well, and one that could do nothing at all', async () => {
    await runSchedule({ ...env, ...bound });
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const steps = await runSchedule({ ...env, DB: failing<D1Database>(), ...bound });
    const runs = metrics.points.filter(({ blobs }) => blobs[0] === 'run');
    const failed = Object.values(steps).filter((count) => count === null).length;
    expect(failed).toBeGreaterThan(0);
    // Nor can the backlog be read then.
    expect(runs.map(({ doubles }) => doubles.slice(0, 2))).toEqual([
      [1, 0],
      [1, failed + 1],
    ]);
    expect(metrics.points.filter(({ blobs }) => blobs[0] === 'backlog')).toHaveLength(1);
  });
});

describe('a dataset that takes nothing', () => {
  it('changes no answer, no act and no run', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const [admin, user] = [await newAdmin(), await newAccount()];
    const broken = { METRICS: brokenMetrics };
    expect((await login(user.email, {}, { env: broken })).status).toBe(200);
    const suspending = { token: admin.token, json: { user_id: user.id }, env: broken };
    expect((await call('PATCH', '/api/v1/users/deactivate', suspending)).status).toBe(200);
    expect(await adminOf(broken).reactivateUser({ user: user.id, ...AS })).toMatchObject({ ok: true });
    expect(Object.values(await runSchedule({ ...env, ...broken }))).not.toContain(null);
    const lines = warned.mock.calls.map(([line]) => JSON.parse(line));
    expect(new Set(lines.map(({ event }) => event))).toEqual(new Set(['metric-lost']));
    expect(lines.map(({ metric }) => metric).sort()).toEqual(['act', 'act', 'backlog', 'request', 'request', 'run']);
  });
});

describe('the count of changed passwords', () => {
  const PASSWORDS = { current_password: PASSWORD, new_password: 'another correct horse' };
  const change = (token: string, json = PASSWORDS) =>
    call('POST', '/api/v1/auth/change-password', { token, json, env: bound });
  const reset = (token: string, new_password: string) =>
    call('POST', '/api/v1/auth/reset-password', { json: { token, new_password }, env: bound });

  it('has those by the password before it and those by a link, and none that was refused', async () => {
    const { email, token } = await newAccount();
    expect((await change(token, { ...PASSWORDS, current_password: 'not the one' })).status).toBe(400);
    expect((await change(token, { ...PASSWORDS, new_password: PASSWORD })).status).toBe(400);
    expect(metrics.counted('act')).toEqual({});
    expect((await change(token)).status).toBe(200);
    await call('POST', '/api/v1/auth/forgot-password', { json: { email } });
    const link = await mailToken(email, 'reset-password');
    expect((await reset(link, 'another correct horse')).status).toBe(400);
    expect((await reset(link, PASSWORD)).status).toBe(200);
    expect((await reset(link, 'yet another horse')).status).toBe(400);
    expect(metrics.counted('act')).toEqual({ 'password-changed http': 1, 'password-reset http': 1 });
  });
});

describe('what is counted', () => {
  it('holds nothing that tells of a person', async () => {
    const admin = await newAdmin();
    const user = await newAccount({ full_name: 'Ada Lovelace' });
    await login(user.email, {}, { env: bound });
    const json = { user_id: user.id, reason: 'Spam of Ada.' };
    await call('PATCH', '/api/v1/users/deactivate', { token: admin.token, json, env: bound });
    await adminOf(bound).eraseUser({ user: user.email, ...AS });
    await runSchedule({ ...env, ...bound });
    const routes = appRoutes().map(({ pattern }) => pattern);
    const words = metrics.points.flatMap(({ blobs }) => blobs).filter((blob) => !routes.includes(blob));
    expect(words.length).toBeGreaterThan(0);
    for (const word of words) expect(word).toMatch(/^[a-zA-Z_-]{0,40}$/);
  });
});
