import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'smol-toml';
import { bundleApi, MAIN_MODULE } from '../../src/tools/deploy/bundle-api.ts';
import { buildAssets } from '../../src/tools/generate/build-assets.ts';
import { ROOT } from '../../src/tools/root.ts';

/** A Worker as it would be uploaded: its modules by their names, `index.js` the first of them. */
export type Built = { modules: Record<string, string>; config: WorkerConfig };

/** What is read here of a Worker's configuration. */
export type WorkerConfig = {
  compatibility_date: string;
  compatibility_flags?: string[];
  vars?: Record<string, string>;
  d1_databases?: { binding: string }[];
  kv_namespaces?: { binding: string }[];
  r2_buckets?: { binding: string }[];
  queues?: { producers?: { binding: string; queue: string }[] };
  images?: { binding: string };
  analytics_engine_datasets?: { binding: string; dataset: string }[];
  ratelimits?: { name: string; namespace_id: string; simple: { limit: number; period: 10 | 60 } }[];
};

/** Where a copy of the project has the API Worker's configuration. */
export const apiConfigOf = (root: string): WorkerConfig =>
  parse(readFileSync(join(root, 'wrangler.toml'), 'utf8')) as WorkerConfig;

/** The modules that lie in a folder. */
export const modulesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

/** The modules of a Worker for the runtime, `index.js` the first of them. */
export const manifestOf = (modules: Record<string, string>) => ({
  mainModule: MAIN_MODULE,
  modules: Object.fromEntries(
    Object.entries(modules).map(([name, contents]) => [name, { type: 'esm' as const, contents }]),
  ),
});

/** Builds this project's API as it is deployed, and what it serves as it is. */
export const buildApi = async (out: string): Promise<Built> => {
  await buildAssets();
  await bundleApi(out);
  return { modules: modulesIn(out), config: apiConfigOf(ROOT) };
};

/**
 * Builds the Worker of a copy of the project by wrangler, minified, in one module. `main` stands for another module than that
 * of the configuration; what it imports is bundled with it.
 */
export const buildWorker = async (root: string, out: string, main?: string): Promise<Built> => {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const args = ['deploy', ...(main ? [main] : []), '--dry-run', '--outdir', out];
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_WRITE_LOGS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
  };
  await promisify(execFile)(process.execPath, [wrangler, ...args], { cwd: root, env });
  const entry = `${basename(main ?? 'index.ts').replace(/\.[jt]s$/, '')}.js`;
  return { modules: { [MAIN_MODULE]: readFileSync(join(out, entry), 'utf8') }, config: apiConfigOf(root) };
};
