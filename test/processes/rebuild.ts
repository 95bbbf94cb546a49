import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generateSQLiteMigration } from 'drizzle-kit/api';
import { readMigrations } from '../../src/tools/migrations/compatibility.ts';

// How a table is rebuilt: as drizzle-kit writes it, and as CONTRIBUTING.md shows it.

const PROJECT = resolve(import.meta.dirname, '../..');

/** Drizzle's own snapshot, as far as it is changed and read here. */
type Snapshot = {
  tables: Record<
    string,
    {
      columns: Record<string, { name: string; type: string; notNull: boolean; default?: string | number }>;
      foreignKeys: Record<string, { tableTo: string; columnsFrom: string[] }>;
    }
  >;
};

const newest = readMigrations().at(-1)?.snapshot as unknown as Snapshot;

/** What drizzle-kit writes for a table whose first text column gets another default; `added` is a new column besides. */
const generate = async (table: string, added?: string): Promise<string[]> => {
  const changed = structuredClone(newest);
  const columns = changed.tables[table]?.columns ?? {};
  const column = Object.values(columns).find(({ type, default: value }) => type === 'text' || value !== undefined);
  if (!column) throw new Error(`${table} has no column whose default can be changed.`);
  column.default = column.type === 'text' ? "'changed'" : 7;
  if (added) columns[added] = { ...column, name: added, notNull: false };
  return generateSQLiteMigration(newest as never, changed as never);
};

const TABLES = ['users', 'outbox', 'audit_events'] as const;
const generated = new Map<string, string[]>();
for (const table of TABLES) generated.set(table, await generate(table));
generated.set('outbox colour', await generate('outbox', 'colour'));

const statementsOf = (key: string): string[] => {
  const statements = generated.get(key);
  if (!statements?.some((statement) => statement.startsWith('DROP TABLE'))) throw new Error(`${key} is not rebuilt.`);
  return statements;
};

/** The migration that drizzle-kit writes for it. */
export const generatedRebuild = (table: string, added?: string): string =>
  statementsOf(added ? `${table} ${added}` : table).join('\n--> statement-breakpoint\n');

/** Every column that refers to a table. */
export const referringTo = (parent: string): { table: string; column: string }[] =>
  Object.entries(newest.tables).flatMap(([table, { foreignKeys }]) =>
    Object.values(foreignKeys)
      .filter(({ tableTo }) => tableTo === parent)
      .map(({ columnsFrom: [column = ''] }) => ({ table, column })),
  );

/** Every trigger on a table, as it was made. */
export const triggersOn = (table: string): string[] =>
  readMigrations().flatMap(
    ({ sql }) =>
      sql.match(RegExp(`^CREATE TRIGGER \\S+ [A-Z ]+(?: OF .+)? ON \`${table}\`\\s[\\s\\S]*?^END;`, 'gm')) ?? [],
  );

/** The recipe of CONTRIBUTING.md, line by line, with what it says is generated, and for each table that refers to it. */
export const rebuildAsShown = (table: string): string => {
  const contributing = readFileSync(join(PROJECT, 'CONTRIBUTING.md'), 'utf8');
  const recipe = /```sql\n(PRAGMA defer_foreign_keys[\s\S]*?)```/.exec(contributing)?.[1];
  if (!recipe) throw new Error('CONTRIBUTING.md shows no rebuild.');
  return recipe
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [statement = '', said = ''] = line.split(/ +-- /);
      if (said.startsWith('as generated')) {
        const [kind = ''] = /^(?:[A-Z]+ )+/.exec(statement) ?? [];
        const those = /INDEX/.test(kind) ? /^CREATE (?:UNIQUE )?INDEX/ : RegExp(`^${kind}`);
        return statementsOf(table)
          .filter((one) => those.test(one))
          .map((one) => one.trim());
      }
      if (said.startsWith('for each table'))
        return referringTo(table).map((one) =>
          statement.replaceAll('sessions', one.table).replaceAll('user_id', one.column),
        );
      return said.startsWith('every trigger') ? triggersOn(table) : statement.replaceAll('users', table);
    })
    .join('\n');
};

/** Puts a migration behind those of a checkout, with the schema as it was. */
export const landRebuild = (folder: string, sql: string): void => {
  const meta = join(folder, 'migrations/meta');
  const last = readMigrations().at(-1)?.name.slice(0, 4);
  copyFileSync(join(meta, `${last}_snapshot.json`), join(meta, '0099_snapshot.json'));
  writeFileSync(join(folder, 'migrations/0099_rebuilt.sql'), sql);
};
