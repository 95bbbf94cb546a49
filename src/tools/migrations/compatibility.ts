import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ROOT } from '../root.ts';

// A migration is applied while the code before it still answers, and that code may be rolled back to. So the database
// must go on fitting what that code knows of it: drizzle's snapshot beside the migration before. First expand (add what
// the new code needs, forget in the schema what it no longer uses), and in a later release contract (remove what no
// code knows any more).

/** What drizzle knows of a schema, as far as it is read here. */
type Snapshot = {
  tables: Record<
    string,
    {
      columns: Record<string, { name: string; notNull: boolean; default?: unknown }>;
      indexes: Record<string, unknown>;
    }
  >;
};

type Column = { name: string; notnull: number; dflt_value: string | null; pk: number; hidden: number };
type Master = { type: string; name: string; tbl_name: string; sql: string | null };

/** A migration's SQL, and what drizzle knows of the schema after it. */
export type Migration = { name: string; sql: string; snapshot: Snapshot };

/** What is wrong with the files of the migrations, in one sentence. */
export class MigrationFault extends Error {}

const FOLDER = join(ROOT, 'migrations');

// The schema that the first deployment begins with: no code was ever deployed on less.
const FIRST_DEPLOYED = '0002_unsent_mails';

// What a reviewer may answer for in the migration itself: a restriction that the code before it never runs into.
const EXCUSE = /^-- The code before lives with this: \S.*$/m;

/** Every migration of the repository, in the order in which they are applied. */
export const readMigrations = (folder = FOLDER): Migration[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const name = file.slice(0, -'.sql'.length);
      return { name, sql: readFileSync(join(folder, file), 'utf8'), snapshot: readSnapshot(folder, name) };
    });

/** What drizzle knows of the schema after a migration. Throws `MigrationFault` where that is not there. */
const readSnapshot = (folder: string, name: string): Snapshot => {
  const file = `meta/${name.slice(0, 4)}_snapshot.json`;
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Snapshot;
  } catch (error) {
    const { code = 'it is no JSON' } = error as NodeJS.ErrnoException;
    throw new MigrationFault(
      `The migration ${name} has no snapshot that can be read: migrations/${file} (${code}). ` +
        '`npm run generate:migrations` writes both; one by hand begins with `npm run generate:migrations -- --custom --name it`.',
    );
  }
};

const masterOf = (database: DatabaseSync): Master[] =>
  database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_master').all() as Master[];

const columnsOf = (database: DatabaseSync, table: string): Map<string, Column> => {
  const columns = database.prepare('SELECT * FROM pragma_table_xinfo(?)').all(table) as Column[];
  return new Map(columns.map((column) => [column.name, column]));
};

const foreignKeysOf = (database: DatabaseSync, table: string): number =>
  new Set(
    database
      .prepare('SELECT id FROM pragma_foreign_key_list(?)')
      .all(table)
      .map(({ id }) => id),
  ).size;

const isFilledByItself = ({ notnull, dflt_value, pk, hidden }: Column): boolean =>
  notnull === 0 || dflt_value !== null || pk > 0 || hidden > 1;

/** What is gone that the code before reads or writes. */
const removals = (known: Snapshot, database: DatabaseSync): string[] => {
  const has = new Set(masterOf(database).map(({ type, name }) => `${type} ${name}`));
  return Object.entries(known.tables).flatMap(([table, { columns, indexes }]) => {
    if (!has.has(`table ${table}`)) return [`the table ${table} is gone`];
    const found = columnsOf(database, table);
    return [
      ...Object.keys(columns).flatMap((name) => (found.has(name) ? [] : [`the column ${table}.${name} is gone`])),
      // A statement may name one: INDEXED BY.
      ...Object.keys(indexes).flatMap((name) => (has.has(`index ${name}`) ? [] : [`the index ${name} is gone`])),
    ];
  });
};

/** What refuses a row that the code before writes. */
const demands = (known: Snapshot, database: DatabaseSync): string[] =>
  Object.entries(known.tables).flatMap(([table, { columns }]) =>
    [...columnsOf(database, table).values()].flatMap((column) => {
      const before = columns[column.name];
      if (!before && !isFilledByItself(column)) return [`the new column ${table}.${column.name} needs a value`];
      if (before && !before.notNull && column.notnull === 1) return [`${table}.${column.name} no longer takes null`];
      if (before?.default !== undefined && column.dflt_value === null)
        return [`${table}.${column.name} has no default any more`];
      return [];
    }),
  );

/** What newly restricts a known table, and may or may not ever meet the code before. */
const restrictions = (known: Snapshot, before: DatabaseSync, after: DatabaseSync): string[] => {
  const old = new Set(masterOf(before).map(({ type, name }) => `${type} ${name}`));
  const added = masterOf(after).filter(({ type, name, tbl_name }) => {
    return Object.hasOwn(known.tables, tbl_name) && !old.has(`${type} ${name}`);
  });
  const checks = (database: DatabaseSync, table: string): number =>
    masterOf(database)
      .find(({ type, name }) => type === 'table' && name === table)
      ?.sql?.match(/\bCHECK\b/gi)?.length ?? 0;
  return [
    ...added
      .filter(({ type }) => type === 'trigger')
      .map(({ name, tbl_name }) => `the new trigger ${name} on ${tbl_name}`),
    ...added
      .filter(({ type, sql }) => type === 'index' && /^CREATE UNIQUE/i.test(sql ?? ''))
      .map(({ name, tbl_name }) => `the new unique index ${name} on ${tbl_name}`),
    ...Object.keys(known.tables).flatMap((table) => [
      ...(foreignKeysOf(after, table) > foreignKeysOf(before, table) ? [`a new foreign key of ${table}`] : []),
      ...(checks(after, table) > checks(before, table) ? [`a new CHECK on ${table}`] : []),
    ]),
  ];
};

// As D1, which takes "a name" that nothing has for a text.
const databaseAfter = (migrations: readonly Migration[]): DatabaseSync => {
  const database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true });
  for (const { sql } of migrations) database.exec(sql);
  return database;
};

/** Why the code that knows a schema could not live with one of the migrations, whatever those before it did. */
const reasonsAt = (migrations: readonly Migration[], position: number, known: Snapshot): string[] => {
  const { name, sql } = migrations[position] as Migration;
  try {
    const before = databaseAfter(migrations.slice(0, position));
    const after = databaseAfter(migrations.slice(0, position + 1));
    const gone = removals(known, after);
    const reasons = [
      ...gone,
      ...(gone.length === 0 ? demands(known, after) : []),
      ...(EXCUSE.test(sql) ? [] : restrictions(known, before, after)),
    ];
    return reasons.map((reason) => `${name}: ${reason}`);
  } catch (error) {
    return [`${name}: it cannot be applied: ${(error as Error).message}`];
  }
};

/**
 * Why the code that `running` came with could not live with the migrations behind it, a line each; empty where it
 * could. `migrations` are all there are, applied in a real database; `running` is the newest that is applied already,
 * undefined where none is, and then no code is there that could be hurt.
 */
export const incompatibilities = (migrations: readonly Migration[], running: string | undefined): string[] => {
  const applied = migrations.findIndex(({ name }) => name === running) + 1;
  const known = migrations[applied - 1]?.snapshot;
  if (!known) return [];
  return migrations.slice(applied).flatMap((_, position) => reasonsAt(migrations, applied + position, known));
};

/** The names of the migrations that the first deployment began with: what they do is done. */
export const firstDeployed = (migrations: readonly Migration[]): string[] =>
  migrations.slice(0, migrations.findIndex(({ name }) => name === FIRST_DEPLOYED) + 1).map(({ name }) => name);

/** The same for each migration since the first deployment and the code just before it: every release goes a step. */
export const incompatibleSteps = (migrations: readonly Migration[]): string[] => {
  const first = firstDeployed(migrations).length;
  return migrations.flatMap((_, position) => {
    const known = migrations[position - 1]?.snapshot;
    return known && position >= first ? reasonsAt(migrations, position, known) : [];
  });
};
