import { afterAll, beforeAll, expect, it } from 'vitest';
import { AT_ONCE, type FaultyWorkers, IS_DEEP, SEED, startFaultyWorkers } from './faults/faulty-workers.ts';
import type { Counts } from './faults/record.ts';

// Mails through both Workers and the queue between them, while everything around them fails now and then: `faults/`.

const USERS = IS_DEEP ? 10_000 : 300;
const MOST_ROUNDS = 100;

let faulty: FaultyWorkers;

beforeAll(async () => {
  faulty = await startFaultyWorkers(USERS);
});
afterAll(() => faulty.close());

/** Suspends a user as an administrator does who tries again where the answer is that something went wrong. */
const deactivate = async (id: number): Promise<void> => {
  for (;;) {
    const answer = await faulty.workers.fetch('/api/v1/users/deactivate', {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await faulty.adminToken()}` },
      body: JSON.stringify({ user_id: id, reason: 'Spam' }),
    });
    const { message } = (await answer.json()) as { message: string };
    if (answer.status === 200 || message === 'User is already deactivated') return;
    if (answer.status < 500) throw new Error(`The answer for user ${id} is ${answer.status}: ${message}`);
  }
};

/**
 * Lets an hour pass for the outbox. Nobody is sending, so every lease is one that its holder has left behind; the
 * leases are named, for the case that a holder turns up meanwhile.
 */
const anHourPasses = async (): Promise<void> => {
  const DB = await faulty.database();
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
  (await (await faulty.database()).prepare('SELECT count(*) AS n FROM outbox').first<number>('n')) ?? 0;

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

    await faulty.quiet();
    let rounds = 0;
    for (; (await mailsLeft()) > 0 && rounds < MOST_ROUNDS; rounds += 1) {
      await anHourPasses();
      await faulty.workers.getWorker<Env>().scheduled({ cron: '* * * * *', scheduledTime: new Date() });
      await faulty.quiet();
    }

    const { taken, keyed, caught, counts, batches } = await faulty.mailer();
    const api = await faulty.apiFaults();
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
