import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  createTestHarness,
  experimental_readRawConfig as readRawConfig,
  type TestHarness,
  type Unstable_RawConfig,
} from 'wrangler';
import { newSigningKey, signAccessToken } from '../../src/accounts/tokens/access-token.ts';

// Both Workers and the queue between them, while everything around them fails now and then: `faults/`. The seed says
// what goes wrong, in the order in which it is asked; which call that meets, the race of the calls decides.

const IS_DEEP = process.env['TEST_DEPTH'] === 'deep';
const USERS = IS_DEEP ? 10_000 : 300;
const AT_ONCE = 16;
const SEED = Number(process.env['FAULT_SEED'] ?? Date.now() % 2 ** 31);
const MOST_ROUNDS = 100;

const FOLDER = mkdtempSync(join(tmpdir(), 'mail-proof-'));
const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });

type Counts = Record<string, number>;
type MailerRecord = { taken: Counts; keyed: Counts; caught: Counts; counts: Counts; batches: number; active: number };

let workers: TestHarness;
let newToken: () => Promise<string>;

/** A Worker's configuration with another entry, which wraps the real one, and with a queue that waits for no full batch. */
const faultyConfig = (source: string, entry: string) => {
  const { rawConfig }: { rawConfig: Unstable_RawConfig } = readRawConfig({ config: source });
  const consumers = rawConfig.queues?.consumers?.map((consumer) => ({ ...consumer, max_batch_timeout: 0 }));
  const file = join(FOLDER, entry, 'wrangler.json');
  mkdirSync(dirname(file));
  writeFileSync(
    file,
    JSON.stringify({
      ...rawConfig,
      main: resolve(import.meta.dirname, 'faults', entry),
      assets: rawConfig.assets && { ...rawConfig.assets, directory: resolve('dist/assets') },
      d1_databases: rawConfig.d1_databases?.map((one) => ({ ...one, migrations_dir: resolve('migrations') })),
      queues: { ...rawConfig.queues, ...(consumers && { consumers }) },
    }),
  );
  return { configPath: file, vars: { FAULT_SEED: String(SEED), RATE_LIMITS: 'off' }, issuer: rawConfig.vars };
};

const database = async () => (await workers.getWorker<Env>().getEnv()).DB;

const mailer = async (): Promise<MailerRecord> =>
  (await (await workers.getWorker('edge-accounts-mailer').fetch('/')).json()) as MailerRecord;

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  const SIGNING_KEY_A = await newSigningKey();
  const MAIL_LINK_KEYS = keys('links');
  const { issuer, ...api } = faultyConfig('wrangler.toml', 'api.ts');
  workers = createTestHarness({
    workers: [
      { ...api, secrets: { SIGNING_KEY_A, SIGNING_KEY_B: '', TOKEN_KEYS: keys('tokens'), MAIL_LINK_KEYS } },
      { ...faultyConfig('src/mailer/wrangler.toml', 'mailer.ts'), secrets: { MAIL_LINK_KEYS } },
    ],
  });
  await workers.listen();
  await workers.getWorker<Env>().applyD1Migrations('DB');
  const DB = await database();
  const now = Date.now();
  await DB.batch([
    DB.prepare(
      `INSERT INTO users (id, email, password_hash, role, is_verified, accepted_terms_at, created_at, updated_at)
       VALUES (1, 'admin@example.com', '', 'admin', 1, ?1, ?1, ?1)`,
    ).bind(now),
    DB.prepare(
      `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at)
       VALUES ('session', 1, ?1, ?1, ?1, ?1 + 86400000)`,
    ).bind(now),
    DB.prepare(
      `WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= ?2)
       INSERT INTO users (id, email, password_hash, is_verified, accepted_terms_at, created_at, updated_at)
       SELECT n, 'user' || n || '@example.com', '', 1, ?1, ?1, ?1 FROM numbers`,
    ).bind(now, USERS),
  ]);
  const names = { issuer: String(issuer?.['TOKEN_ISSUER']), audience: String(issuer?.['TOKEN_AUDIENCE']) };
  newToken = () => signAccessToken([SIGNING_KEY_A, ''], names, { id: 'session', userId: 1 });
});
afterAll(async () => {
  await workers.close();
  rmSync(FOLDER, { recursive: true });
});

/** Suspends a user as an administrator does who tries again where the answer is that something went wrong. */
const deactivate = async (id: number): Promise<void> => {
  for (;;) {
    const answer = await workers.fetch('/api/v1/users/deactivate', {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await newToken()}` },
      body: JSON.stringify({ user_id: id, reason: 'Spam' }),
    });
    const { message } = (await answer.json()) as { message: string };
    if (answer.status === 200 || message === 'User is already deactivated') return;
    if (answer.status < 500) throw new Error(`The answer for user ${id} is ${answer.status}: ${message}`);
  }
};

/** Waits until the mailer has had nothing to do for a while: every message is done with, and no batch is under way. */
const quiet = async (): Promise<void> => {
  for (let before = await mailer(), calm = 0; calm < 4; ) {
    await wait(150);
    const now = await mailer();
    calm = now.active === 0 && now.batches === before.batches ? calm + 1 : 0;
    before = now;
  }
};

/**
 * Lets an hour pass for the outbox. Nobody is sending, so every lease is one that its holder has left behind; the
 * leases are named, for the case that a holder turns up meanwhile.
 */
const anHourPasses = async (): Promise<void> => {
  const DB = await database();
  const { results } = await DB.prepare('SELECT lease FROM outbox WHERE lease IS NOT NULL').all<{ lease: string }>();
  const leases = JSON.stringify(results.map(({ lease }) => lease));
  await DB.batch([
    DB.prepare('UPDATE outbox SET due_at = due_at - 3600000'),
    DB.prepare(
      'UPDATE outbox SET leased_until = leased_until - 3600000 WHERE lease IN (SELECT value FROM json_each(?))',
    ).bind(leases),
  ]);
};

const mailsLeft = async (): Promise<number> =>
  (await (await database()).prepare('SELECT count(*) AS n FROM outbox').first<number>('n')) ?? 0;

it(
  `${USERS} suspended users are told once each, whatever fails, but for those in whose mail a process died`,
  async () => {
    const start = Date.now();
    const waiting = Array.from({ length: USERS }, (_, n) => n + 2);
    const administrator = async () => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await deactivate(id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, administrator));
    const suspended = Date.now();

    await quiet();
    let rounds = 0;
    for (; (await mailsLeft()) > 0 && rounds < MOST_ROUNDS; rounds += 1) {
      await anHourPasses();
      await workers.getWorker<Env>().scheduled({ cron: '* * * * *', scheduledTime: new Date() });
      await quiet();
    }

    const { taken, keyed, caught, counts, batches } = await mailer();
    const api = await (await workers.fetch('/faults')).json();
    const sum = (tally: Counts) => Object.values(tally).reduce((total, n) => total + n, 0);
    const doubled = Object.entries(taken).filter(([, times]) => times > 1);
    process.stderr.write(
      `${JSON.stringify({ seed: SEED, users: USERS, batches, rounds, mails: sum(taken), doubled: doubled.length, caught: sum(caught), suspending_s: (suspended - start) / 1000, total_s: (Date.now() - start) / 1000, mailer: counts, api })}\n`,
    );

    expect(await mailsLeft()).toBe(0);
    const missing = Array.from({ length: USERS }, (_, n) => `user${n + 2}@example.com`).filter(
      (email) => !taken[email],
    );
    expect(missing).toEqual([]);
    expect(Object.keys(taken)).toHaveLength(USERS);
    // A further copy for each time that the process died between the provider's yes and the deletion, and for nothing else.
    expect(Object.fromEntries(doubled.map(([email, times]) => [email, times - 1]))).toEqual(caught);
    // A provider that takes the key of a mail doubles none there either.
    expect(Object.entries(keyed).filter(([, times]) => times !== 1)).toEqual([]);
    expect(Object.keys(keyed)).toHaveLength(USERS);
    // Otherwise nothing was proved.
    for (const what of ['claim refused', 'claim lost', 'settle refused', 'settle lost', 'provider refused']) {
      expect(counts[what], what).toBeGreaterThan(0);
    }
    expect(sum(caught)).toBeGreaterThan(0);
  },
  30 * 60_000,
);
