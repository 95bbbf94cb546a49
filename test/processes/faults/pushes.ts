import { AsyncLocalStorage } from 'node:async_hooks';
import { Pushes as RealPushes } from '../../../src/mailer/index.ts';
import type { PushMessage } from '../../../src/outbox/push.ts';
import { type CallSettings, type Chances, type Life, makeCall, newLife } from './chance.ts';
import { faultyDatabase } from './database.ts';
import { add, randomOf, record } from './record.ts';

// What sends to services, as it is, with a database, a network and a queue that fail now and then, in a process that dies now
// and then, or stands still for so long that its lease runs out and another goes on. Time passes in the database: a lease
// whose holder is gone has run out, and so has the wait for a try that the queue would wake.

const CHANCES = {
  claim: { refused: 0.04, lost: 0.02, death: 0.005 },
  fetch: { refused: 0.02, lost: 0.02, death: 0.005 },
  settle: { refused: 0.06, lost: 0.03, death: 0.005 },
  fail: { refused: 0.1, lost: 0.05, death: 0.005 },
  'events queue': { refused: 0.1, lost: 0.05, death: 0.005 },
} satisfies Record<string, Chances>;
// How many senders find the database gone for good when they want to note something, and how many notes are overtaken.
const AWAY = 0.02;
const FROZEN = 0.01;
// How often somebody's next change wakes a service whose sender has died; otherwise the schedule has to.
const WOKEN = 0.8;

type FaultyEnv = MailerEnv & { FAULT_SEED: string };

/** One sender, in its process. `unnoted` are the events that the service has said yes to and whose note has not been made. */
type Sender = {
  env: FaultyEnv;
  life: Life;
  over: Promise<never>;
  service: string;
  leases: string[];
  unnoted: number[];
  isAway: boolean;
  /** Whether it has stood still, and whether its lease has run out meanwhile. */
  wasFrozen: boolean;
  isStale: boolean;
};

const newSender = (env: FaultyEnv): Sender => ({
  ...{ env, ...newLife(), service: '', leases: [], unnoted: [], wasFrozen: false, isStale: false },
  isAway: randomOf(env)() < AWAY,
});

const senders = new AsyncLocalStorage<Sender>();

const settings = ({ env, life }: Sender, name: keyof typeof CHANCES): CallSettings => ({
  ...{ name, life, random: randomOf(env), counts: record.counts },
  chances: CHANCES[name],
});

const callOf = (text: string): 'claim' | 'settle' | 'fail' => {
  if (/SET lease = /.test(text)) return 'claim';
  return /"due_at" = /.test(text) ? 'fail' : 'settle';
};

const databaseSettings = (sender: Sender, text: string): CallSettings => {
  const name = callOf(text);
  const usual = settings(sender, name);
  if (name === 'claim') return { ...usual, answered: (answer) => noteLease(sender, answer) };
  if (name === 'fail') return usual;
  return {
    ...usual,
    ...(sender.isAway && { name: 'settle for good', chances: { refused: 1 } }),
    before: () => freeze(sender),
    answered: (rows) => heardOfNote(sender, (rows as unknown[]).length === 1),
  };
};

/**
 * A note that was made holds for all that came before it. One that was not, since somebody else has the lease, is a loss only
 * where the sender stood still: nobody may take over from one that is at work.
 */
const heardOfNote = (sender: Sender, wasMade: boolean): void => {
  if (wasMade || !sender.isStale) sender.unnoted.splice(0);
};

/** The lease that a claim has given, if it has. What was not noted until then never is. */
const noteLease = (sender: Sender, answer: unknown): void => {
  countUnnoted(sender);
  sender.isStale = false;
  const [, service] = answer as D1Result<{ lease: string }>[];
  sender.leases.push(...(service?.results ?? []).map(({ lease }) => lease));
};

const countUnnoted = ({ service, unnoted }: Sender): void => {
  for (const seq of unnoted.splice(0)) add(record.unnoted, `${service} ${seq}`);
};

/** Lets the sender's leases run out. */
const expire = ({ env, service, leases }: Sender) =>
  env.DB.prepare(
    'UPDATE services SET leased_until = 0 WHERE id = ? AND lease IN (SELECT value FROM json_each(?)) RETURNING 1',
  )
    .bind(service, JSON.stringify(leases))
    .all();

/** Now and then a sender stands still before it notes an event, until another has taken over and noted it too. */
const freeze = async (sender: Sender): Promise<void> => {
  const { env, service, unnoted, wasFrozen } = sender;
  const [seq] = unnoted;
  if (wasFrozen || seq === undefined || randomOf(env)() >= FROZEN) return;
  [sender.wasFrozen, sender.isStale] = [true, true];
  await expire(sender);
  await env.EVENTS.send({ service });
  for (let waits = 0; waits < 40; waits += 1) {
    await scheduler.wait(50);
    const row = await env.DB.prepare('SELECT lease, seq FROM services WHERE id = ?')
      .bind(service)
      .first<{ lease: string | null; seq: number }>();
    if (row?.lease === null && row.seq >= seq) return add(record.counts, 'sender overtaken');
  }
};

/** The queue, but that what it delays comes at once. */
const impatient = (sender: Sender): Queue<PushMessage> => {
  const { DB, EVENTS } = sender.env;
  const send = async (message: PushMessage) => {
    await DB.prepare('UPDATE services SET due_at = 0 WHERE id = ? AND lease IS NULL').bind(message.service).run();
    return EVENTS.send(message);
  };
  return {
    ...EVENTS,
    send: (message: PushMessage) => makeCall(() => send(message), settings(sender, 'events queue')),
  };
};

const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const sender = senders.getStore();
  if (!sender) return realFetch(input, init);
  const { seq } = JSON.parse(String(init?.body)) as { seq: number };
  const answered = (answer: unknown) => (answer as Response).ok && sender.unnoted.push(seq);
  return makeCall(() => realFetch(input, init), { ...settings(sender, 'fetch'), answered });
};

/** What a sender does, to the end of its process, and what is to be counted of it then. */
const live = async (sender: Sender, work: Promise<unknown>): Promise<void> => {
  record.active += 1;
  try {
    await Promise.race([sender.over, work]);
  } catch {
    // The process has died.
  } finally {
    await Promise.allSettled(sender.life.underWay);
    countUnnoted(sender);
    const { results: left } = await expire(sender);
    if (left.length > 0 && randomOf(sender.env)() < WOKEN) await sender.env.EVENTS.send({ service: sender.service });
    record.active -= 1;
  }
};

export class Pushes extends RealPushes {
  readonly #sender: Sender;

  constructor(ctx: ExecutionContext, env: FaultyEnv) {
    const sender = newSender(env);
    const mortal = { waitUntil: (work: Promise<unknown>) => ctx.waitUntil(live(sender, work)) };
    super(mortal as ExecutionContext, {
      ...env,
      DB: faultyDatabase(env.DB, (text) => databaseSettings(sender, text)),
      EVENTS: impatient(sender),
    });
    this.#sender = sender;
  }

  override begin(service: string): void {
    this.#sender.service = service;
    senders.run(this.#sender, () => super.begin(service));
  }
}
