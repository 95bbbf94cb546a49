import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_splitSqlQuery as splitSqlQuery } from 'wrangler';
import { freePort } from '../free-port.ts';
import { type Account, deployedVersion, type Version, type Worker } from './account.ts';
import { refusal } from './answer.ts';
import { consumersOf, type MiniflareWorker, workerOf } from './miniflare-worker.ts';

/** What runs for an account: its databases, and its Workers with what they are bound to. */
export type Runtime = {
  /** Starts a version once, on nothing, as the platform does with each upload; throws what the platform answers. */
  tryOut: (worker: string, version: Version) => Promise<void>;
  /** Says that other versions are deployed now, or that others take from a queue; it shows where somebody looks next. */
  changed: () => void;
  /** Runs the statements of `sql` in one transaction, and answers with a result for each. */
  query: (database: string, sql: string, values?: unknown[]) => Promise<D1Result<Record<string, unknown>>[]>;
  /** The point that a database's history has reached. */
  bookmark: (database: string) => string;
  /** The address of a Worker as it is deployed, or of one of its versions; it stays the same. */
  serve: (worker: Worker, version?: Version) => Promise<string>;
  stop: () => Promise<void>;
};

export const newRuntime = (account: Account, printed: string[]): Runtime => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudflare-'));
  const ports = new Map<string, number>();
  // Versions that are looked at without being deployed, by the name under which they run.
  const previews = new Map<string, Version>();
  // A database is opened when it is used for the first time; how often it was used is its history.
  const opened = new Map<string, number>();
  let miniflare: Miniflare | undefined;
  let current: Promise<Miniflare> | undefined;
  let [isServed, isStale] = [false, false];
  // What has shown that it starts, by its digest: it starts again.
  const started = new Set<string>();

  const listening = async (name: string, worker: MiniflareWorker): Promise<MiniflareWorker> => {
    const port = ports.get(name) ?? (await freePort());
    ports.set(name, port);
    return { ...worker, dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port }] } };
  };
  // Workers run as soon as somebody looks at one.
  const workersNow = (): Promise<MiniflareWorker>[] => {
    if (!isServed) return [];
    const deployed = [...account.workers.values()].flatMap((worker) => {
      const version = deployedVersion(worker);
      const consumers = consumersOf(account, worker.name);
      return version ? listening(worker.name, workerOf(worker.name, version, folder, consumers)) : [];
    });
    const previewed = [...previews].map(([name, version]) => listening(name, workerOf(name, version, folder)));
    return [...deployed, ...previewed];
  };
  const restart = async (): Promise<Miniflare> => {
    const workers = [storageWorker([...opened.keys()]), ...(await Promise.all(workersNow()))];
    const options = { ...quiet(printed), workers };
    if (miniflare) await miniflare.setOptions(options);
    else miniflare = new Miniflare(options);
    await miniflare.ready;
    return miniflare;
  };
  // One after the other; the newest has everything that was asked for before it.
  const restarted = (): Promise<Miniflare> => {
    isStale = false;
    current = (current ?? Promise.resolve()).then(restart, restart);
    return current;
  };
  const upToDate = (): Promise<Miniflare> => (current && !isStale ? current : restarted());

  return {
    tryOut: async (name, version) => {
      const digest = digestOf(version);
      if (started.has(digest)) return;
      const trial = new Miniflare({ ...quiet([]), workers: [workerOf(name, version, folder)] });
      const failure = await trial.ready.then(
        () => undefined,
        (error: Error) => error,
      );
      // The disposal of what never started throws what kept it from starting.
      await trial.dispose().catch(() => undefined);
      if (failure) throw refusal(400, 10021, startupMessage(failure));
      started.add(digest);
    },
    changed: () => {
      isStale = isServed;
    },
    query: async (database, sql, values = []) => {
      const isOpen = opened.has(database);
      opened.set(database, (opened.get(database) ?? 0) + 1);
      const db = await (await (isOpen ? upToDate() : restarted())).getD1Database(database, STORAGE);
      try {
        const statement = db.prepare(sql);
        if (values.length > 0) return [await statement.bind(...values).run()];
        return await db.batch(splitSqlQuery(sql).map((one) => db.prepare(one)));
      } catch (error) {
        throw refusal(400, 7500, (error as Error).message.replace('D1_ERROR: ', ''));
      }
    },
    bookmark: (database) =>
      `${(opened.get(database) ?? 0).toString(16).padStart(8, '0')}-00000000-00000000-${database.replaceAll('-', '')}`,
    serve: async (worker, version) => {
      const name = version ? `${worker.name}-${version.id.slice(0, 8)}` : worker.name;
      if (version) previews.set(name, version);
      isServed = true;
      await (ports.has(name) ? upToDate() : restarted());
      return `http://127.0.0.1:${ports.get(name)}`;
    },
    stop: async () => {
      await current?.catch(() => undefined);
      await miniflare?.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** What decides whether a version starts: its code, and what it is bound to. */
const digestOf = ({ metadata, modules, bindings }: Version): string => {
  const named = bindings.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { main_module, compatibility_date, compatibility_flags } = metadata;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([main_module, compatibility_date, compatibility_flags, named]));
  for (const [path, { contents }] of modules) hash.update(path).update(contents);
  return hash.digest('hex');
};

/** Notes what is printed in place of printing it. */
class Notes extends Log {
  readonly lines: string[];

  constructor(lines: string[]) {
    super(LogLevel.INFO);
    this.lines = lines;
  }

  protected override log(message: string): void {
    this.lines.push(message);
  }
}

const quiet = (printed: string[]) => ({
  log: new Notes(printed),
  handleStructuredLogs: ({ message }: { message: string }) => void printed.push(message),
  // Where a request comes from is made up, not looked up.
  cf: false,
  telemetry: { enabled: false },
});

/** The runtime's own words for what a Worker threw when it started. */
const startupMessage = ({ message }: Error): string => {
  const [line] = /\{"timestamp".*Uncaught.*\}/.exec(message) ?? [];
  const said: string = line ? JSON.parse(line).message : message;
  return said.slice(Math.max(0, said.indexOf('Uncaught')));
};

// The one Worker that there always is: through it the databases are asked.
const STORAGE = 'storage';
const storageWorker = (databases: string[]): MiniflareWorker => ({
  config: {
    name: STORAGE,
    compatibilityDate: '2026-11-01',
    manifest: { mainModule: 'index.js', modules: { 'index.js': { type: 'esm', contents: 'export default {};' } } },
    env: Object.fromEntries(databases.map((id) => [id, { type: 'd1' as const, id }])),
  },
});
