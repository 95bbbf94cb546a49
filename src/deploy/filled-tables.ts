import { type Column, quoted, readSchema, type Schema } from './database-schema.ts';
import type { LocalDatabase } from './local-d1.ts';

/** By `table.column`: the SQL of a value that may name the number of its row, `n`. */
export type GivenValues = ReadonlyMap<string, string>;

// Where a made-up value would not do, as in a column that a CHECK or the migration itself reads, a migration gives one.
const GIVEN = /^-- Try with (\S+\.\S+): (\S.*)$/gm;

/** The values that these migrations give; a later one wins. */
export const givenValues = (migrations: readonly { sql: string }[]): GivenValues =>
  new Map(migrations.flatMap(({ sql }) => [...sql.matchAll(GIVEN)].map(([, of = '', value = '']) => [of, value])));

const literal = ({ table, name, type }: Column, n: number): string => {
  if (/INT/i.test(type)) return String(n);
  if (/CHAR|CLOB|TEXT/i.test(type)) return `'${`${table}.${name} ${n}`.replaceAll("'", "''")}'`;
  if (/REAL|FLOA|DOUB/i.test(type)) return `${n}.5`;
  return type === '' || /BLOB/i.test(type) ? `x'${n.toString(16).padStart(8, '0')}'` : String(n);
};

/** The value of row `n`: unlike that of any other row, and for a reference that of the parent's row `n`. */
const cellOf = (schema: Schema, given: GivenValues, column: Column, n: number): string => {
  const { table, name } = column;
  const value = given.get(`${table}.${name}`);
  if (value !== undefined) return `(SELECT ${value} FROM (SELECT ${n} AS n))`;
  const reference = schema.references.find((one) => one.table === table && one.from === name);
  const parents = schema.tables.get(reference?.parent ?? '') ?? [];
  const parent = parents.find((one) => (reference?.to == null ? one.pk === 1 : one.name === reference.to));
  const isItself = parent?.table === table && parent.name === name;
  return parent && !isItself ? cellOf(schema, given, parent, n) : literal(column, n);
};

const insert = (table: string, columns: readonly Column[], value: (column: Column) => string): string =>
  columns.length === 0
    ? `INSERT INTO ${quoted(table)} DEFAULT VALUES`
    : `INSERT INTO ${quoted(table)} (${columns.map(({ name }) => quoted(name)).join(', ')}) VALUES (${columns.map(value).join(', ')})`;

const mustBeGiven = ({ notnull, dflt_value, pk }: Column): boolean => pk > 0 || (notnull === 1 && dflt_value === null);

/** How many rows every table gets at a time. */
export const ROWS = 3;

// Far above the highest row, as where newer rows are gone again.
const GIVEN_ALREADY = 1000;

/**
 * Puts `ROWS` rows into every table, the first of them with the number `from`: two with a value in every column, and one
 * that has only what it must have. Ids above those of the rows have been given already.
 */
export const fillTables = async (database: LocalDatabase, given: GivenValues, from: number): Promise<void> => {
  const schema = await readSchema(database);
  const rows = [...schema.tables].flatMap(([table, all]) => {
    const columns = all.filter(({ hidden }) => hidden === 0);
    const row = (n: number, filled: readonly Column[]) =>
      insert(table, filled, (column) => cellOf(schema, given, column, n));
    return [row(from, columns), row(from + 1, columns), row(from + 2, columns.filter(mustBeGiven))];
  });
  const count = schema.counting.length > 0 ? [`UPDATE sqlite_sequence SET seq = seq + ${GIVEN_ALREADY}`] : [];
  // So the order of the tables does not matter.
  await database.write(['PRAGMA defer_foreign_keys = on', ...rows, ...count].join(';\n'));
};

/** Lets every table that counts its ids have given some, with no row left of them, as where mails have all been sent. */
export const countIds = async (database: LocalDatabase, { counting }: Schema): Promise<void> => {
  const statements = counting.map(
    (table) => `INSERT INTO sqlite_sequence (name, seq) SELECT '${table}', ${GIVEN_ALREADY}
      WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '${table}')`,
  );
  if (statements.length > 0) await database.write(statements.join(';\n'));
};
