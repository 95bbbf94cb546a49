import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { vi } from 'vitest';
import {
  createTestHarness,
  experimental_readRawConfig as readRawConfig,
  type TestHarness,
  type Unstable_RawConfig,
} from 'wrangler';
import { newSigningKey, signAccessToken } from '../../../src/accounts/tokens/access-token.ts';
import { SERVICE_KEYS } from '../added-service.ts';
import type { MailerRecord } from './record.ts';

// Both Workers and the queues between them, while everything around them fails now and then. The seed says what goes wrong, in
// the order in which it is asked; which call that meets, the race of the calls decides.

export const IS_DEEP = process.env['TEST_DEPTH'] === 'deep';
export const SEED = Number(process.env['FAULT_SEED'] ?? Date.now() % 2 ** 31);
/** How many requests are under way at the same time. */
export const AT_ONCE = 16;

const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });

export type FaultyWorkers = {
  workers: TestHarness;
  database: () => Promise<D1Database>;
  /** What the mailer's side has counted. */
  mailer: () => Promise<MailerRecord>;
  /** What went wrong on the API's side. */
  apiFaults: () => Promise<Record<string, number>>;
  /** An access token of a session that is in the database. */
  tokenOf: (session: { id: string; userId: number }) => Promise<string>;
  /** The administrator's. */
  adminToken: () => Promise<string>;
  /** Waits until the mailer has had nothing to do for a while: every message is done with, and no batch is under way. */
  quiet: () => Promise<void>;
  close: () => Promise<void>;
};

/** A Worker's configuration with another entry, which wraps the real one, and with queues that wait for no full batch. */
const faultyConfig = (folder: string, source: string, entry: string) => {
  const { rawConfig }: { rawConfig: Unstable_RawConfig } = readRawConfig({ config: source });
  const consumers = rawConfig.queues?.consumers?.map((consumer) => ({ ...consumer, max_batch_timeout: 0 }));
  const file = join(folder, entry, 'wrangler.json');
  mkdirSync(dirname(file));
  writeFileSync(
    file,
    JSON.stringify({
      ...rawConfig,
      main: resolve(import.meta.dirname, entry),
      assets: rawConfig.assets && { ...rawConfig.assets, directory: resolve('dist/assets') },
      d1_databases: rawConfig.d1_databases?.map((one) => ({ ...one, migrations_dir: resolve('migrations') })),
      queues: { ...rawConfig.queues, ...(consumers && { consumers }) },
    }),
  );
  return { configPath: file, vars: { FAULT_SEED: String(SEED), RATE_LIMITS: 'off' }, names: rawConfig.vars };
};

/** An administrator, user 1 with one session, and as many users behind it. */
const addUsers = async (db: D1Database, users: number): Promise<void> => {
  const now = Date.now();
  await db.batch([
    db
      .prepare(
        `INSERT INTO users (id, email, password_hash, role, is_verified, accepted_terms_at, created_at, updated_at)
         VALUES (1, 'admin@example.com', '', 'admin', 1, ?1, ?1, ?1)`,
      )
      .bind(now),
    db
      .prepare(
        `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at)
         VALUES ('session', 1, ?1, ?1, ?1, ?1 + 86400000)`,
      )
      .bind(now),
    db
      .prepare(
        `WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= ?2)
         INSERT INTO users (id, email, password_hash, is_verified, accepted_terms_at, created_at, updated_at)
         SELECT n, 'user' || n || '@example.com', '', 1, ?1, ?1, ?1 FROM numbers`,
      )
      .bind(now, users),
  ]);
};

/** Starts both Workers, with an administrator and the users 2 to `users` + 1 in the database. */
export const startFaultyWorkers = async (users: number): Promise<FaultyWorkers> => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'faulty-workers-'));
  const SIGNING_KEY_A = await newSigningKey();
  const shared = { MAIL_LINK_KEYS: keys('links'), SERVICE_KEYS };
  const { names, ...api } = faultyConfig(folder, 'wrangler.toml', 'api.ts');
  const workers = createTestHarness({
    workers: [
      {
        ...api,
        secrets: {
          SIGNING_KEY_A,
          SIGNING_KEY_B: '',
          TOKEN_KEYS: keys('tokens'),
          FACTOR_KEYS: keys('factors'),
          ...shared,
        },
      },
      { ...faultyConfig(folder, 'src/mailer/wrangler.toml', 'mailer.ts'), secrets: shared },
    ],
  });
  await workers.listen();
  await workers.getWorker<Env>().applyD1Migrations('DB');
  const database = async () => (await workers.getWorker<Env>().getEnv()).DB;
  await addUsers(await database(), users);

  const mailer: FaultyWorkers['mailer'] = async () =>
    (await (await workers.getWorker('edge-accounts-mailer').fetch('/')).json()) as MailerRecord;
  const issued = { issuer: String(names?.['TOKEN_ISSUER']), audience: String(names?.['TOKEN_AUDIENCE']) };
  const tokenOf: FaultyWorkers['tokenOf'] = (session) => signAccessToken([SIGNING_KEY_A, ''], issued, session);
  return {
    ...{ workers, database, mailer, tokenOf },
    apiFaults: async () => (await (await workers.fetch('/faults')).json()) as Record<string, number>,
    adminToken: () => tokenOf({ id: 'session', userId: 1 }),
    quiet: async () => {
      for (let before = await mailer(), calm = 0; calm < 4; ) {
        await wait(150);
        const now = await mailer();
        calm = now.active === 0 && now.batches === before.batches ? calm + 1 : 0;
        before = now;
      }
    },
    close: async () => {
      await workers.close();
      rmSync(folder, { recursive: true });
    },
  };
};
