import { join } from 'node:path';
import sharp from 'sharp';
import { ROOT } from '../../src/tools/root.ts';
import { buildWorker } from './built.ts';
import { type Row, writeTable } from './document.ts';
import { addPeople, newSecrets, writeTerms } from './people.ts';
import { type Asked, type Call, type Route, routesOf, SERVICE } from './routes.ts';
import { applyMigrations, type Runtime, startRuntime, workerOf } from './runtime.ts';

const PEOPLE = 1000;
// Milliseconds that a call takes each time, as from another continent.
const DELAYS = { D1: 80, KV: 15, R2: 40, queue: 20 };
const NEVER_MS = 20_000;

type Trip = { calls: string[]; ms: number };
type Answered = { ms: number; trips: Trip[]; rowsRead: number };

/** Asks once, and throws for an answer that is not meant. */
const answered = async (port: number, call: Call, bench: object): Promise<Answered> => {
  const began = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}${call.path}`, {
    method: call.method,
    headers: { ...call.headers, 'X-Bench': JSON.stringify(bench) },
    body: call.body ?? null,
    signal: AbortSignal.timeout(NEVER_MS),
  });
  const text = await response.text();
  const ms = performance.now() - began;
  if (response.status !== call.status) throw new Error(`${call.method} ${call.path}: ${response.status} ${text}`);
  const told = (name: string, otherwise: string) => JSON.parse(response.headers.get(name) ?? otherwise);
  return { ms, trips: told('X-Trips', '[]'), rowsRead: told('X-Rows-Read', '0') };
};

/** Sends what has to come before what is measured. */
export const asked = async (port: number, call: Call): Promise<Asked> => {
  const { method, path, headers = {}, body = null } = call;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body });
  if (response.status !== call.status)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]);
  return { fields: (await response.json()) as Asked['fields'], cookies: cookies.join('; ') };
};

/** Everybody is asked for once, since an account that is gone answers no more. */
const nextPerson = (() => {
  let person = 1;
  return () => ++person;
})();

const quickest = (tries: readonly Answered[]): Answered =>
  tries.reduce((best, next) => (next.ms < best.ms ? next : best));

/** What a route takes with storage far away and beside it, the quickest of a few tries each, in turn with one another. */
const measureRoute = async (port: number, route: Route, times: number): Promise<{ row: Row; isWithin: boolean }> => {
  const ask = async (bench: object): Promise<Answered> => answered(port, await route.call(nextPerson()), bench);
  await ask({});
  const tries: [near: Answered, far: Answered][] = [];
  for (let time = 0; time < times; time += 1) tries.push([await ask({}), await ask({ delays: DELAYS })]);
  const [near, far] = [quickest(tries.map(([near]) => near)), quickest(tries.map(([, far]) => far))];
  const expected = far.trips.reduce((sum, { ms }) => sum + ms, 0);
  const waited = far.ms - near.ms;
  await ask({ hanging: ['KV'] });
  const trips = far.trips.map(({ calls }) => [...new Set(calls.map((call) => call.split('.')[0]))].join(' + '));
  const isWithin = Math.abs(waited - expected) <= Math.max(0.1 * expected, 8);
  return {
    row: [route.name, trips.join(', ') || 'none', String(expected), waited.toFixed(0), 'yes'],
    isWithin,
  };
};

const newCrowd = async (runtime: Runtime, worker: string, people: number): Promise<void> => {
  const db = await runtime.database(worker);
  await applyMigrations(db, ROOT);
  await addPeople(db, people);
  await writeTerms(db, people);
  await db
    .prepare(
      `INSERT INTO services (id, name, types, generation, key_version, created_at, since_seq, seq, due_at) VALUES (?, 'bench', NULL, 1, 1, 0, 0, 0, 0)`,
    )
    .bind(SERVICE)
    .run();
};

/** The routes of a copy, which asks its own database for what only a mail tells. */
const routesIn = async (
  runtime: Runtime,
  worker: string,
  secrets: Awaited<ReturnType<typeof newSecrets>>,
): Promise<Route[]> => {
  const db = await runtime.database(worker);
  const noise = { width: 256, height: 256, channels: 3, background: '#48c' } as const;
  const picture = new Uint8Array(await sharp({ create: noise }).jpeg().toBuffer());
  return routesOf(
    secrets,
    picture,
    async (sql, ...values) =>
      (
        await db
          .prepare(sql)
          .bind(...values)
          .all()
      ).results,
    (call) => asked(runtime.port(worker), call),
  );
};

/**
 * What each route waits for, with every call to storage as slow as from another continent; that none waits for KV, which
 * hangs; and that a route reads as many rows of a large database as of a small one.
 */
export const measureDistance = async (
  folder: string,
  { crowd, times }: { crowd: number; times: number },
): Promise<void> => {
  const built = await buildWorker(ROOT, join(folder, 'distant'), 'test/bench/workers/distant.ts');
  const secrets = await newSecrets();
  const values = { ...secrets, RATE_LIMITS: 'off' };
  const runtime = await startRuntime(['few', 'many'].map((name) => workerOf(name, built, values)));
  try {
    await newCrowd(runtime, 'few', PEOPLE);
    const routes = await routesIn(runtime, 'few', secrets);
    const rows: Row[] = [];
    for (const route of routes) {
      const { row, isWithin } = await measureRoute(runtime.port('few'), route, times);
      console.log(row.join(' | '), isWithin ? '' : 'NOT WITHIN');
      rows.push(row);
    }
    writeTable(
      'distance',
      `Each call to D1 takes ${DELAYS.D1} ms, to KV ${DELAYS.KV}, to R2 ${DELAYS.R2}, to a queue ${DELAYS.queue}; the quickest of ${times}, less what it takes with storage beside it.`,
      ['route', 'waits for', 'trips × delay, ms', 'measured, ms', 'answers while KV hangs'],
      rows,
    );
    await newCrowd(runtime, 'many', crowd);
    await measureRows(runtime, routes, await routesIn(runtime, 'many', secrets), crowd);
  } finally {
    await runtime.stop();
  }
};

const measureRows = async (
  runtime: Runtime,
  few: readonly Route[],
  many: readonly Route[],
  crowd: number,
): Promise<void> => {
  const rows: Row[] = [];
  for (const [at, route] of few.entries()) {
    const person = nextPerson();
    const read = async (worker: string, { call }: Route): Promise<number> =>
      (await answered(runtime.port(worker), await call(person), { rows: true })).rowsRead;
    rows.push([route.name, String(await read('few', route)), String(await read('many', many[at] ?? route))]);
    console.log(rows.at(-1)?.join(' | '));
  }
  const headings = ['route', `rows read among ${PEOPLE.toLocaleString('en')}`, `among ${crowd.toLocaleString('en')}`];
  writeTable('rows', 'With what follows the answer.', headings, rows);
};
