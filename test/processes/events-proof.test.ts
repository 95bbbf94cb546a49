import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountsService } from '../../src/client/service.ts';
import type { EventType } from '../../src/outbox/event.ts';
import { type AddedService, addedService } from './added-service.ts';
import { AT_ONCE, type FaultyWorkers, IS_DEEP, SEED, startFaultyWorkers } from './faults/faulty-workers.ts';
import { type Conduct, type Receiver, startReceiver } from './faults/receivers.ts';
import type { Counts } from './faults/record.ts';

// Events through both Workers and the queue between them to three services, while everything around them fails now and then:
// `faults/`. What a service has lost and what its sender could not note is counted where it happens, and nothing else may
// arrive twice.

const USERS = IS_DEEP ? 2000 : 40;
const CHANGES = 5 * USERS;
// Behind how many requests the second service goes down, and how many of its first answers afterwards come too late.
const GOES_DOWN_AT = CHANGES / 10;
const TOO_LATE = IS_DEEP ? 3 : 1;

type Service = Receiver & AddedService;

let faulty: FaultyWorkers;
let services: Service[];

const newService = async (name: string, conductOf: (nth: number) => Conduct | Promise<Conduct>): Promise<Service> => {
  let secret = '';
  const receiver = await startReceiver(() => secret, conductOf);
  const added = await addedService(await faulty.database(), name, receiver.url);
  secret = added.secret;
  return { ...receiver, ...added };
};

/** Is down from one of its first pushes on, until it is switched on, and answers slowly ever after, the first times too late. */
const conductOfLate = async (nth: number): Promise<Conduct> => {
  if (nth === GOES_DOWN_AT) return 'go down';
  if (nth < GOES_DOWN_AT) return 'answer';
  if (nth <= GOES_DOWN_AT + TOO_LATE) return 'answer too late';
  await wait(nth % 10);
  return 'answer';
};

const FAILURES: Conduct[] = ['refuse', 'hang up', 'break off', 'break off behind the head'];
const conductOfFlaky = (nth: number): Conduct =>
  nth % 3 === 0 ? (FAILURES[(nth / 3) % FAILURES.length] ?? 'refuse') : 'answer';

beforeAll(async () => {
  faulty = await startFaultyWorkers(USERS);
  services = [
    await newService('sound', () => 'answer'),
    await newService('late', conductOfLate),
    await newService('flaky', conductOfFlaky),
  ];
  const db = await faulty.database();
  await db
    .prepare(
      `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at)
       SELECT value || '-' || users.id, users.id, ?1, ?1, ?1, ?1 + 86400000
       FROM users, json_each('["first", "second"]') WHERE users.id > 1`,
    )
    .bind(Date.now())
    .run();
});
afterAll(async () => {
  for (const { close } of services) close();
  await faulty.close();
});

/** A change as somebody makes it, and what services are told of it. */
type Change = { type: EventType; method: string; path: string; by: string; json?: object };

const ME = '/api/v1/users/me';
const named = (full_name: string): Change => ({
  ...{ type: 'user.updated', method: 'PATCH', path: ME, by: 'first', json: { full_name } },
});
const SIGNS_OUT: Change = { type: 'user.signed_out', method: 'POST', path: '/api/v1/auth/logout', by: 'second' };
const byAdministrator = (does: 'deactivate' | 'reactivate', user_id: number): Change => ({
  ...{ type: `user.${does}d`, method: 'PATCH', path: `/api/v1/users/${does}`, by: 'admin' },
  json: { user_id, reason: does === 'deactivate' ? 'Spam' : undefined },
});
const DELETES: Change = { type: 'user.deleted', method: 'DELETE', path: ME, by: 'first' };
const IS_ERASED: Change = { type: 'user.erased', method: 'DELETE', path: `${ME}?hard=true`, by: 'first' };

/** What happens to a user, in this order. */
const changesOf = (id: number): Change[] => {
  const [suspended, back] = [byAdministrator('deactivate', id), byAdministrator('reactivate', id)];
  const lives = [
    [named('Ada'), SIGNS_OUT, named('Ada L.'), named('Ada King'), DELETES],
    [named('Bob'), named('Robert'), SIGNS_OUT, named('Bob'), IS_ERASED],
    [named('Eve'), SIGNS_OUT, suspended, back, suspended],
  ];
  return lives[id % lives.length] ?? [];
};

/** Makes a change as somebody does who tries again where the answer is that something went wrong. It may have happened then. */
const make = async (id: number, { method, path, by, json }: Change): Promise<void> => {
  for (let isRepeated = false; ; isRepeated = true) {
    const token = by === 'admin' ? faulty.adminToken() : faulty.tokenOf({ id: `${by}-${id}`, userId: id });
    const headers = { Authorization: `Bearer ${await token}`, 'Content-Type': 'application/json' };
    const body = json ? { body: JSON.stringify(json) } : {};
    const answer = await faulty.workers.fetch(path, { method, headers, ...body });
    const text = await answer.text();
    if (answer.ok || (isRepeated && answer.status < 500)) return;
    if (answer.status < 500) throw new Error(`${method} ${path} for user ${id}: ${answer.status} ${text}`);
  }
};

const makeAllChanges = async (): Promise<void> => {
  const waiting = Array.from({ length: USERS }, (_, n) => n + 2);
  const somebody = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
      for (const change of changesOf(id)) await make(id, change);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, somebody));
};

/** Goes through the feed as the first service does, again and again while changes are made; answers the `seq` of each event. */
const readFeed = async (isOver: () => boolean): Promise<number[]> => {
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    for (;;) {
      const answer = await faulty.workers.fetch(String(url), init as never);
      if (answer.status < 500) return answer as unknown as Response;
    }
  };
  const [{ token } = { token: '' }] = services;
  const feed = accountsService({ origin: 'http://localhost:8787', token, fetch }).events({ pageSize: 7 });
  const seqs: number[] = [];
  for (let isLast = false; !isLast; ) {
    isLast = isOver();
    for await (const { seq } of feed) seqs.push(seq);
  }
  return seqs;
};

/** Those who have not had everything, and whether somebody sends to them. */
const isWaiting = `url IS NOT NULL AND halted_at IS NULL AND seq < (SELECT max(seq) FROM events)`;
const isLeft = `${isWaiting} AND (lease IS NULL OR leased_until = 0)`;

/** Lets time pass and the schedule come wherever a service waits and nobody sends to it, until all of them have everything. */
const untilAllHaveHeard = async (isOver: () => boolean): Promise<number> => {
  const db = await faulty.database();
  const count = (where: string) => db.prepare(`SELECT count(*) AS n FROM services WHERE ${where}`).first<number>('n');
  for (let runs = 0; ; ) {
    const wasOver = isOver();
    if (await count(isLeft)) {
      await db.prepare('UPDATE services SET due_at = 0 WHERE lease IS NULL').run();
      await faulty.workers.getWorker<Env>().scheduled({ cron: '* * * * *', scheduledTime: new Date() });
      runs += 1;
    }
    if (wasOver && !(await count(isWaiting))) return runs;
    await wait(wasOver ? 100 : 500);
  }
};

const sum = (tally: Counts) => Object.values(tally).reduce((total, n) => total + n, 0);

/** How often each event arrived beyond the first time. */
const doublesOf = ({ arrivals }: Receiver): Counts => {
  const times: Counts = {};
  for (const seq of arrivals) times[seq] = (times[seq] ?? -1) + 1;
  return Object.fromEntries(Object.entries(times).filter(([, n]) => n > 0));
};

/** How often the answer to an event was lost at the service, or the note of it where it was sent from. */
const lossesOf = ({ id, lost }: Service, unnoted: Counts): Counts => {
  const losses: Counts = { ...lost };
  for (const [key, n] of Object.entries(unnoted)) {
    const [service, seq = ''] = key.split(' ');
    if (service === id) losses[seq] = (losses[seq] ?? 0) + n;
  }
  return losses;
};

it(
  `${CHANGES} changes reach three services, each in order, whatever fails, and twice only where an answer or its note is lost`,
  async () => {
    const start = Date.now();
    let [isOver, changed] = [false, 0];
    const changing = makeAllChanges().finally(() => {
      [isOver, changed] = [true, Date.now()];
    });
    const reading = readFeed(() => isOver);
    const [, late] = services;
    const backAgain = Promise.all([changing, late?.down]).then(() => late?.open());
    const [runs, read] = await Promise.all([untilAllHaveHeard(() => isOver), reading, changing, backAgain]);
    await faulty.quiet();

    const db = await faulty.database();
    type Told = { seq: number; type: EventType; user_id: number };
    const { results: told } = await db.prepare('SELECT seq, type, user_id FROM events ORDER BY seq').all<Told>();
    const halted = await db.prepare('SELECT name FROM services WHERE halted_at IS NOT NULL').all();
    const { counts, unnoted, batches } = await faulty.mailer();
    const api = await faulty.apiFaults();
    const byService = services.map((service) => ({
      service,
      doubles: doublesOf(service),
      losses: lossesOf(service, unnoted),
    }));
    const line = byService.map(({ service, doubles, losses }) => ({
      ...{ service: service.name, arrivals: service.arrivals.length, doubles: sum(doubles), lost: sum(losses) },
    }));
    process.stderr.write(
      `${JSON.stringify({ seed: SEED, changes: CHANGES, users: USERS, events: told.length, services: line, batches, runs, changing_s: (changed - start) / 1000, total_s: (Date.now() - start) / 1000, mailer: counts, api })}\n`,
    );

    // No change without its event, no event without its change, and those of one user in the order of the changes.
    for (const id of Array.from({ length: USERS }, (_, n) => n + 2)) {
      const types = told.filter(({ user_id }) => user_id === id).map(({ type }) => type);
      expect(types, `user ${id}`).toEqual(changesOf(id).map(({ type }) => type));
    }
    expect(told).toHaveLength(CHANGES);
    const seqs = told.map(({ seq }) => seq);
    expect(read).toEqual(seqs);
    for (const { service, doubles, losses } of byService) {
      const { name, arrivals } = service;
      expect([...new Set(arrivals)], name).toEqual(seqs);
      // One that comes again does so before the next.
      expect(arrivals, name).toEqual(arrivals.toSorted((a, b) => a - b));
      expect(doubles, name).toEqual(losses);
    }
    expect(halted.results).toEqual([]);
    // Otherwise nothing was proved.
    for (const call of ['claim', 'fetch', 'settle', 'fail']) {
      const failures = ['refused', 'lost', 'death'].map((what) => counts[`${call} ${what}`] ?? 0);
      expect(Math.max(...failures), call).toBeGreaterThan(0);
    }
    expect(sum(unnoted)).toBeGreaterThan(0);
  },
  60 * 60_000,
);
