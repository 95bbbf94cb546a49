import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from '../../drizzle/client.ts';
import { serviceKeys, signingSecret } from '../../src/accounts/tokens/service-secret.ts';
import { delayAfter, pushToService, retryAfterMs } from '../../src/mailer/push.ts';
import type { WireEvent } from '../../src/outbox/event.ts';
import { claimPushes, forgottenServices, settlePushes } from '../../src/outbox/push.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/workers/duration.ts';
import { recordedMetrics } from '../data-points.ts';

const rows = async <Row = any>(statement: string, ...values: unknown[]): Promise<Row[]> =>
  (
    await env.DB.prepare(statement)
      .bind(...values)
      .all<Row>()
  ).results;
const db = () => database(env.DB);

type Received = { url: string; headers: Headers; body: string; redirect: string | undefined };

let received: Received[] = [];
let messages: { service: string; delaySeconds: number | undefined }[] = [];
let lines: string[] = [];
/** What the service answers; the far edge of these tests. */
let answer: (event: WireEvent) => Response | Promise<Response>;

beforeEach(async () => {
  [received, messages, lines] = [[], [], []];
  answer = () => new Response(null, { status: 204 });
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line));
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const body = String(init?.body);
    received.push({ url: String(url), headers: new Headers(init?.headers), body, redirect: init?.redirect });
    return answer(JSON.parse(body));
  });
  await rows('DELETE FROM services');
  await rows('DELETE FROM events');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const EVENTS = {
  send: async ({ service }: { service: string }, options?: QueueSendOptions) => {
    messages.push({ service, delaySeconds: options?.delaySeconds });
  },
} as unknown as MailerEnv['EVENTS'];

const push = (id: string, more: Partial<MailerEnv> = {}) =>
  pushToService(database(more.DB ?? env.DB), { ...env, EVENTS, ...more }, id);

const newService = async (fields: Record<string, string | number | null> = {}): Promise<string> => {
  const id = crypto.randomUUID();
  const row = {
    ...{ id, name: `s-${id}`, url: 'https://meet.example.com/events', generation: 1, key_version: 1 },
    ...{ created_at: 0, since_seq: 0, seq: 0, due_at: 0, ...fields },
  };
  const names = Object.keys(row);
  await rows(`INSERT INTO services (${names}) VALUES (${names.map(() => '?')})`, ...Object.values(row));
  return id;
};

const newEvent = async (type = 'user.updated', userId = 7): Promise<number> => {
  const insert = "INSERT INTO events (type, user_id, data, at) VALUES (?, ?, '{}', ?) RETURNING seq";
  return (await rows(insert, type, userId, Date.now()))[0].seq;
};

const stateOf = async (id: string): Promise<any> => (await rows('SELECT * FROM services WHERE id = ?', id))[0];
const idsReceived = () => received.map(({ headers }) => headers.get('webhook-id'));
const told = () => lines.map((line) => JSON.parse(line).event);

describe('a push', () => {
  // ASVS 4.1.5, 15.3.2
  it('is one request an event, in order, signed by Standard Webhooks', async () => {
    const service = await newService();
    const seqs = [await newEvent('user.created'), await newEvent('user.updated'), await newEvent('user.erased')];
    await push(service);
    expect(idsReceived()).toEqual(seqs.map((seq) => `evt_${seq}`));
    const secret = signingSecret(serviceKeys(env), 1, { id: service, generation: 1 });
    for (const { url, headers, body, redirect } of received) {
      expect([url, redirect, headers.get('content-type')]).toEqual([
        ...['https://meet.example.com/events', 'manual', 'application/json'],
      ]);
      expect(new Webhook(secret).verify(body, Object.fromEntries(headers))).toEqual(JSON.parse(body));
      expect(headers.get('webhook-signature')).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    }
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      ...{ id: `evt_${seqs[0]}`, seq: seqs[0], type: 'user.created', data: { user_id: 7 } },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(await stateOf(service)).toMatchObject({ seq: seqs[2], lease: null, leased_until: null, attempts: 0 });
    await push(service);
    expect(received).toHaveLength(3);
  });

  it('carries two signatures while a rotation lasts, and one afterwards', async () => {
    const former_until = Date.now() + DAY_MS;
    const service = await newService({ generation: 2, former_key_version: 1, former_until });
    await newEvent();
    await push(service);
    const verify = (generation: number) => () => {
      const { body, headers } = received.at(-1) as Received;
      const secret = signingSecret(serviceKeys(env), 1, { id: service, generation });
      return new Webhook(secret).verify(body, Object.fromEntries(headers));
    };
    expect([verify(1), verify(2)].every((check) => check() !== undefined)).toBe(true);
    await rows('UPDATE services SET former_until = ?', Date.now() - 1);
    await newEvent();
    await push(service);
    expect(verify(2)).not.toThrow();
    expect(verify(1)).toThrow();
  });

  it('leaves out what the service does not hear of, and remembers that it has', async () => {
    const service = await newService({ types: '["user.erased"]' });
    await newEvent();
    const erased = await newEvent('user.erased');
    const last = await newEvent();
    await push(service);
    expect(idsReceived()).toEqual([`evt_${erased}`]);
    expect(await stateOf(service)).toMatchObject({ seq: last, lease: null });
  });

  it('goes on for as many as there are, of what comes meanwhile too', async () => {
    const service = await newService({ types: '["user.erased"]' });
    for (let i = 0; i < 250; i += 1) await newEvent();
    const erased = await newEvent('user.erased');
    let meanwhile = 0;
    answer = async () => {
      if (meanwhile === 0) meanwhile = await newEvent('user.erased');
      return new Response();
    };
    await push(service);
    expect(idsReceived()).toEqual([`evt_${erased}`, `evt_${meanwhile}`]);
  });

  it('hands over after a while, so that no sender outlives its lease', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const service = await newService();
    for (let i = 0; i < 10; i += 1) await newEvent();
    answer = () => {
      vi.setSystemTime(Date.now() + 5000);
      return new Response();
    };
    await push(service);
    expect(received).toHaveLength(2);
    expect(messages).toEqual([{ service, delaySeconds: 0 }]);
    expect(await stateOf(service)).toMatchObject({ lease: null, seq: Number(idsReceived()[1]?.slice(4)) });
  });

  it.each([
    [200, true],
    [201, true],
    [204, true],
    [299, true],
    [301, false],
    [302, false],
    [307, false],
    [308, false],
    [400, false],
    [404, false],
    [429, false],
    [500, false],
    [503, false],
  ])('that is answered with %i has arrived: %s', async (status, hasArrived) => {
    const service = await newService();
    const seq = await newEvent();
    await newEvent();
    answer = () =>
      new Response(null, { status, headers: status < 400 && status > 300 ? { Location: 'https://x.example/' } : {} });
    await push(service);
    expect(received).toHaveLength(hasArrived ? 2 : 1);
    const state = await stateOf(service);
    if (hasArrived) return expect(state).toMatchObject({ seq: seq + 1, failure: null, attempts: 0 });
    expect(state).toMatchObject({ seq: 0, failure: `HTTP_${status}`, attempts: 1, lease: null, halted_at: null });
    expect(state.due_at - Date.now()).toBeGreaterThan(4000);
    expect(state.due_at - Date.now()).toBeLessThan(6000);
    expect(messages).toEqual([{ service, delaySeconds: 6 }]);
    return expect(told()).toEqual(['push-failed']);
  });

  it('reads an answer no further than its head', async () => {
    const service = await newService();
    await newEvent();
    const cancel = vi.fn();
    const pull = vi.fn();
    answer = () => new Response(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }));
    await push(service);
    expect([pull.mock.calls.length, cancel.mock.calls.length]).toEqual([0, 1]);
  });

  it('that does not arrive is tried again later, and nothing behind it leaves before', async () => {
    const service = await newService();
    const [first, second] = [await newEvent(), await newEvent()];
    answer = () => Promise.reject(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    await push(service);
    expect(await stateOf(service)).toMatchObject({ failure: 'E_NO_ANSWER_IN_TIME' });
    await push(service);
    expect(received).toHaveLength(1);
    await rows('UPDATE services SET due_at = 0');
    answer = () => Promise.reject(new Error('Network connection lost.'));
    await push(service);
    expect(await stateOf(service)).toMatchObject({ failure: 'E_UNREACHABLE', attempts: 2 });
    await rows('UPDATE services SET due_at = 0');
    answer = () => new Response();
    await push(service);
    expect(idsReceived()).toEqual([first, first, first, second].map((seq) => `evt_${seq}`));
    expect(await stateOf(service)).toMatchObject({ attempts: 0, failing_since: null, failure: null });
  });

  // ASVS 13.2.6
  it('waits longer each time, to four hours, and as long as the service asks for', async () => {
    const delays = Array.from({ length: 16 }, (_, index) => delayAfter(index + 1));
    expect(delays[0]).toBeGreaterThanOrEqual(5000);
    expect(delays[0]).toBeLessThan(5600);
    for (const [index, delay] of delays.slice(1, 12).entries()) expect(delay).toBeGreaterThan(delays[index] ?? 0);
    expect(delays.at(-1)).toBeGreaterThanOrEqual(4 * HOUR_MS);
    expect(delays.at(-1)).toBeLessThanOrEqual(4.4 * HOUR_MS);
    const now = new Date('2026-11-28T12:00:00Z');
    expect(retryAfterMs('120', now)).toBe(2 * MINUTE_MS);
    expect(retryAfterMs('Sat, 28 Nov 2026 12:10:00 GMT', now)).toBe(10 * MINUTE_MS);
    expect(retryAfterMs('Sat, 28 Nov 2026 11:00:00 GMT', now)).toBe(0);
    for (const nonsense of [null, '', 'soon', '-5', '1e3']) expect(retryAfterMs(nonsense, now)).toBe(0);
    expect(retryAfterMs('999999999', now)).toBe(DAY_MS);

    const service = await newService();
    await newEvent();
    answer = () => new Response(null, { status: 503, headers: { 'Retry-After': '3600' } });
    await push(service);
    expect((await stateOf(service)).due_at - Date.now()).toBeGreaterThan(HOUR_MS - 5000);
    // The scheduled run wakes what is so far away.
    expect(messages).toEqual([]);
  });

  it('is given up after three days, which the log tells, and at once where the service is gone', async () => {
    const { METRICS, points } = recordedMetrics();
    const service = await newService({ failing_since: Date.now() - 3 * DAY_MS, attempts: 30 });
    await newEvent();
    answer = () => new Response(null, { status: 500 });
    await push(service, { METRICS });
    expect((await stateOf(service)).halted_at).toBeGreaterThan(0);
    expect(told()).toEqual(['service-halted']);
    expect(points.map(({ blobs }) => blobs)).toEqual([['push', 'halted', 'HTTP_500']]);
    await rows('UPDATE services SET due_at = 0');
    await push(service);
    expect(received).toHaveLength(1);
    expect(await forgottenServices(db())).toEqual([]);

    const gone = await newService();
    answer = () => new Response(null, { status: 410 });
    await push(gone);
    expect((await stateOf(gone)).halted_at).toBeGreaterThan(0);

    const trying = await newService({ failing_since: Date.now() - 3 * DAY_MS + MINUTE_MS, attempts: 29 });
    answer = () => new Response(null, { status: 500 });
    await push(trying);
    expect((await stateOf(trying)).halted_at).toBeNull();
  });

  it('leaves once where many are woken at the same moment', async () => {
    const service = await newService();
    for (let i = 0; i < 5; i += 1) await newEvent();
    answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return new Response();
    };
    await Promise.all(Array.from({ length: 20 }, () => push(service)));
    expect(received).toHaveLength(5);
  });

  it('is sent by another where its sender has died, and the one that was thought dead moves nothing', async () => {
    const service = await newService();
    const seq = await newEvent();
    const held = await claimPushes(db(), service, { id: 'dead', ms: MINUTE_MS }, new Date(Date.now() - 2 * MINUTE_MS));
    if (!held) throw new Error('It was not claimed.');
    expect(await forgottenServices(db())).toEqual([service]);
    await push(service);
    expect(idsReceived()).toEqual([`evt_${seq}`]);
    await newEvent();
    expect(await settlePushes(db(), held, seq + 99, { release: true })).toBe(false);
    expect(await stateOf(service)).toMatchObject({ seq });
  });

  it('is noted once the database answers again, so that it does not leave twice', async () => {
    const service = await newService();
    const seq = await newEvent();
    let failures = 2;
    const DB = new Proxy(env.DB, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name !== 'prepare') return value.bind(target);
        return (text: string) => {
          if (text.startsWith('update "services"') && failures > 0) {
            failures -= 1;
            throw new Error('D1_ERROR: Network connection lost.');
          }
          return target.prepare(text);
        };
      },
    });
    await push(service, { DB });
    expect(idsReceived()).toEqual([`evt_${seq}`]);
    expect(await stateOf(service)).toMatchObject({ seq, lease: null });
    expect(told()).toEqual(['push-not-noted', 'push-not-noted']);
  });

  it('never throws where the database is away, and says so', async () => {
    const DB = { prepare: () => ({ bind: () => ({}) }), batch: () => Promise.reject(new Error('D1_ERROR: away')) };
    await push(await newService(), { DB: DB as unknown as D1Database });
    expect(told()).toEqual(['push-fault']);
  });

  it('is counted by what became of it', async () => {
    const { METRICS, points } = recordedMetrics();
    const service = await newService();
    await newEvent();
    await push(service, { METRICS });
    await newEvent();
    answer = () => new Response(null, { status: 503 });
    await push(service, { METRICS });
    expect(points).toMatchObject([
      { blobs: ['push', 'delivered', ''], doubles: [1, expect.any(Number), 1] },
      { blobs: ['push', 'failed', 'HTTP_503'], doubles: [1, expect.any(Number), 1] },
    ]);
  });
});
