import type { DatabaseSync } from 'node:sqlite';
import { quoted } from '../migrations/database-schema.ts';
import { DatabaseFault } from './database-fault.ts';
import { attachedOf, type Cell, countersOf, rowsOf, tablesOf } from './snapshot.ts';

// What D1 takes in one statement, which has to hold the longest row.
const STATEMENT_BYTES = 100_000;
// So many that they are read in a fraction of the time that a statement a row takes.
const WANTED_BYTES = 50_000;

// In letters, what whoever handles the file in between may take for something else: line breaks, what cannot be seen, and
// the words that wrangler cuts out of SQL, wherever they stand.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|BEGIN TRANSACTION/iu;

const hex = (bytes: Uint8Array): string => `x'${Buffer.from(bytes).toString('hex')}'`;

const textOf = (text: string): string =>
  UNSAFE.test(text) ? `CAST(${hex(Buffer.from(text))} AS TEXT)` : `'${text.replaceAll("'", "''")}'`;

const realOf = (number: number): string => {
  if (!Number.isFinite(number)) return number > 0 ? '9e999' : '-9e999';
  const digits = String(number);
  // Without a point it would be an integer.
  return /[.e]/.test(digits) ? digits : `${digits}.0`;
};

/** A value as SQL writes it, so that exactly this is read from it. */
export const literalOf = (cell: Cell): string => {
  if (cell === null) return 'NULL';
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell === 'number') return realOf(cell);
  return typeof cell === 'string' ? textOf(cell) : hex(cell);
};

/** INSERTs of many rows each; throws where one row is more than D1 takes. */
function* insertsOf(table: string, columns: readonly string[], rows: Iterable<readonly Cell[]>): Generator<string> {
  const head = `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES\n`;
  let values: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    const value = `(${row.map(literalOf).join(', ')})`;
    const length = Buffer.byteLength(value) + 2;
    if (head.length + length > STATEMENT_BYTES) {
      throw new DatabaseFault(`A row of ${table} is longer than the ${STATEMENT_BYTES} bytes that D1 reads at once.`);
    }
    if (values.length > 0 && bytes + length > WANTED_BYTES) {
      yield head + values.join(',\n');
      [values, bytes] = [[], 0];
    }
    values.push(value);
    bytes += length;
  }
  if (values.length > 0) yield head + values.join(',\n');
}

/** Counts what goes through. */
function* counted<Item>(items: Iterable<Item>, count: (n: number) => void): Generator<Item> {
  let n = 0;
  for (const item of items) {
    n += 1;
    yield item;
  }
  count(n);
}

/**
 * The statements that make a database anew: its tables, each behind those that it refers to, their rows, the ids that were
 * given, and at the end the indexes and triggers, so that none fires while rows are read. `rows` gets the number of rows of
 * each table.
 */
export function* exportStatements(database: DatabaseSync, rows: Record<string, number>): Generator<string> {
  const tables = tablesOf(database);
  // A row may refer to one of its own table that comes later.
  yield 'PRAGMA defer_foreign_keys = on';
  for (const { sql } of tables) yield sql;
  for (const table of tables) {
    const counting = counted(rowsOf(database, table), (n) => {
      rows[table.name] = n;
    });
    yield* insertsOf(table.name, table.columns, counting);
  }
  const counters = countersOf(database);
  if (counters.length > 0) yield 'DELETE FROM sqlite_sequence';
  yield* insertsOf('sqlite_sequence', ['name', 'seq'], counters);
  yield* attachedOf(database);
}
