import { env } from 'cloudflare:workers';
import { failing } from '../client.ts';
import type { Part } from './accounts.ts';

/** What is out of order during one step: a part that refuses, or the database at one of its calls, before or after it has worked. */
export type Fault = { part: Exclude<Part, 'database'> } | { part: 'database'; at: number; manner: 'before' | 'after' };

const LOST = 'D1_ERROR: Network connection lost.';

/** What each call of a binding goes through. */
type Around = (ask: () => Promise<unknown>) => Promise<unknown>;

const ASKS = ['all', 'first', 'raw', 'run'];

/** The database, each of whose calls goes through `around`; a batch is one. */
export const databaseAround = (around: Around): D1Database => {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const watched = (original: D1PreparedStatement): D1PreparedStatement => {
    const statement = new Proxy(original, {
      get: (target, name) => {
        if (name === 'bind') return (...values: unknown[]) => watched(target.bind(...values));
        const value = Reflect.get(target, name);
        if (!ASKS.includes(String(name))) return value;
        return (...options: unknown[]) => around(() => value.apply(target, options));
      },
    });
    originals.set(statement, original);
    return statement;
  };
  return {
    prepare: (sql: string) => watched(env.DB.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      around(() => env.DB.batch(statements.map((statement) => originals.get(statement) ?? statement))),
  } as unknown as D1Database;
};

/** The bindings of a step, and whether the database has failed in it. */
export type Bindings = { bindings: Partial<Env>; hasFailed: () => boolean };

const withFailingDatabase = (at: number, manner: 'before' | 'after'): Bindings => {
  let [calls, failed] = [0, false];
  const DB = databaseAround(async (ask) => {
    calls += 1;
    if (calls !== at) return ask();
    failed = true;
    if (manner === 'after') await ask();
    throw new Error(LOST);
  });
  return { bindings: { DB }, hasFailed: () => failed };
};

const REFUSING: Record<Exclude<Part, 'database'>, () => Partial<Env>> = {
  queue: () => ({ MAIL: failing<Queue>(), EVENTS: failing<Queue>() }),
  blacklist: () => ({ REVOKED_TOKENS: failing<KVNamespace>() }),
  records: () => ({ RECORDS: failing<R2Bucket>() }),
  pictures: () => ({ AVATARS: failing<R2Bucket>() }),
};

export const bindingsWith = (fault: Fault | undefined): Bindings => {
  if (fault?.part === 'database') return withFailingDatabase(fault.at, fault.manner);
  return { bindings: fault ? REFUSING[fault.part]() : {}, hasFailed: () => false };
};
