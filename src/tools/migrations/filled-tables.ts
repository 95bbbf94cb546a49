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

/** Whether a row has no value there unless one is given; or has the default, where only one row may have it. */
const mustBeGiven = (schema: Schema, column: Column): boolean => {
  const { notnull, dflt_value, pk } = column;
  return pk > 0 || (dflt_value === null ? notnull === 1 : isUnique(schema, column));
};

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
    return [
      row(from, columns),
      row(from + 1, columns),
      row(
        from + 2,
        columns.filter((column) => mustBeGiven(schema, column)),
      ),
    ];
  });
  const count = schema.counting.length > 0 ? [`UPDATE sqlite_sequence SET seq = seq + ${GIVEN_ALREADY}`] : [];
  // So the order of the tables does not matter.
  await database.write(['PRAGMA defer_foreign_keys = on', ...rows, ...count].join(';\n'));
};

// A migration that names more values than these is none that a condition of these values decides.
const MOST_LITERALS = 20;

/** The texts and numbers that a migration names, as SQL writes them. */
const literalsOf = (sql: string): string[] => {
  const code = sql.replaceAll(/--.*$/gm, '');
  const found = code.matchAll(/'(?:[^']|'')*'|(?<![\w.'"`])\d+(?:\.\d+)?(?![\w.'"`])/g);
  return [...new Set([...found].map(([literal]) => literal))].slice(0, MOST_LITERALS);
};

const takes = ({ type }: Column, literal: string): boolean =>
  literal.startsWith("'") ? /CHAR|CLOB|TEXT/i.test(type) : /INT|REAL|FLOA|DOUB|NUM/i.test(type);

/**
 * Adds the rows that a condition of a migration may be about, from the number `from` on: for each column that it names a
 * row with each text or number that it names, and beside that only what a row must have. So `WHERE role = 'admin'` finds
 * somebody, and what it takes away is missed. Answers how many there are; what a constraint does not let in stays out.
 */
export const fillNamedValues = async (
  database: LocalDatabase,
  given: GivenValues,
  from: number,
  sql: string,
): Promise<number> => {
  const schema = await readSchema(database);
  const named = (column: Column): boolean =>
    column.pk === 0 &&
    column.hidden === 0 &&
    !isReference(schema, column) &&
    !isUnique(schema, column) &&
    new RegExp(`\\b${column.name}\\b`).test(sql);
  const cases = [...schema.tables].flatMap(([table, all]) =>
    all.filter(named).flatMap((column) =>
      literalsOf(sql)
        .filter((literal) => takes(column, literal))
        .map((literal) => ({ table, all, column, literal })),
    ),
  );
  const rows = cases.map(({ table, all, column, literal }, position) =>
    insert(
      table,
      all.filter((one) => one.hidden === 0 && (one === column || mustBeGiven(schema, one))),
      (one) => (one === column ? literal : cellOf(schema, given, one, isReference(schema, one) ? 1 : from + position)),
    ).replace('INSERT', 'INSERT OR IGNORE'),
  );
  if (rows.length > 0) await database.write(['PRAGMA defer_foreign_keys = on', ...rows].join(';\n'));
  return rows.length;
};

/** Whether no two rows have the same value, so that one that a default gives must be left to it. */
const isUnique = ({ attached }: Schema, { table, name }: Column): boolean =>
  attached.some(
    (one) => one.table === table && /^CREATE UNIQUE/i.test(one.sql) && new RegExp(`\\b${name}\\b`).test(one.sql),
  );

const isReference = ({ references }: Schema, { table, name }: Column): boolean =>
  references.some((one) => one.table === table && one.from === name);

/** Lets every table that counts its ids have given some, with no row left of them, as where mails have all been sent. */
export const countIds = async (database: LocalDatabase, { counting }: Schema): Promise<void> => {
  const statements = counting.map(
    (table) => `INSERT INTO sqlite_sequence (name, seq) SELECT '${table}', ${GIVEN_ALREADY}
      WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '${table}')`,
  );
  if (statements.length > 0) await database.write(statements.join(';\n'));
};
