import { env } from 'cloudflare:workers';

/** What each call of a binding goes through. */
export type Around = (ask: () => Promise<unknown>) => Promise<unknown>;

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

/** The database, with something that happens before a trip to it: the first is 1. */
export const databaseBefore = (trip: number, happens: () => Promise<unknown>): D1Database => {
  let made = 0;
  return databaseAround(async (ask) => {
    made += 1;
    if (made === trip) await happens();
    return ask();
  });
};

/** A bucket, each of whose calls goes through `around`. */
export const bucketAround = (bucket: R2Bucket, around: Around): R2Bucket =>
  new Proxy(bucket, {
    get:
      (target, name) =>
      (...values: unknown[]) =>
        around(() => (Reflect.get(target, name) as (...values: unknown[]) => Promise<unknown>).apply(target, values)),
  });
