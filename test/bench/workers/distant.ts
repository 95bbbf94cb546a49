import api from '../../../src/api/index.ts';
import { operationsOf } from '../../operations.ts';

// The API with storage far away: every call takes as long as `X-Bench` says, or never ends, and the answer tells what it waited
// for. With `rows` it tells how many rows of the database were read instead, also by what comes after the answer.
type Bench = { delays?: Record<string, number>; hanging?: string[]; rows?: boolean };

type Fetch = (request: Request, env: Env, ctx: ExecutionContext) => Promise<Response>;
const answer = api.fetch as unknown as Fetch;

type Binding = Record<string, (...values: unknown[]) => unknown>;

/** What a request has waited for, one after the other; what was asked side by side is one trip, which takes as long as its slowest. */
class Waits {
  readonly #trips: { calls: string[]; ms: number; underWay: number }[] = [];
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  async of(part: string, method: string, ask: () => unknown): Promise<unknown> {
    const ms = this.#bench.delays?.[part] ?? 0;
    const trip = this.#trip();
    trip.calls.push(`${part}.${method}`);
    trip.ms = Math.max(trip.ms, ms);
    trip.underWay += 1;
    try {
      if (this.#bench.hanging?.includes(part)) await new Promise(() => undefined);
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      return await ask();
    } finally {
      trip.underWay -= 1;
    }
  }

  /** What is over; what is under way when the answer is there, it has not waited for. */
  over(): { calls: string[]; ms: number }[] {
    return this.#trips.filter(({ underWay }) => underWay === 0).map(({ calls, ms }) => ({ calls, ms }));
  }

  #trip() {
    const last = this.#trips.at(-1);
    if (last && last.underWay > 0) return last;
    const next = { calls: [], ms: 0, underWay: 0 } as { calls: string[]; ms: number; underWay: number };
    this.#trips.push(next);
    return next;
  }
}

const far = (part: string, binding: object, waits: Waits): object =>
  new Proxy(binding, {
    get:
      (target, name) =>
      (...values: unknown[]) =>
        waits.of(part, String(name), () => (Reflect.get(target, name) as Binding[string]).apply(target, values)),
  });

const ASKS = ['all', 'first', 'raw', 'run'];
const originals = new WeakMap<object, D1PreparedStatement>();

const farStatement = (statement: D1PreparedStatement, waits: Waits): D1PreparedStatement => {
  const proxy = new Proxy(statement, {
    get: (target, name) => {
      if (name === 'bind') return (...values: unknown[]) => farStatement(target.bind(...values), waits);
      const value = Reflect.get(target, name) as Binding[string];
      if (!ASKS.includes(String(name))) return value;
      return (...values: unknown[]) => waits.of('D1', String(name), () => value.apply(target, values));
    },
  });
  originals.set(proxy, statement);
  return proxy;
};

const farDatabase = (db: D1Database, waits: Waits): object => ({
  prepare: (sql: string) => farStatement(db.prepare(sql), waits),
  batch: (statements: D1PreparedStatement[]) =>
    waits.of('D1', 'batch', () => db.batch(statements.map((statement) => originals.get(statement) ?? statement))),
});

const farBindings = (env: Env, waits: Waits): Env => ({
  ...env,
  DB: farDatabase(env.DB, waits) as D1Database,
  REVOKED_TOKENS: far('KV', env.REVOKED_TOKENS, waits) as KVNamespace,
  AVATARS: far('R2', env.AVATARS, waits) as R2Bucket,
  RECORDS: far('R2', env.RECORDS, waits) as R2Bucket,
  MAIL: far('queue', env.MAIL, waits) as Queue,
  EVENTS: far('queue', env.EVENTS, waits) as Queue,
});

/** Everything that a request starts, waited for. */
const toTheEnd = async (request: Request, env: Env, ctx: ExecutionContext): Promise<Response> => {
  const after: Promise<unknown>[] = [];
  const waitUntil = (promise: Promise<unknown>): void => void after.push(promise);
  const response = await answer(request, env, { ...ctx, waitUntil, passThroughOnException: () => undefined } as never);
  for (let at = 0; at < after.length; at += 1) await after[at];
  return response;
};

const told = (response: Response, name: string, value: unknown): Response => {
  const copy = new Response(response.body, response);
  copy.headers.set(name, JSON.stringify(value));
  return copy;
};

export default {
  fetch: async (request: Request, env: Env, ctx: ExecutionContext): Promise<Response> => {
    const bench = JSON.parse(request.headers.get('X-Bench') ?? '{}') as Bench;
    if (bench.rows) {
      let response = new Response();
      const { rowsRead } = await operationsOf(async (bindings) => {
        response = await toTheEnd(request, { ...env, ...bindings }, ctx);
      });
      return told(response, 'X-Rows-Read', rowsRead);
    }
    const waits = new Waits(bench);
    const response = await answer(request, farBindings(env, waits), ctx);
    return told(response, 'X-Trips', waits.over());
  },
};
