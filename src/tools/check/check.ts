/**
 * Checks the project, everything side by side that does not need the other: prints what each check says once it has
 * ended, names those that failed, and exits with 1 if there is one.
 *
 *   node src/tools/check/check.ts            runs all, but for those dear ones whose files are what they were when they passed
 *   node src/tools/check/check.ts client …   runs those that are named
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { stopSignal } from '../install/stop-signal.mjs';
import { ROOT } from '../root.ts';
import { digestOf, hasPassed, notePassed } from './passed.ts';

type Check = {
  name: string;
  /** What Node is given. */
  args: readonly string[];
  /** The check that has to have ended before. */
  after?: string;
  /** All that it looks at, if it is dear: files and folders. */
  reads?: readonly string[];
  /** What it is given besides where one of these files has changed, so that it looks at everything anew. */
  anew?: { where: readonly string[]; args: readonly string[] };
};

const bin = (path: string): string => join(ROOT, 'node_modules', path);
const tsc = bin('typescript/bin/tsc');
const vitest = bin('vitest/vitest.mjs');
// In one process, which reads what they share once: none of them leaves anything behind for the next.
const TOGETHER = ['--no-isolate', '--maxWorkers', '1'];
const PROMISES = [
  ...['test/mailer', 'test/wire'],
  ...['asvs', 'documents', 'openapi', 'security', 'tables'].map((name) => `test/processes/${name}.test.ts`),
];

/** What declares something for every file of a runtime, without an import. */
const globals = globSync('{src,test}/**/*.d.ts', { cwd: ROOT });

// Those that take longest stand first.
const CHECKS: readonly Check[] = [
  // TypeScript 7.0.2 goes by what files import, and does not see that a declaration which nobody imports is another.
  { name: 'code', args: [tsc, '--build', '--checkers', '1'], anew: { where: globals, args: ['--force'] } },
  // Both want wrangler, which takes a second to load: one after the other in one Node.
  {
    name: 'migrations',
    args: ['--import', './src/tools/check/types.ts', 'src/tools/check/migrations.ts'],
    reads: [
      ...['drizzle', 'migrations', 'wrangler.toml', 'src/api/worker-configuration.d.ts', 'src/mailer/wrangler.toml'],
      ...['src/mailer/worker-configuration.d.ts', 'src/accounts/users', 'src/tools'],
    ],
  },
  { name: 'lint', args: [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings'] },
  // What no type can say: what a new kind of mail needs in each language, what a new field is to show, and what a new route,
  // table, secret or limit has to be told of in.
  {
    name: 'promises',
    args: [vitest, 'run', ...TOGETHER, ...['--project', 'unit', '--project', 'processes'], ...PROMISES],
    reads: [
      ...['src', 'drizzle', 'migrations', 'docs', 'test', 'README.md', 'CONTRIBUTING.md', 'package.json'],
      ...['vitest.config.ts', 'wrangler.toml'],
    ],
  },
  // Both are made of the API's document: one after the other in one Node.
  {
    name: 'documents',
    args: ['--import', './src/tools/generate/openapi.ts', 'src/tools/generate/documents.ts', '--check'],
  },
  { name: 'data', args: ['src/tools/generate/data.ts', '--check'] },
  { name: 'imports', args: ['src/tools/check/imports.ts'] },
  // It is made of what the compiler has written of the code.
  { name: 'client', args: ['src/tools/generate/client.ts', '--check'], after: 'code' },
  {
    name: 'consumer',
    args: ['src/tools/check/client.ts'],
    reads: ['client', 'test/consumer', 'README.md', 'docs/client.md', 'docs/services.md', 'src/tools/check'],
  },
];

// Otherwise wrangler asks the network where this machine stands, sends what it was used for, and writes a log.
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_ENV: '',
};

// What Node has compiled once, above all wrangler, it need not compile again. The compiler ends within seconds, and spends
// a quarter of its time on memory that it could leave lying till then.
const CHEAPER = { NODE_COMPILE_CACHE: join(ROOT, 'dist/compiled'), GOGC: '400' };
const ENVIRONMENT = { ...process.env, ...QUIET, ...CHEAPER, TESTS_IN_WORKERS: 'off', NO_COLOR: '1' };

const named = process.argv.slice(2);
const running = new Set<ChildProcess>();

/** Ends a check and what it has started: each is a group of processes. The compiler goes on after a milder signal. */
const end = ({ pid }: ChildProcess): void => {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
};

/** Runs one check to its end and prints what it said; answers whether it passed. */
const run = ({ name, args, anew }: Check): Promise<boolean> =>
  new Promise((ended) => {
    const started = performance.now();
    const [looked, digest] = [`${name}, all of it`, digestOf(anew?.where ?? [])];
    const isAnew = anew && !hasPassed(looked, digest);
    const child = spawn(process.execPath, [...args, ...(isAnew ? anew.args : [])], {
      cwd: ROOT,
      env: ENVIRONMENT,
      detached: true,
    });
    running.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    child.on('close', (code) => {
      running.delete(child);
      if (isAnew && code !== null) notePassed(looked, digest);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)${said === '' ? '' : `\n${said.trimEnd()}`}`);
      ended(code === 0);
    });
  });

/** Runs a check, unless it has passed on the same files; answers whether it passes. */
const passes = async (check: Check): Promise<boolean> => {
  const digest = check.reads && digestOf(check.reads);
  if (digest !== undefined && named.length === 0 && hasPassed(check.name, digest)) {
    console.log(`✓ ${check.name} (nothing that it reads has changed since it passed)`);
    return true;
  }
  const isPassed = await run(check);
  if (digest !== undefined && isPassed) notePassed(check.name, digest);
  return isPassed;
};

/** Runs the checks, as many at once as the machine has processors and one more; answers those that failed. */
const failuresOf = async (checks: readonly Check[], signal: AbortSignal): Promise<string[]> => {
  const [waiting, failed] = [[...checks], [] as string[]];
  const results = new Map<string, Promise<boolean>>();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      await results.get(next.after ?? '');
      const result = passes(next);
      results.set(next.name, result);
      if (!(await result)) failed.push(next.name);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
  return failed;
};

const signal = stopSignal();
signal.addEventListener('abort', () => {
  for (const child of running) end(child);
});
const unknown = named.filter((name) => !CHECKS.some((check) => check.name === name));
if (unknown.length > 0) throw new Error(`There is no check ${unknown.join(', ')}.`);
const failed = await failuresOf(
  named.length === 0 ? CHECKS : CHECKS.filter(({ name }) => named.includes(name)),
  signal,
);
if (failed.length > 0) console.error(`These checks failed: ${failed.join(', ')}.`);
process.exitCode = failed.length > 0 || signal.aborted ? 1 : 0;
