import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';

export type Row = Record<string, unknown>;

/** A database; what it refuses throws in D1's own words. */
export type LocalDatabase = {
  /** Applies a migration as wrangler has D1 do it: whole, and with the note that it was applied, in one transaction. */
  apply: (migration: { name: string; sql: string }) => Promise<void>;
  /** Applies migrations that are known to pass, all at once and in a twentieth of the time. */
  applyKnown: (migrations: readonly { name: string; sql: string }[]) => Promise<void>;
  /** Runs statements in one transaction and answers the rows of each. */
  read: (sql: string) => Promise<Row[][]>;
  /** The same for much SQL at once, in a tenth of the time; answers nothing. */
  write: (sql: string) => Promise<void>;
};

/** D1 on this machine, in memory; it forgets everything when it is closed. */
export type LocalD1 = {
  /** A database with nothing in it. */
  fresh: () => LocalDatabase;
  close: () => Promise<void>;
};

const NOTES = `CREATE TABLE IF NOT EXISTS d1_migrations
  (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

const refused = (error: Error): never => {
  const words = error.message.replace(/^D1_ERROR: /, '').replace(/(?: at offset \d+)?: SQLITE_\w+(?: \(.*\))?$/, '');
  throw new Error(words, { cause: error });
};

type Binding = { binding: string; database_name?: string; database_id?: string; preview_database_id?: string };

/** The databases of these bindings, in memory or below a folder of wrangler's, and how they are closed. */
const open = async (databases: readonly Binding[], below: string | undefined) => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-d1-'));
  const config = join(folder, 'wrangler.json');
  writeFileSync(config, JSON.stringify({ name: 'trial', compatibility_date: '2026-11-01', d1_databases: databases }));
  // wrangler reads its own settings when it is loaded.
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false';
  process.env['WRANGLER_SEND_METRICS'] = 'false';
  process.env['WRANGLER_WRITE_LOGS'] = 'false';
  delete process.env['CLOUDFLARE_ENV'];
  const { getPlatformProxy, unstable_splitSqlQuery: split } = await import('wrangler');
  const proxy = await getPlatformProxy<Record<string, D1Database>>({
    configPath: config,
    persist: below === undefined ? false : { path: below },
    remoteBindings: false,
    envFiles: [],
  });
  const close = async (): Promise<void> => {
    await proxy.dispose();
    rmSync(folder, { recursive: true, force: true });
  };
  const find = (name: string): LocalDatabase | undefined => proxy.env[name] && asDatabase(proxy.env[name], split);
  return { find, close };
};

const asDatabase = (database: D1Database, split: (sql: string) => string[]): LocalDatabase => {
  // Each waits for the runtime to answer, with this whole process; the same are asked again and again.
  const prepared = new Map<string, D1PreparedStatement>();
  const prepare = (sql: string): D1PreparedStatement => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  const read = async (sql: string): Promise<Row[][]> => {
    const statements = split(sql).map(prepare);
    const results = await database.batch<Row>(statements).catch(refused);
    return results.map((result) => result.results);
  };
  const write = async (sql: string): Promise<void> => {
    await database.prepare(sql).run().catch(refused);
  };
  // Its last statement has to end with a semicolon, as with wrangler.
  const noted = ({ name, sql }: { name: string; sql: string }): string =>
    `${sql}\nINSERT INTO d1_migrations (name)\nvalues ('${name}.sql');`;
  const apply: LocalDatabase['apply'] = async (migration) => {
    await write(NOTES);
    await read(noted(migration));
  };
  const applyKnown: LocalDatabase['applyKnown'] = (migrations) =>
    write([`${NOTES};`, ...migrations.map(noted)].join('\n'));
  return { apply, applyKnown, read, write };
};

/**
 * Opens as many databases as are asked for. It is the real one, since another SQLite differs where it matters: D1 takes
 * `"a name"` that nothing has for a text, refuses a temporary table and a savepoint, and lets nobody turn references off.
 */
export const openLocalD1 = async (count: number): Promise<LocalD1> => {
  const names = Array.from({ length: count }, (_, number) => `DB_${number}`);
  const bindings = names.map((name) => ({ binding: name, database_name: name, database_id: name }));
  const { find, close } = await open(bindings, undefined);
  return {
    fresh: () => {
      const database = find(names.shift() ?? '');
      if (!database) throw new Error('There are no more databases to try something on.');
      return database;
    },
    close,
  };
};

/** Does something with the database of a binding as `wrangler dev --persist-to` has it, in the folder `v3` below that one. */
export const withDatabaseOf = async (
  binding: Binding,
  below: string,
  work: (database: LocalDatabase) => Promise<void>,
): Promise<void> => {
  const { find, close } = await open([binding], below);
  try {
    const database = find(binding.binding);
    if (database) await work(database);
  } finally {
    await close();
  }
};
