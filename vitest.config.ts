import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { hasBrowserTests, NO_CHROMIUM } from './test/browser/chromium.ts';

/** Lets a test say what a password's hash costs. Vite asks no plugin where a module of Node's lies, so its name is changed. */
const cheapHashes: Plugin = {
  name: 'cheap-hashes',
  enforce: 'pre',
  transform: (code, file) => {
    if (!file.endsWith('/src/accounts/passwords/password.ts')) return undefined;
    if (!code.includes("from 'node:crypto'")) throw new Error('What hashes passwords lies elsewhere now.');
    return code.replace("from 'node:crypto'", `from '${join(import.meta.dirname, 'test/password-cost.ts')}'`);
  },
};

// Pure functions: their tests ask for nothing that only a Worker has. They run there too, since its letters, names of
// languages and addresses are those of another engine; here they are an answer within seconds.
const UNIT = [
  ...[
    'access-token',
    'common-password',
    'email-address',
    'full-name',
    'language',
    'search-terms',
    'signed-token',
    'unavailable',
    'wire',
  ],
  ...['mailer/locales', 'mailer/render'],
].map((name) => `test/${name}.test.ts`);

// Those that take longest, or wait longest, in this order: what begins last must not be what everybody waits for. vitest
// knows it only where it has run before, and takes the size of a file for its length elsewhere.
const LONGEST = [
  ...['smtp', 'deaths', 'deploy', 'deploy-staging', 'people', 'pages', 'docs', 'start', 'losses', 'events-proof'],
  ...['mail-proof', 'model', 'races'],
  ...['receiver', 'admin', 'client', 'readme', 'journey', 'runtimes'],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ project, moduleId }: TestSpecification): number => {
      const place = LONGEST.indexOf(basename(moduleId, '.test.ts'));
      return project.config.sequence.groupOrder * 100 + (place < 0 ? LONGEST.length : place);
    };
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

// What Node has compiled once, above all wrangler, no process of the tests need compile again.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'dist/compiled');

const MEMORY = '/dev/shm';

/** Whether the machine keeps files in memory, and has room there for what the Workers store in a run. */
const hasMemory = (): boolean => {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > 2 ** 30;
  } catch {
    return false;
  }
};

// A database waits for the disk at each change, and what a test has stored is for nobody after it: without a disk the tests
// inside Workers take a fifth less. Those around processes have files that are run, which a folder in memory may not
// allow.
const DISK = tmpdir();
if (!process.env['TMPDIR'] && hasMemory()) process.env['TMPDIR'] = MEMORY;

// To load what runs a Worker takes seconds. Who asks for none of the tests inside one says so.
const hasWorkers = process.env['TESTS_IN_WORKERS'] !== 'off';

// A project that extends this file has it read once more, and everything in it done once more, where it brings plugins.
const ALONE = { extends: false } as const;

/** The projects whose tests run inside the API Worker and inside the mailer Worker. */
const insideWorkers = async (
  shared: TestProjectInlineConfiguration['test'],
): Promise<TestProjectInlineConfiguration[]> => {
  const { cloudflareTest, readD1Migrations } = await import('@cloudflare/vitest-pool-workers');
  const { buildAssets } = await import('./src/tools/generate/build-assets.ts');
  const { newSigningKey } = await import('./src/accounts/tokens/access-token.ts');
  // Wrangler builds them itself; the tests that run inside a Worker need them before.
  await buildAssets();
  const migrations = await readD1Migrations('migrations');
  const key = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });
  const secrets = {
    SIGNING_KEY_A: await newSigningKey(new Date('2026-01-01')),
    SIGNING_KEY_B: '',
    TOKEN_KEYS: key('token'),
    MAIL_LINK_KEYS: key('links'),
    SERVICE_KEYS: key('services'),
    FACTOR_KEYS: key('factors'),
  };
  // Wrangler asks for the secrets that the configurations require.
  Object.assign(process.env, secrets);
  return [
    {
      ...ALONE,
      plugins: [
        cheapHashes,
        cloudflareTest({
          wrangler: { configPath: 'wrangler.toml' },
          miniflare: { bindings: { ...secrets, RATE_LIMITS: 'off', TEST_MIGRATIONS: migrations } },
        }),
      ],
      test: {
        name: 'api',
        include: ['test/*.test.ts'],
        setupFiles: ['test/setup.ts'],
        globalSetup: ['test/pictures.ts', 'test/breach-server.ts', 'test/metrics-server.ts'],
        ...shared,
      },
    },
    {
      ...ALONE,
      plugins: [
        cloudflareTest({
          wrangler: { configPath: 'src/mailer/wrangler.toml' },
          miniflare: {
            bindings: {
              MAIL_LINK_KEYS: secrets.MAIL_LINK_KEYS,
              SERVICE_KEYS: secrets.SERVICE_KEYS,
              TEST_MIGRATIONS: migrations,
            },
          },
        }),
      ],
      test: { name: 'mailer', include: ['test/mailer/*.test.ts'], setupFiles: ['test/setup.ts'], ...shared },
    },
  ];
};

// Four places where tests run: inside the API Worker, inside the mailer Worker, in Node around real processes, and around a
// real browser; and in Node alone, those of pure functions.
// Storage is real and isolated by file; the secrets are made for the run.
export default defineConfig(async () => {
  // `npm test` tries the same each time, the deep form something else; what failed is tried again by the seed that it printed.
  const isDeep = process.env['TEST_DEPTH'] === 'deep';
  process.env['SEED'] ??= isDeep ? String(Math.floor(Math.random() * 1_000_000)) : '1';
  // A password's hash takes a busy machine its time. No test waits on purpose.
  const patience = { testTimeout: 60_000, hookTimeout: 60_000 };
  const provide = { isDeep, isQuick: false, seed: Number(process.env['SEED']) };
  // One Worker runs file after file: to start one takes longer than most files.
  const insideWorker = { ...patience, provide, maxWorkers: 2, isolate: false, restoreMocks: true };
  // Tests around processes and browsers wait for others more than half of their time, so more of them run than inside Workers,
  // and after those, since another number of workers is another group. A step of theirs takes seconds, on a busy machine
  // many times that.
  const aroundProcesses = {
    provide,
    maxWorkers: 4,
    sequence: { groupOrder: 1 },
    env: { TMPDIR: DISK },
    testTimeout: 240_000,
    hookTimeout: 240_000,
  };
  if (!hasBrowserTests()) process.stdout.write(`${NO_CHROMIUM}\n`);
  return {
    test: {
      silent: 'passed-only' as const,
      sequence: { sequencer: LongestFirst },
      projects: [
        ...(hasWorkers ? await insideWorkers(insideWorker) : []),
        { ...ALONE, test: { name: 'processes', include: ['test/processes/*.test.ts'], ...aroundProcesses } },
        {
          ...ALONE,
          test: {
            name: 'unit',
            include: UNIT,
            provide: { ...provide, isQuick: true },
            pool: 'threads',
            isolate: false,
            ...patience,
            maxWorkers: 2,
          },
        },
        ...(hasBrowserTests()
          ? [
              {
                ...ALONE,
                plugins: [cheapHashes],
                test: { name: 'browser', include: ['test/browser/*.test.ts'], ...aroundProcesses },
              },
            ]
          : []),
      ],
    },
  };
});
