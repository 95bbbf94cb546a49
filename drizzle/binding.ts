import { inTime, type Part } from '../src/workers/deadline.ts';

/** D1 did not answer, or not in time, and whether it did what it was asked nobody knows. The message is D1's own, for the log alone. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}

// Where D1 did answer, the name of SQLite's result stands at the end: these say that what we ask is wrong.
const BUG_OF_OURS = /^D1_TYPE_ERROR|\bSQLITE_(?:ERROR|CONSTRAINT|MISMATCH|RANGE|TOOBIG|AUTH|MISUSE)\b/;
// It is not among them that the deployment's migrations are still to come.
const NOT_THERE_YET = /no such (?:table|column)|has no column named/;

/** What the platform's other words are, it changes; so they are not looked at, only from where they come. */
const named = (thrown: unknown): Error => {
  if (!(thrown instanceof Error)) return new DatabaseUnavailable(typeof thrown);
  const isBugOfOurs = BUG_OF_OURS.test(thrown.message) && !NOT_THERE_YET.test(thrown.message);
  return isBugOfOurs ? thrown : new DatabaseUnavailable(thrown.message);
};

/** As what D1 is waited for: by somebody who waits for an answer, or behind the scenes. */
export type DatabasePart = Extract<Part, `D1${string}`>;

const asked = async (part: DatabasePart, ask: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await inTime(part, ask());
  } catch (error) {
    throw named(error);
  }
};

const ASKS = ['all', 'first', 'raw', 'run'];

// A batch takes only statements that D1 has made itself.
const original = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

const watched = (part: DatabasePart, statement: D1PreparedStatement): D1PreparedStatement => {
  const proxy = new Proxy(statement, {
    get: (target, name) => {
      if (name === 'bind') return (...values: unknown[]) => watched(part, target.bind(...values));
      const value = Reflect.get(target, name);
      if (!ASKS.includes(String(name))) return value;
      return (...options: unknown[]) => asked(part, () => value.apply(target, options));
    },
  });
  original.set(proxy, statement);
  return proxy;
};

/**
 * The same binding, whose statements and batches reject with `DatabaseUnavailable` for every failure but those in which
 * SQLite says that the question is wrong; they keep their words. Every question goes through here, and waits for its answer no
 * longer than `part` may take.
 */
export const withNamedFailures = (binding: D1Database, part: DatabasePart): D1Database =>
  new Proxy(binding, {
    get: (target, name) => {
      if (name === 'prepare') return (query: string) => watched(part, target.prepare(query));
      if (name === 'batch')
        return (statements: D1PreparedStatement[]) =>
          asked(part, () => target.batch(statements.map((statement) => original.get(statement) ?? statement)));
      return Reflect.get(target, name);
    },
  });
