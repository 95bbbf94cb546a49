import { createRequire } from 'node:module';
import { NOTES, noted } from './notes.ts';

export type Row = Record<string, unknown>;

/** A database; what it refuses throws in D1's own words. */
export type LocalDatabase = {
  /** Applies a migration as wrangler has D1 do it: whole, and with the note that it was applied, in one transaction. */
  apply: (migration: { name: string; sql: string }) => Promise<void>;
  /**
   * Applies migrations in one transaction and in a twentieth of the time. They are not taken apart as wrangler does it, so
   * that whether it would get through with them does not show.
   */
  applyAtOnce: (migrations: readonly { name: string; sql: string }[]) => Promise<void>;
  /** Runs statements in one transaction and answers the rows of each. */
  read: (...statements: string[]) => Promise<Row[][]>;
  /** Runs SQL of any length in one transaction, taken apart as wrangler does it; answers nothing. */
  run: (sql: string) => Promise<void>;
  /** The same for SQL of up to 100 KB without taking it apart, in a tenth of the time. */
  write: (sql: string) => Promise<void>;
};

/** D1 on this machine, in memory; it forgets everything when it is closed. */
export type LocalD1 = {
  /** A database with nothing in it. */
  fresh: () => LocalDatabase;
  close: () => Promise<void>;
};

type Binding = { binding: string; database_name?: string; database_id?: string; preview_database_id?: string };
type Answer = { rows: Row[][]; refusal?: string };

// Who asks through wrangler's own bindings waits for each statement with the whole process.
const WORKER = `export default {
  async fetch(request, env) {
    const [binding, ...statements] = await request.json();
    try {
      const results = await env[binding].batch(statements.map((sql) => env[binding].prepare(sql)));
      return Response.json({ rows: results.map(({ results }) => results) });
    } catch (error) {
      return Response.json({ rows: [], refusal: error.message });
    }
  }
}`;

const words = (refusal: string): string =>
  refusal.replace(/^D1_ERROR: /, '').replace(/(?: at offset \d+)?: SQLITE_\w+(?: \(.*\))?$/, '');

/** The databases of these bindings, in memory or below a folder of wrangler's, and how they are closed. */
const open = async (databases: readonly Binding[], below: string | undefined) => {
  // That of wrangler, which itself takes a second to load.
  const wranglers = createRequire(import.meta.resolve('wrangler'));
  const { Log, LogLevel, Miniflare }: typeof import('miniflare') = wranglers('miniflare');
  const idOf = ({ binding, database_id, preview_database_id }: Binding) =>
    preview_database_id ?? database_id ?? binding;
  const runtime = new Miniflare({
    log: new Log(LogLevel.NONE),
    cf: false,
    telemetry: { enabled: false },
    ...(below !== undefined && { resourcePersistencePath: below }),
    workers: [
      {
        config: {
          name: 'trial',
          compatibilityDate: '2026-11-01',
          manifest: { mainModule: 'index.js', modules: { 'index.js': { type: 'esm', contents: WORKER } } },
          env: Object.fromEntries(databases.map((one) => [one.binding, { type: 'd1', id: idOf(one) }])),
        },
      },
    ],
  });
  const find = (name: string): LocalDatabase =>
    asDatabase(async (statements) => {
      const body = JSON.stringify([name, ...statements]);
      const answer = await runtime.dispatchFetch('http://trial', { method: 'POST', body });
      const { rows, refusal } = (await answer.json()) as Answer;
      if (refusal !== undefined) throw new Error(words(refusal), { cause: refusal });
      return rows;
    });
  return { find, close: () => runtime.dispose() };
};

const asDatabase = (ask: (statements: readonly string[]) => Promise<Row[][]>): LocalDatabase => {
  const write = async (sql: string): Promise<void> => void (await ask([sql]));
  const run = async (sql: string): Promise<void> => {
    const { unstable_splitSqlQuery: split } = await import('wrangler');
    await ask(split(sql));
  };
  const apply: LocalDatabase['apply'] = async (migration) => {
    await write(NOTES);
    await run(noted(migration));
  };
  const applyAtOnce: LocalDatabase['applyAtOnce'] = (migrations) => write([NOTES, ...migrations.map(noted)].join('\n'));
  return { apply, applyAtOnce, read: (...statements) => ask(statements), run, write };
};

/**
 * Opens as many databases as are asked for. It is the real one, since another SQLite differs where it matters: D1 takes
 * `"a name"` that nothing has for a text, refuses a temporary table and a savepoint, and lets nobody turn references off.
 */
export const openLocalD1 = async (count: number): Promise<LocalD1> => {
  const names = Array.from({ length: count }, (_, number) => `DB_${number}`);
  const { find, close } = await open(
    names.map((binding) => ({ binding })),
    undefined,
  );
  return {
    fresh: () => {
      const name = names.shift();
      if (name === undefined) throw new Error('There are no more databases to try something on.');
      return find(name);
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
    await work(find(binding.binding));
  } finally {
    await close();
  }
};
