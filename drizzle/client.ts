import type { SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import type { SQLiteRaw } from 'drizzle-orm/sqlite-core/query-builders/raw';
import { type DatabasePart, withNamedFailures } from './binding.ts';

export type Database = DrizzleD1Database & { $client: D1Database };

// An isolate has the same binding at every request.
const known = new WeakMap<D1Database, Map<DatabasePart, Database>>();

/**
 * Drizzle on a D1 binding. D1 has no interactive transactions: what belongs together is one `batch()`. A batch rejects
 * with `DatabaseUnavailable` where D1 does not answer in the time that `part` has; a statement with Drizzle's error, whose
 * cause that is.
 */
export const database = (binding: D1Database, part: DatabasePart = 'D1'): Database => {
  const ofBinding = known.get(binding) ?? new Map<DatabasePart, Database>();
  known.set(binding, ofBinding);
  const db = ofBinding.get(part) ?? drizzle(withNamedFailures(binding, part));
  ofBinding.set(part, db);
  return db;
};

/**
 * A question that is asked often: `make` writes its statement once for each database, with placeholders, and every call
 * binds its values to it. To write one costs more than to ask it.
 */
export const prepared = <Prepared extends WeakKey>(make: (db: Database) => Prepared): ((db: Database) => Prepared) => {
  const made = new WeakMap<Database, Prepared>();
  return (db) => {
    const found = made.get(db) ?? make(db);
    made.set(db, found);
    return found;
  };
};

/**
 * A statement written by hand, to stand in a `batch()` or to be awaited; answers the rows that it returns, with the
 * names of the database. Drizzle's batch binds parameters only through the prepared statement that its builders
 * carry, so this one carries it too.
 */
export const statement = <Row = unknown>(db: Database, query: SQL): SQLiteRaw<Row[]> => {
  const raw = db.all<Row>(query) as unknown as SQLiteRaw<Row[]>;
  return Object.assign(raw, { stmt: db.$client.prepare(raw.getQuery().sql) });
};

export type Statements = Record<string, BatchItem<'sqlite'>>;

/** What each statement of a batch has returned, under its name. */
export type Results<Named extends Statements> = { [Name in keyof Named]: Named[Name]['_']['result'] };

/**
 * Runs statements as one batch, all or nothing, in the order in which they are named, and answers what each has returned
 * under its name. A name is no number, which JavaScript would put first.
 */
export const batch = async <Named extends Statements>(db: Database, statements: Named): Promise<Results<Named>> => {
  const names = Object.keys(statements);
  const results = await db.batch(Object.values(statements) as [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]]);
  return Object.fromEntries(names.map((name, position) => [name, results[position]])) as Results<Named>;
};
