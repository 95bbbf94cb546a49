import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { MiniflareOptions } from 'miniflare';
import { parse } from 'smol-toml';
import { bundleApi } from '../../../src/tools/deploy/bundle-api.ts';
import { runWrangler } from '../../../src/tools/deploy/wrangler.ts';
import { manifestOf, modulesIn } from '../../bench/built.ts';
import { freePort } from '../free-port.ts';
import { familyOf, newCheckout, PROJECT, startCopy, untilGone, untilReady } from '../npm-start.ts';

// Both Workers as they are built for a deployment, in the runtime itself, on data that outlive it; and the same data served by
// `npm start`. Either is killed for real.

type MiniflareWorker = MiniflareOptions['workers'][number];
type Bindings = NonNullable<MiniflareWorker['config']['env']>;

/** What is read here of a Worker's configuration. */
type RawConfig = {
  name: string;
  compatibility_date: string;
  compatibility_flags: string[];
  vars: Record<string, string>;
  kv_namespaces?: { binding: string }[];
  r2_buckets?: { binding: string; bucket_name: string }[];
  ratelimits?: { name: string; namespace_id: string; simple: { limit: number; period: 10 | 60 } }[];
  queues?: {
    producers?: { binding: string; queue: string }[];
    consumers?: { queue: string; max_batch_size: number; max_retries: number; dead_letter_queue?: string }[];
  };
  images?: { binding: string };
  assets?: object;
};

/** The vars and secrets that differ from what the configuration says. */
export type Settings = { vars: Record<string, string>; secrets: Record<string, string> };

/** A runtime with both Workers. `kill` ends it in the middle of whatever it does; `gone` is told when nothing is left of it. */
export type Runtime = { origin: string; kill: () => void; gone: () => Promise<void> };

/** The same with what it keeps open to look at. */
export type OpenRuntime = Runtime & { storage: () => Promise<Pick<Env, 'DB' | 'AVATARS' | 'RECORDS'>> };

const API = 'edge-accounts-api';
const CHEAP_CRYPTO = resolve(import.meta.dirname, '../cheap-crypto.ts');
const CONFIGS = ['wrangler.toml', 'src/mailer/wrangler.toml'] as const;

const named = <Row, Value>(rows: readonly Row[] | undefined, entry: (row: Row) => [string, Value]) =>
  Object.fromEntries((rows ?? []).map(entry));

// Under the names that `wrangler dev` keeps data by.
const bindingsOf = (config: RawConfig, { vars, secrets }: Settings): Bindings => ({
  ...named(Object.entries({ ...config.vars, ...vars, ...secrets }), ([name, value]) => [
    name,
    { type: 'text' as const, value },
  ]),
  DB: { type: 'd1', id: 'DB' },
  METRICS: { type: 'analytics-engine-dataset', name: 'edge_accounts' },
  ...named(config.kv_namespaces, ({ binding }) => [binding, { type: 'kv' as const, id: binding }]),
  ...named(config.r2_buckets, ({ binding, bucket_name }) => [binding, { type: 'r2' as const, name: bucket_name }]),
  ...named(config.queues?.producers, ({ binding, queue }) => [binding, { type: 'queue' as const, name: queue }]),
  ...named(config.ratelimits, ({ name, namespace_id, simple }) => [
    name,
    { type: 'rate-limit' as const, namespace: namespace_id, simple },
  ]),
  ...(config.images ? { IMAGES: { type: 'images' } } : { EMAIL: { type: 'send-email' } }),
  ...(config.assets && { ASSETS: { type: 'assets' } }),
});

const workerOf = (
  config: RawConfig,
  modules: Record<string, string>,
  checkout: string,
  settings: Settings,
): MiniflareWorker => ({
  config: {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    manifest: manifestOf(modules),
    env: bindingsOf(config, settings),
    triggers: (config.queues?.consumers ?? []).map((consumer) => ({
      type: 'queue' as const,
      name: consumer.queue,
      ...(consumer.dead_letter_queue && { deadLetterQueue: consumer.dead_letter_queue }),
      maxBatchSize: consumer.max_batch_size,
      // No message waits for a full batch.
      maxBatchTimeout: 0,
      maxRetries: consumer.max_retries,
    })),
    ...(config.assets && {
      assets: { directory: join(checkout, 'dist/assets'), hasUserWorker: true, runWorkerFirst: true },
    }),
  },
});

/** A checkout with these secrets, where a password's hash takes the least of work. */
export const newCopy = (checkout: string, { secrets }: Settings): void => {
  newCheckout(checkout);
  // The tests have built them before.
  cpSync(join(PROJECT, 'dist/assets'), join(checkout, 'dist/assets'), { recursive: true });
  const vars = Object.entries(secrets).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(join(checkout, '.dev.vars'), vars.join(''), { mode: 0o600 });
  const config = join(checkout, 'wrangler.toml');
  const alias = `alias = { "node:crypto" = ${JSON.stringify(CHEAP_CRYPTO)} }\n`;
  writeFileSync(config, alias + readFileSync(config, 'utf8'));
};

const buildMailer = async (config: string, out: string): Promise<void> => {
  const { code, reason } = await runWrangler(['deploy', '--dry-run', '--config', config, '--outdir', out]);
  if (code !== 0) throw new Error(reason);
};

/** Builds both Workers of a checkout as a deployment does. */
export const buildWorkers = async (checkout: string, settings: Settings): Promise<MiniflareWorker[]> => {
  const out = (file: string): string => join(checkout, 'built', file);
  const [api, mailer] = CONFIGS;
  await Promise.all([
    bundleApi(out(api), { 'node:crypto': CHEAP_CRYPTO, crypto: 'node:crypto' }),
    buildMailer(join(checkout, mailer), out(mailer)),
  ]);
  return CONFIGS.map((file) => {
    const config = parse(readFileSync(join(checkout, file), 'utf8')) as unknown as RawConfig;
    return workerOf(config, modulesIn(out(file)), checkout, settings);
  });
};

/** The runtimes that this process has started. */
const runtimes = (): number[] =>
  familyOf(process.pid)
    .filter(({ command }) => /workerd serve/.test(command))
    .map(({ pid }) => pid);

/** Starts the runtime on the data of a copy. */
export const startRuntime = async (workers: MiniflareWorker[], state: string): Promise<OpenRuntime> => {
  // It reads which certificates it is to trust when it is loaded.
  const { Log, LogLevel, Miniflare } = await import('miniflare');
  const before = runtimes();
  const miniflare = new Miniflare({
    workers: workers as [MiniflareWorker, ...MiniflareWorker[]],
    resourcePersistencePath: join(state, 'v3'),
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => undefined,
    cf: false,
    telemetry: { enabled: false },
    unsafeTriggerHandlers: true,
  });
  const { origin } = await miniflare.ready;
  const [pid] = runtimes().filter((one) => !before.includes(one));
  if (pid === undefined) throw new Error('The runtime is not found.');
  let ending: Promise<void> | undefined;
  return {
    origin,
    kill: () => {
      process.kill(pid, 'SIGKILL');
      // Otherwise it would be started again at once.
      ending ??= miniflare.dispose();
    },
    gone: async () => ending,
    storage: async () => {
      const { DB, AVATARS, RECORDS } = await miniflare.getBindings<Env>(API);
      return { DB, AVATARS, RECORDS };
    },
  };
};

/** Brings the database of a copy up to date, with the notes that `npm start` looks for. */
export const applyMigrations = async (database: D1Database): Promise<void> => {
  const files = readdirSync(join(PROJECT, 'migrations')).filter((name) => name.endsWith('.sql'));
  const notes =
    'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);';
  const applied = files.toSorted().map(
    (name) => `${readFileSync(join(PROJECT, 'migrations', name), 'utf8')}
INSERT INTO d1_migrations (name) VALUES ('${name}');`,
  );
  await database.prepare([notes, ...applied].join('\n')).run();
};

/** Runs `npm start` on the data of a copy. All its processes are killed at once, the runtime first. */
export const startByNpm = async (checkout: string, state: string, { vars }: Settings): Promise<Runtime> => {
  const port = await freePort();
  const copy = startCopy(checkout, { ...vars, PORT: String(port), STATE_DIR: state });
  await untilReady(copy);
  const family = copy.family();
  return {
    origin: `http://127.0.0.1:${port}`,
    kill: () => {
      const isRuntime = ({ command }: { command: string }) => /workerd serve/.test(command);
      for (const { pid } of [...family.filter(isRuntime), ...family.filter((one) => !isRuntime(one))]) kill(pid);
    },
    gone: () => untilGone(family),
  };
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended with its parent.
  }
};
