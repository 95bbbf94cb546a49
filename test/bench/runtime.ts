import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import { unstable_splitSqlQuery as splitSqlQuery } from 'wrangler';
import { ROOT } from '../../src/tools/root.ts';
import { freePort } from '../processes/free-port.ts';
import { type Built, manifestOf, type WorkerConfig } from './built.ts';

type RuntimeWorker = MiniflareOptions['workers'][number];
type Bindings = NonNullable<RuntimeWorker['config']['env']>;

/** Workers on one runtime, without wrangler's proxy before them, and what the runtime's process has used. */
export type Runtime = {
  port: (worker: string) => number;
  database: (worker: string) => Promise<D1Database>;
  /** CPU of all threads of the process so far, in milliseconds. */
  cpuMs: () => number;
  /** Resident memory now and at the most so far, in MB. */
  memory: () => { now: number; peak: number };
  stop: () => Promise<void>;
};

/** A Worker for a runtime: what it is bound to has names of its own, so that two copies share nothing. */
export const workerOf = (name: string, { modules, config }: Built, values: Record<string, string>): RuntimeWorker => ({
  config: {
    name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags ?? [],
    manifest: manifestOf(modules),
    env: { ...bindingsOf(name, config), ...textsOf({ ...config.vars, ...values }) },
  },
});

const textsOf = (values: Record<string, string>): Bindings =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type: 'text', value }]));

const bindingsOf = (name: string, config: WorkerConfig): Bindings => ({
  ...named(config.d1_databases, ({ binding }) => [binding, { type: 'd1', id: `${name}-${binding}` }]),
  ...named(config.kv_namespaces, ({ binding }) => [binding, { type: 'kv', id: `${name}-${binding}` }]),
  ...named(config.r2_buckets, ({ binding }) => [binding, { type: 'r2', name: `${name}-${binding.toLowerCase()}` }]),
  ...named(config.queues?.producers, ({ binding, queue }) => [binding, { type: 'queue', name: `${name}-${queue}` }]),
  ...named(config.analytics_engine_datasets, ({ binding, dataset }) => [
    binding,
    { type: 'analytics-engine-dataset', name: dataset },
  ]),
  ...named(config.ratelimits, (limit) => [
    limit.name,
    { type: 'rate-limit', namespace: limit.namespace_id, simple: limit.simple },
  ]),
  ...(config.images && { [config.images.binding]: { type: 'images' } }),
  ASSETS: { type: 'worker', worker: 'files' },
});

/** Stands for the platform's server of files, before which a Worker has no socket of its own: it has what requests read. */
const files = (): RuntimeWorker => {
  const passwords = readFileSync(join(ROOT, 'dist/assets/common-passwords.txt'), 'utf8');
  const script = `import passwords from 'common-passwords.txt';
    const answer = (path) => path === '/common-passwords.txt' ? new Response(passwords) : new Response(null, { status: 404 });
    export default { fetch: (request) => answer(new URL(request.url).pathname) };`;
  return {
    config: {
      name: 'files',
      compatibilityDate: '2026-11-01',
      manifest: {
        mainModule: 'index.js',
        modules: {
          'index.js': { type: 'esm', contents: script },
          'common-passwords.txt': { type: 'text', contents: passwords },
        },
      },
    },
  };
};

const named = <Entry>(entries: Entry[] = [], of: (entry: Entry) => [string, Bindings[string]]): Bindings =>
  Object.fromEntries(entries.map(of));

/** The process of a runtime that this one has started; `before` are those that it had before. */
const runtimeProcess = (before: readonly number[]): number => {
  const [pid] = children().filter((child) => !before.includes(child));
  if (pid === undefined) throw new Error('The runtime has no process.');
  return pid;
};

const children = (): number[] =>
  readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(join('/proc/self/task', thread, 'children'), 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );

const TICK_MS = 10;

const cpuOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in parentheses, which may hold anything; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
};

const memoryOf = (pid: number): { now: number; peak: number } => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
};

/** Starts Workers; `folder` keeps what they store, else nothing is kept. */
export const startRuntime = async (
  workers: RuntimeWorker[],
  { inspectorPort }: { inspectorPort?: number } = {},
): Promise<Runtime> => {
  const ports = new Map<string, number>();
  for (const { config } of [...workers, files()]) ports.set(config.name, await freePort());
  const before = children();
  const miniflare = new Miniflare({
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: () => undefined,
    cf: false,
    telemetry: { enabled: false },
    ...(inspectorPort !== undefined && { inspectorPort }),
    workers: [...workers, files()].map((worker) => ({
      ...worker,
      dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: ports.get(worker.config.name) }] },
    })),
  });
  await miniflare.ready;
  const pid = runtimeProcess(before);
  return {
    port: (worker) => ports.get(worker) ?? 0,
    database: (worker) => miniflare.getD1Database('DB', worker) as Promise<D1Database>,
    cpuMs: () => cpuOf(pid),
    memory: () => memoryOf(pid),
    stop: () => miniflare.dispose(),
  };
};

/** Brings a database to the schema of a copy of the project. */
export const applyMigrations = async (db: D1Database, root: string): Promise<void> => {
  const folder = join(root, 'migrations');
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    const statements = splitSqlQuery(readFileSync(join(folder, file), 'utf8'));
    await db.batch(statements.map((sql) => db.prepare(sql)));
  }
};
