import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { database } from '../../drizzle/client.ts';
import { randomId } from '../../src/accounts/tokens/signed-token.ts';
import worker from '../../src/mailer/index.ts';
import { pushToService } from '../../src/mailer/push.ts';
import type { MailMessage } from '../../src/outbox/kind.ts';
import { MINUTE_MS } from '../../src/workers/duration.ts';
import { type Fault, faultsOf, faulty } from '../faults.ts';
import { brokenInvariants, type Mark, markOf } from '../invariants.ts';
import { randomFrom } from '../random.ts';

// What the mailer does of itself, one call of which goes wrong: a mail that is delivered, one that is buried, and the events of a
// service. Leases and delays are over as soon as the try is, as if the minutes had passed.

const rows = async <Row = any>(statement: string, ...values: unknown[]): Promise<Row[]> =>
  (
    await env.DB.prepare(statement)
      .bind(...values)
      .all<Row>()
  ).results;

// Between two notes; the deadlines that the mailer has are none of these.
const PAUSES_MS = [500, 1500, 2000, 5000, 20_000];

const random = randomFrom(inject('seed'));
const few = () => (inject('isDeep') ? undefined : 6);
const counted = { tries: 0, sent: 0, mails: 0, pushed: 0, events: 0 };

let since: Mark;
let lines: string[];

beforeEach(async () => {
  since = await markOf(env.DB);
  lines = [];
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line));
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => console.log(`${JSON.stringify(counted)}, SEED=${inject('seed')}`));

const newUser = async (): Promise<number> => {
  const [row] = await rows<{ id: number }>(
    `INSERT INTO users (email, password_hash, is_verified, accepted_terms_at, created_at, updated_at)
     VALUES (?, '', 1, 0, 0, 0) RETURNING id`,
    `${randomId().toLowerCase()}@example.com`,
  );
  return row?.id ?? 0;
};

const newMail = async (userId: number, attempts = 0): Promise<number> => {
  const [row] = await rows<{ id: number }>(
    `INSERT INTO outbox (user_id, kind, data, due_at, attempts, created_at)
     VALUES (?, 'password-changed', '{}', ?, ?, ?) RETURNING id`,
    ...[userId, Date.now(), attempts, Date.now()],
  );
  return row?.id ?? 0;
};

/** One batch of the queue with one message, whose end is told once. */
const consume = async (queue: string, id: number, sent: number[], fault?: Fault) => {
  const EMAIL = {
    send: async ({ headers }: { headers: Record<string, string> }) => {
      sent.push(Number(headers['X-Mail-Key']?.split('.', 1)[0]));
      return { messageId: '1' };
    },
  } as unknown as SendEmail;
  const { bindings, calls, watch } = faulty({ ...env, EMAIL }, fault, PAUSES_MS);
  const batch = createMessageBatch<MailMessage>(queue, [{ id: 'm', timestamp: new Date(), attempts: 1, body: { id } }]);
  const [message] = batch.messages;
  const told: string[] = [];
  if (message) vi.spyOn(message, 'ack').mockImplementation(() => void told.push('ack'));
  if (message) vi.spyOn(message, 'retry').mockImplementation(() => void told.push('retry'));
  try {
    await watch(worker.queue(batch, bindings));
  } finally {
    vi.mocked(setTimeout).mockRestore();
  }
  expect(told).toHaveLength(1);
  return { calls, outcome: told[0] };
};

/** The minutes pass in which a lease ends and a mail is due again. */
const passMinutes = () => rows('UPDATE outbox SET due_at = 0, leased_until = 1 WHERE failed_at IS NULL');

const named = (fault: Fault, calls: readonly string[]): string =>
  `call ${fault.call} (${calls[fault.call]}) ${fault.manner}`;

const expectNothingBroken = async (at: string) => {
  expect(await brokenInvariants({ DB: env.DB }, { since, told: lines }, { settled: false }), at).toEqual([]);
};

describe(`what the mailer does, one call of which goes wrong (SEED=${inject('seed')})`, () => {
  it('delivers a mail, and no second copy but where nobody heard that the first had left', async () => {
    const queue = 'edge-accounts-mail';
    const { calls } = await consume(queue, await newMail(await newUser()), []);
    for (const fault of faultsOf(calls.length, few(), random)) {
      const [at, sent, user] = [named(fault, calls), [] as number[], await newUser()];
      const mails = [await newMail(user), await newMail(user)] as const;
      await consume(queue, mails[0], sent, fault);
      for (
        let tries = 0;
        tries < 3 && (await rows('SELECT 1 FROM outbox WHERE user_id = ?', user)).length > 0;
        tries += 1
      ) {
        await passMinutes();
        await consume(queue, mails[tries === 0 ? 0 : 1], sent);
      }
      expect(await rows('SELECT 1 FROM outbox WHERE user_id = ?', user), at).toEqual([]);
      const isUnheard = calls[fault.call] === 'EMAIL.send' && fault.manner !== 'refuses' && fault.manner !== 'hangs';
      const copies = mails.map((mail) => sent.filter((id) => id === mail).length);
      expect(copies, at).toEqual([isUnheard ? 2 : 1, 1]);
      // In order: what the first one waits for the second waits for as well.
      expect(sent, at).toEqual(sent.toSorted((a, b) => a - b));
      await expectNothingBroken(at);
      counted.tries += 1;
      counted.mails += 2;
      counted.sent += sent.length;
    }
  });

  it('buries a mail that was given up, in the end', async () => {
    const queue = 'edge-accounts-mail-dead';
    const { calls } = await consume(queue, await newMail(await newUser(), 30), []);
    for (const fault of faultsOf(calls.length, few(), random)) {
      const [at, id] = [named(fault, calls), await newMail(await newUser(), 30)];
      const { outcome } = await consume(queue, id, [], fault);
      if (outcome === 'retry') await consume(queue, id, []);
      const [mail] = await rows('SELECT failed_at, failure FROM outbox WHERE id = ?', id);
      expect(mail, at).toEqual({ failed_at: expect.any(Number), failure: 'E_DEAD_LETTER' });
      await expectNothingBroken(at);
      counted.tries += 1;
    }
  });

  it('tells a service of every event, in order', async () => {
    const told: number[] = [];
    const push = async (service: string, fault?: Fault): Promise<string[]> => {
      vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
        told.push(JSON.parse(String(init?.body)).seq);
        return new Response(null, { status: 204 });
      });
      const { bindings, calls, watch } = faulty({ ...env }, fault, PAUSES_MS);
      try {
        await watch(pushToService(database(bindings.DB), bindings, service));
      } finally {
        vi.mocked(setTimeout).mockRestore();
      }
      return calls;
    };
    const stage = async () => {
      const service = crypto.randomUUID();
      const [{ seq }] = await rows('SELECT coalesce(max(seq), 0) AS seq FROM events');
      await rows(
        `INSERT INTO services (id, name, url, generation, key_version, created_at, since_seq, seq, due_at)
         VALUES (?, ?, 'https://example.com/', 1, 1, 0, ?, ?, 0)`,
        ...[service, service, seq, seq],
      );
      const seqs: number[] = [];
      for (const type of ['user.updated', 'user.updated', 'user.signed_out']) {
        const insert = "INSERT INTO events (type, user_id, data, at) VALUES (?, 0, '{}', ?) RETURNING seq";
        seqs.push((await rows(insert, type, Date.now()))[0].seq);
      }
      return { service, seqs };
    };
    const first = await stage();
    const calls = await push(first.service);
    expect(told.splice(0)).toEqual(first.seqs);
    for (const fault of faultsOf(calls.length, few(), random)) {
      const at = named(fault, calls);
      const { service, seqs } = await stage();
      await push(service, fault);
      for (let tries = 0; tries < 2; tries += 1) {
        await rows('UPDATE services SET due_at = 0, leased_until = ? WHERE id = ?', Date.now() - MINUTE_MS, service);
        await push(service);
      }
      const received = told.splice(0);
      expect([...new Set(received)], at).toEqual(seqs);
      expect(received, at).toEqual(received.toSorted((a, b) => a - b));
      expect((await rows('SELECT seq FROM services WHERE id = ?', service))[0].seq, at).toBe(seqs.at(-1));
      await expectNothingBroken(at);
      counted.tries += 1;
      counted.events += seqs.length;
      counted.pushed += received.length;
    }
  });
});
