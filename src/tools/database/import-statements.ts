import { createReadStream } from 'node:fs';
import { quoted } from '../migrations/database-schema.ts';
import type { Export } from './export-file.ts';

/** The tables of a database, and those of them that keep an export out: they have rows. */
export type Found = { tables: string[]; filled: string[] };

export type Ask = <Row>(sql: string) => Promise<Row[]>;

// What a database that was just made has in it: which migrations it has had, and the sign-in of nobody that a deployment tries.
const FILLED_BY_ITSELF = ['d1_migrations', 'login_attempts'];

const TABLES = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY name`;

const mustBeEmpty = (tables: readonly string[]): string[] =>
  tables.filter((table) => !FILLED_BY_ITSELF.includes(table));

const hasRows = (table: string): string => `EXISTS (SELECT 1 FROM ${quoted(table)})`;

/** What is in a database before something is read into it. */
export const lookAt = async (ask: Ask): Promise<Found> => {
  const tables = (await ask<{ name: string }>(TABLES)).map(({ name }) => name);
  const looked = mustBeEmpty(tables);
  if (looked.length === 0) return { tables, filled: [] };
  const columns = looked.map((table) => `${hasRows(table)} AS ${quoted(table)}`);
  const [row = {}] = await ask<Record<string, number>>(`SELECT ${columns.join(', ')}`);
  return { tables, filled: looked.filter((table) => row[table]) };
};

// The database checks in the same transaction, so that whoever has signed up meanwhile is not lost; what fails is named.
const CHECK = 'import_check';
export const EMPTY = 'the database is empty';
const WHOLE = 'the export is whole';

const all = (conditions: readonly string[]): string => conditions.join(' AND ') || '1';

/** What comes before the export: the empty tables go, since it has its own. */
const statementsBefore = (tables: readonly string[]): string[] => [
  'PRAGMA defer_foreign_keys = on',
  `CREATE TABLE ${CHECK} (empty INTEGER CONSTRAINT "${EMPTY}" CHECK (empty), whole INTEGER CONSTRAINT "${WHOLE}" CHECK (whole))`,
  `INSERT INTO ${CHECK} (empty) SELECT ${all(mustBeEmpty(tables).map((table) => `NOT ${hasRows(table)}`))}`,
  ...tables.map((table) => `DROP TABLE ${quoted(table)}`),
];

const statementsAfter = ({ rows }: Export): string[] => [
  `INSERT INTO ${CHECK} (whole) SELECT ${all(
    Object.entries(rows).map(([table, n]) => `(SELECT count(*) FROM ${quoted(table)}) = ${n}`),
  )}`,
  `DROP TABLE ${CHECK}`,
];

const textOf = (statements: readonly string[]): string => statements.map((statement) => `${statement};\n`).join('');

/** The SQL that reads an export into a database with these tables: all of it, or nothing where its transaction fails. */
export async function* importText(tables: readonly string[], exported: Export): AsyncGenerator<string> {
  yield textOf(statementsBefore(tables));
  yield* createReadStream(exported.file, { encoding: 'utf8', end: exported.end - 1 });
  yield textOf(statementsAfter(exported));
}
