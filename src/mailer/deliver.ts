import type { Database } from '../../drizzle/client.ts';
import type { MailMessage } from '../outbox/kind.ts';
import { buryMail, type ClaimedMail, claimMail, failMail, releaseMail, settleMail } from '../outbox/outbox.ts';
import { inTime } from '../workers/deadline.ts';
import { faultOf, log } from '../workers/log.ts';
import { countMail, type MailOutcome } from '../workers/metrics.ts';
import { renderMail } from './render.ts';
import { SendFailure } from './send-failure.ts';
import { type Transport, transportOf } from './transport.ts';

const SEND_DEADLINE_MS = 30 * 1000;
// Longer than the deadline: while a mail may still leave, nobody else takes it up.
const LEASE_MS = 90 * 1000;

// The waits between the tries to note that a mail has left. They fit into the lease after the longest send; where each try hangs
// as well, nobody else can ask that database either.
const NOTE_DELAYS_MS = [100, 500, 2000, 5000, 10_000, 20_000];

const FIRST_DELAY_S = 10;
const LONGEST_DELAY_S = 60 * 60;
// With the delays between them, about a day: a provider's bad night loses no mail.
const MAX_ATTEMPTS = 30;

/** Exponential, with jitter, so that a provider that comes back is not met by everybody at once. */
const delayAfter = (attempts: number): number =>
  Math.round(Math.min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (attempts - 1)) * (0.75 + Math.random() / 2));

const withDeadline = async (sending: Promise<void>): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SendFailure('E_NO_ANSWER_IN_TIME')), SEND_DEADLINE_MS);
  });
  try {
    await Promise.race([sending, deadline]);
  } finally {
    clearTimeout(timer);
  }
};

/** What is noted of a failure, in the row and in the log: a code. A fault of ours is named by its kind alone. */
const codeOf = (error: unknown): string => {
  if (error instanceof SendFailure) return error.code;
  return error instanceof Error ? error.name : 'unknown';
};

const count = (
  env: MailerEnv,
  outcome: MailOutcome,
  { kind, attempts, createdAt }: Pick<ClaimedMail, 'kind' | 'attempts' | 'createdAt'>,
  failure?: string,
): void => countMail(env.METRICS, outcome, { kind, failure, attempts, ms: Date.now() - createdAt.getTime() });

/** What the log says of a mail: whose it is by id, which the line of the act that queued it has too. */
const lineOf = ({ id, kind, userId, attempts }: ClaimedMail) => ({ mail: id, kind, user_id: userId, attempts });

/** Puts a mail that did not leave back, or gives it up; returns the seconds to wait where it will be tried again. */
const giveBack = async (
  db: Database,
  env: MailerEnv,
  mail: ClaimedMail,
  error: unknown,
): Promise<number | undefined> => {
  const code = codeOf(error);
  const isForGood = mail.attempts >= MAX_ATTEMPTS || (error instanceof SendFailure && error.isPermanent);
  const line = { ...lineOf(mail), failure: code };
  count(env, isForGood ? 'failed-for-good' : 'failed', mail, code);
  if (isForGood) {
    log('error', 'mail-failed-for-good', line);
    await failMail(db, mail, code);
    return undefined;
  }
  log('warn', 'mail-failed', line);
  const delay = delayAfter(mail.attempts);
  await releaseMail(db, mail, code, new Date(Date.now() + delay * 1000));
  return delay;
};

/**
 * Notes that a mail has left, again and again while it is held: a database that does not answer for a moment lets no
 * mail leave twice. Says whether its row was still there.
 */
const noteSent = async (db: Database, mail: ClaimedMail): Promise<boolean> => {
  for (const delay of NOTE_DELAYS_MS) {
    try {
      return await inTime('D1 for a note', settleMail(db, mail));
    } catch (error) {
      log('warn', 'mail-sent-not-noted', { mail: mail.id, user_id: mail.userId, fault: faultOf(error) });
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return settleMail(db, mail);
};

/** Sends a claimed mail; returns the seconds to wait where it did not leave and will be tried again. */
const send = async (
  db: Database,
  env: MailerEnv,
  transport: Transport,
  mail: ClaimedMail,
): Promise<number | undefined> => {
  try {
    await withDeadline(transport(renderMail(env, mail), `${mail.id}.${mail.createdAt.getTime()}`));
  } catch (error) {
    return giveBack(db, env, mail, error);
  }
  count(env, 'sent', mail);
  const settled = await noteSent(db, mail);
  log('info', 'mail-sent', { ...lineOf(mail), settled });
  return undefined;
};

/**
 * Delivers the mail that a message names and every other one that waits for the same user, oldest first. A message
 * whose row is gone, or whose user somebody else is writing to, is done with: the rows remember what is still to
 * send, and who holds the lease goes on to the next of them.
 */
export const deliver = async (db: Database, env: MailerEnv, message: Message<MailMessage>): Promise<void> => {
  try {
    const transport = transportOf(env);
    let userId: number | null = null;
    for (;;) {
      const lease = { id: crypto.randomUUID(), ms: LEASE_MS };
      const mail = await claimMail(db, { id: message.body.id, userId }, lease);
      if (!mail) return message.ack();
      const delaySeconds = await send(db, env, transport, mail);
      if (delaySeconds !== undefined) return message.retry({ delaySeconds });
      userId = mail.userId;
    }
  } catch (error) {
    log('error', 'mail-delivery-fault', { mail: message.body.id, fault: faultOf(error) });
    message.retry({ delaySeconds: FIRST_DELAY_S });
  }
};

/** Takes a message that the queue has given up on: the mail it names is marked as failed for good, if it was tried to the end. */
export const bury = async (db: Database, env: MailerEnv, message: Message<MailMessage>): Promise<void> => {
  try {
    const buried = await buryMail(db, message.body.id, MAX_ATTEMPTS);
    if (buried) count(env, 'dead-letter', buried);
    const line = { mail: message.body.id, kind: buried?.kind, user_id: buried?.userId };
    log('error', 'mail-dead-letter', { ...line, buried: buried !== undefined });
    message.ack();
  } catch (error) {
    log('error', 'mail-delivery-fault', { mail: message.body.id, fault: faultOf(error) });
    message.retry({ delaySeconds: FIRST_DELAY_S });
  }
};
