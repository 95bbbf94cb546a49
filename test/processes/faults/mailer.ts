import worker from '../../../src/mailer/index.ts';
import type { MailMessage } from '../../../src/outbox/kind.ts';
import type { PushMessage } from '../../../src/outbox/push.ts';
import { type Chances, type Life, makeCall, newLife } from './chance.ts';
import { faultyDatabase } from './database.ts';
import { add, randomOf, record } from './record.ts';

export { Pushes } from './pushes.ts';

// The mailer Worker as it is, with a database and a provider that fail now and then, in a process that dies now and
// then. A death takes the whole batch along: nothing of what it was about to do happens, its leases stay, and the
// queue, which hears nothing, delivers its messages again. It is played: the handler throws, and no call is made any more.

const CHANCES = {
  claim: { refused: 0.05, lost: 0.04, death: 0.004 },
  settle: { refused: 0.06, lost: 0.04, death: 0.01 },
  release: { refused: 0.1, lost: 0.05, death: 0.004 },
  provider: { refused: 0.15, death: 0.004 },
} satisfies Record<string, Chances>;
// How often the process ends before it has begun with what woke it.
const STILLBORN = 0.02;

type FaultyEnv = MailerEnv & { FAULT_SEED: string };

const keys = new Set<string>();

const callOf = (text: string): keyof typeof CHANCES => {
  // Of a suspension it is noted first that it was told.
  if (/^\s*(?:delete|insert into record_outbox)/i.test(text)) return 'settle';
  return /attempts = attempts \+ 1/.test(text) ? 'claim' : 'release';
};

/** The bindings of one batch. `agreed` are the addresses that the provider has said yes to in it. */
const faulty = (env: FaultyEnv, life: Life, agreed: string[]): MailerEnv => {
  const settings = (name: keyof typeof CHANCES) => ({
    ...{ name, life, random: randomOf(env), counts: record.counts },
    chances: CHANCES[name],
  });
  const provider = async (mail: EmailMessageBuilder) => {
    await scheduler.wait(1);
    add(record.taken, String(mail.to));
    const key = mail.headers?.['X-Mail-Key'] ?? crypto.randomUUID();
    if (!keys.has(key)) add(record.keyed, String(mail.to));
    keys.add(key);
    agreed.push(String(mail.to));
    return { messageId: '1' };
  };
  const EMAIL = { send: (mail: EmailMessageBuilder) => makeCall(() => provider(mail), settings('provider')) };
  return { ...env, EMAIL: EMAIL as SendEmail, DB: faultyDatabase(env.DB, (text) => settings(callOf(text))) };
};

/** The same message, but that the time until it comes again has passed at once, for the message and for the row. */
const impatient = <Body extends MailMessage | PushMessage>(
  message: Message<Body>,
  db: D1Database,
  passing: Promise<unknown>[],
): Message<Body> =>
  new Proxy(message, {
    get: (target, name) => {
      if (name === 'ack') return () => target.ack();
      if (name !== 'retry') return Reflect.get(target, name);
      return () => {
        const id = 'id' in target.body ? target.body.id : null;
        passing.push(db.prepare('UPDATE outbox SET due_at = 0 WHERE id = ? AND lease IS NULL').bind(id).run());
        target.retry({ delaySeconds: 0.2 });
      };
    },
  });

export default {
  queue: async (batch, env) => {
    record.batches += 1;
    if (/-events$/.test(batch.queue) && randomOf(env)() < STILLBORN) {
      add(record.counts, 'events death');
      throw new Error('the process has died');
    }
    record.active += 1;
    const agreed: string[] = [];
    const passing: Promise<unknown>[] = [];
    const { life, over } = newLife();
    const messages = batch.messages.map((message) => impatient(message, env.DB, passing));
    try {
      await Promise.race([over, worker.queue({ ...batch, queue: batch.queue, messages }, faulty(env, life, agreed))]);
    } finally {
      if (life.isOver) {
        await Promise.allSettled(life.underWay);
        for (const address of await waiting(env.DB, agreed)) add(record.caught, address);
      }
      await Promise.allSettled(passing);
      record.active -= 1;
    }
  },
  fetch: () => Response.json(record),
} satisfies ExportedHandler<FaultyEnv, MailMessage | PushMessage>;

/** Those of the addresses whose row is still there. */
const waiting = async (db: D1Database, addresses: string[]): Promise<string[]> => {
  const { results } = await db
    .prepare(
      'SELECT users.email FROM users JOIN outbox ON user_id = users.id WHERE users.email IN (SELECT value FROM json_each(?))',
    )
    .bind(JSON.stringify(addresses))
    .all<{ email: string }>();
  return results.map(({ email }) => email);
};
