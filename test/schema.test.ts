import { env } from 'cloudflare:workers';
import { is, SQL } from 'drizzle-orm';
import { getTableConfig, type SQLiteColumn, SQLiteSyncDialect, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import * as schema from '../drizzle/schema.ts';
import { rows } from './client.ts';

const tables = Object.values(schema)
  .filter((value) => is(value, SQLiteTable))
  .map((table) => getTableConfig(table));
const tableNames = tables.map(({ name }) => name).sort();

const sqlText = (fragment: SQL): string => new SQLiteSyncDialect().sqlToQuery(fragment).sql;

/** A default as the database tells it: a literal of SQL. */
const defaultOf = ({ default: value }: SQLiteColumn): string | null => {
  if (value === undefined) return null;
  if (is(value, SQL)) return sqlText(value);
  return typeof value === 'string' ? `'${value}'` : String(value);
};

const createdBy = async (name: string): Promise<string> =>
  (await rows<{ sql: string }>('SELECT sql FROM sqlite_master WHERE name = ?', name))[0]?.sql ?? '';

// What the schema has forgotten and a later release removes from the database: `table.column`, or the name of an index.
const FORGOTTEN: readonly string[] = [];

type Index = { name: string; unique: boolean; columns: string[]; where: string | null };
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

const indexesInDatabase = async (table: string): Promise<Index[]> => {
  const listed = await rows<{ name: string; unique: number; origin: string }>(`PRAGMA index_list(${table})`);
  const indexes = listed
    .filter(({ origin, name }) => origin === 'c' && !FORGOTTEN.includes(name))
    .map(async ({ name, unique }) => {
      const columns = await rows<{ name: string }>(`PRAGMA index_info(${name})`);
      const [, where] = / WHERE (.*)$/s.exec(await createdBy(name)) ?? [];
      return { name, unique: unique === 1, columns: columns.map((column) => column.name), where: where ?? null };
    });
  return (await Promise.all(indexes)).sort(byName);
};

const indexesInSchema = ({ indexes, columns }: (typeof tables)[number]): Index[] =>
  [
    ...indexes.map(({ config }) => ({
      name: config.name,
      unique: config.unique,
      columns: config.columns.map((column) => (is(column, SQL) ? sqlText(column).replace(/ DESC$/, '') : column.name)),
      where: config.where ? sqlText(config.where) : null,
    })),
    ...columns
      .filter(({ isUnique }) => isUnique)
      .map(({ name, uniqueName }) => ({ name: uniqueName ?? '', unique: true, columns: [name], where: null })),
  ].sort(byName);

type ForeignKey = { from: string; table: string; to: string; on_delete: string };
const foreignKeysInDatabase = (table: string): Promise<ForeignKey[]> =>
  rows<ForeignKey>(`SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list('${table}')`);

describe('the migrations and the schema', () => {
  it('make the same tables', async () => {
    const found = await rows<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table'
       AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'`,
    );
    expect(found.map(({ name }) => name).sort()).toEqual(tableNames);
  });

  it.each(tables)('make the same columns of $name', async ({ name, columns, primaryKeys }) => {
    const found = (await rows(`PRAGMA table_xinfo(${name})`)).filter(
      (column) => !FORGOTTEN.includes(`${name}.${column.name}`),
    );
    const together = primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
    const inDatabase = found.map((column) => [column.name, column.type, column.notnull, column.dflt_value, column.pk]);
    const inSchema = columns.map((column) => [
      column.name,
      column.getSQLType().toUpperCase(),
      Number(column.notNull),
      defaultOf(column),
      column.primary ? 1 : together.indexOf(column.name) + 1,
    ]);
    // A column that is added stands last in the database, wherever the schema tells of it: no statement counts them.
    expect(inDatabase.toSorted()).toEqual(inSchema.toSorted());
    const counted = columns.some((column) => 'autoIncrement' in column && column.autoIncrement === true);
    expect(/AUTOINCREMENT/i.test(await createdBy(name))).toBe(counted);
  });

  it.each(tables)('make the same indexes of $name', async (table) => {
    expect(await indexesInDatabase(table.name)).toEqual(indexesInSchema(table));
  });

  it.each(tables)('make the same references of $name', async ({ name, foreignKeys }) => {
    const wanted = foreignKeys.map(({ reference, onDelete }) => {
      const { columns, foreignColumns, foreignTable } = reference();
      return {
        from: columns[0]?.name,
        table: getTableConfig(foreignTable as SQLiteTable).name,
        to: foreignColumns[0]?.name,
        on_delete: (onDelete ?? 'no action').toUpperCase(),
      };
    });
    expect(await foreignKeysInDatabase(name)).toEqual(wanted);
  });
});

describe('the database', () => {
  it('has every table of the design', () => {
    expect(tableNames).toEqual(
      expect.arrayContaining([
        'audit_events',
        'erasures',
        'login_attempts',
        'outbox',
        'reset_tokens',
        'room_participations',
        'sessions',
        'users',
        'verification_tokens',
      ]),
    );
  });

  // ASVS 6.3.2
  it('begins with nobody in it: there is no account that everybody knows', async () => {
    expect(await rows('SELECT id FROM users')).toEqual([]);
  });

  it('erases with a user whatever refers to the user', async () => {
    const references = (await Promise.all(tableNames.map(foreignKeysInDatabase))).flat();
    expect(references.filter(({ table }) => table === 'users').length).toBeGreaterThanOrEqual(5);
    for (const reference of references)
      expect(reference).toMatchObject({ table: 'users', to: 'id', on_delete: 'CASCADE' });
  });

  it('refers to the user wherever a column is called so, but for what outlives the user', async () => {
    for (const { name, columns } of tables) {
      if (!columns.some((column) => column.name === 'user_id')) continue;
      const references = (await foreignKeysInDatabase(name)).map(({ from }) => from);
      expect(references, name).toEqual(['erasures', 'record_outbox', 'events'].includes(name) ? [] : ['user_id']);
    }
    expect(await foreignKeysInDatabase('audit_events')).toEqual([]);
  });

  it('holds to references, and never gives the id of an erased user again', async () => {
    const insert = `INSERT INTO users (email, password_hash, accepted_terms_at, created_at, updated_at)
                    VALUES (?, '', 0, 0, 0) RETURNING id`;
    const [first] = await rows<{ id: number }>(insert, 'first@example.com');
    await rows("INSERT INTO room_participations (user_id, room_id, joined_at) VALUES (?, 'room', 0)", first?.id);
    await rows('DELETE FROM users WHERE id = ?', first?.id);
    expect(await rows('SELECT id FROM room_participations')).toEqual([]);
    const [second] = await rows<{ id: number }>(insert, 'second@example.com');
    expect(second?.id).toBeGreaterThan(first?.id ?? 0);
    await expect(
      env.DB.prepare("INSERT INTO room_participations (user_id, room_id, joined_at) VALUES (?, 'room', 0)")
        .bind(first?.id)
        .run(),
    ).rejects.toThrow('FOREIGN KEY');
  });

  it('has one account of an address', async () => {
    const insert = () =>
      rows(
        `INSERT INTO users (email, password_hash, accepted_terms_at, created_at, updated_at)
         VALUES ('one@example.com', '', 0, 0, 0)`,
      );
    await insert();
    await expect(insert()).rejects.toThrow('UNIQUE');
  });
});
