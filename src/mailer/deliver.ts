import type { Database } from '../../drizzle/client.ts';
import { faultOf, log } from '../log.ts';
import type { MailMessage } from '../mail/kind.ts';
import { type ClaimedMail, claimMail, releaseMail, settleMail } from '../mail/outbox.ts';
import { renderMail } from './render.ts';
import { type Transport, transportOf } from './transport.ts';

const SEND_DEADLINE_MS = 30 * 1000;
// Longer than the deadline: while a mail may still leave, nobody else takes it up.
const LEASE_MS = 90 * 1000;

const FIRST_DELAY_S = 10;
const LONGEST_DELAY_S = 60 * 60;

/** Exponential, with jitter, so that a provider that comes back is not met by everybody at once. */
const delayAfter = (attempts: number): number =>
  Math.round(Math.min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (attempts - 1)) * (0.75 + Math.random() / 2));

const withDeadline = async (sending: Promise<void>): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the provider did not answer in time')), SEND_DEADLINE_MS);
  });
  try {
    await Promise.race([sending, deadline]);
  } finally {
    clearTimeout(timer);
  }
};

/** Sends a claimed mail; returns the seconds to wait where it did not leave. */
const send = async (
  db: Database,
  env: MailerEnv,
  transport: Transport,
  mail: ClaimedMail,
): Promise<number | undefined> => {
  try {
    await withDeadline(transport(renderMail(env, mail)));
  } catch (error) {
    const delay = delayAfter(mail.attempts);
    log('warn', 'mail-failed', { mail: mail.id, kind: mail.kind, attempts: mail.attempts, fault: faultOf(error) });
    await releaseMail(db, mail, faultOf(error), new Date(Date.now() + delay * 1000));
    return delay;
  }
  const settled = await settleMail(db, mail);
  log('info', 'mail-sent', { mail: mail.id, kind: mail.kind, attempts: mail.attempts, settled });
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
