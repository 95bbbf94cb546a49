import type { DatabaseSync } from 'node:sqlite';
import { quoted } from '../migrations/database-schema.ts';

// A database as node:sqlite has it, at one moment, read for what an export holds. What SQLite, D1 and the runtime keep for
// themselves is left out; the list of the migrations that were applied is not, since the next migration asks for it.

export type Table = { name: string; sql: string; columns: string[]; key: string[]; parents: string[] };

const OURS = "sql IS NOT NULL AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'";

const all = <Row>(database: DatabaseSync, sql: string, ...values: string[]): Row[] =>
  database.prepare(sql).all(...values) as Row[];

const tableOf = (database: DatabaseSync, { name, sql }: { name: string; sql: string }): Table => ({
  name,
  sql,
  // A generated column makes its value itself.
  columns: all<{ name: string }>(database, 'SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0', name).map(
    (column) => column.name,
  ),
  key: all<{ name: string }>(database, 'SELECT name FROM pragma_table_xinfo(?) WHERE pk > 0 ORDER BY pk', name).map(
    (column) => column.name,
  ),
  parents: all<{ parent: string }>(
    database,
    'SELECT DISTINCT "table" AS parent FROM pragma_foreign_key_list(?)',
    name,
  ).map(({ parent }) => parent),
});

/** The tables, each behind those that it refers to; what refers to itself, or in a circle, comes in the order of the names. */
export const tablesOf = (database: DatabaseSync): Table[] => {
  const listed = all<{ name: string; sql: string }>(
    database,
    `SELECT name, sql FROM sqlite_master WHERE type = 'table' AND ${OURS} ORDER BY name`,
  );
  const left = new Map(listed.map((one) => [one.name, tableOf(database, one)]));
  const sorted: Table[] = [];
  while (left.size > 0) {
    const isFree = ({ name, parents }: Table): boolean =>
      parents.every((parent) => parent === name || !left.has(parent));
    const free = [...left.values()].filter(isFree);
    const next = free.length > 0 ? free : [...left.values()];
    sorted.push(...next);
    for (const { name } of next) left.delete(name);
  }
  return sorted;
};

/** What is made of tables and has no rows, as SQL: indexes, views, and at the end triggers. */
export const attachedOf = (database: DatabaseSync): string[] =>
  all<{ sql: string }>(
    database,
    `SELECT sql FROM sqlite_master WHERE type IN ('index', 'view', 'trigger') AND ${OURS}
     ORDER BY type = 'trigger', type, rowid`,
  ).map(({ sql }) => sql);

export type Cell = null | bigint | number | string | Uint8Array;

/** The rows of a table, or those of a condition, one after the other; integers are exact. */
export function* rowsOf(
  database: DatabaseSync,
  { name, columns }: Pick<Table, 'name' | 'columns'>,
  where = 'true',
): Generator<Cell[]> {
  const select = database.prepare(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)} WHERE ${where}`);
  select.setReadBigInts(true);
  select.setReturnArrays(true);
  yield* select.iterate() as unknown as Iterable<Cell[]>;
}

/** The last id that each counting table has given, by its name; none before the first that counts. */
export const countersOf = (database: DatabaseSync): [name: string, seq: bigint][] => {
  if (all(database, "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").length === 0) return [];
  const select = database.prepare('SELECT name, seq FROM sqlite_sequence ORDER BY name');
  select.setReadBigInts(true);
  return select.all().map(({ name, seq }) => [String(name), BigInt(seq as bigint)]);
};

/** The names of the migrations that were applied, oldest first. */
export const migrationsOf = (database: DatabaseSync): string[] =>
  all(database, "SELECT 1 FROM sqlite_master WHERE name = 'd1_migrations'").length === 0
    ? []
    : all<{ name: string }>(database, 'SELECT name FROM d1_migrations ORDER BY id').map(({ name }) =>
        name.replace(/\.sql$/, ''),
      );
