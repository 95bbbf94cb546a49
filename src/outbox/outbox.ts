import { and, eq, isSQLWrapper, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../drizzle/client.ts';
import { outbox, users } from '../../drizzle/schema.ts';
import { inTime } from '../workers/deadline.ts';
import { MINUTE_MS } from '../workers/duration.ts';
import { faultOf, log } from '../workers/log.ts';
import type { MailData, MailKind, MailMessage } from './kind.ts';

// A row that is due for this long was forgotten: its message was lost, or its consumer died.
const FORGOTTEN_AFTER_MS = 2 * MINUTE_MS;

/** A mail in the outbox, as the statements of `enqueueMail` return it. */
export type QueuedMail = { id: number; kind: MailKind };

/** The same where it is only to be sent. */
export type WaitingMail = Pick<QueuedMail, 'id'>;

/** A mail that one consumer has claimed: nobody else sends it while the lease lasts. */
export type ClaimedMail = {
  id: number;
  userId: number | null;
  kind: MailKind;
  data: unknown;
  email: string;
  /** The name to greet with; null where there is none, or where nobody has ever verified the address. */
  fullName: string | null;
  language: string;
  attempts: number;
  lease: string;
  createdAt: Date;
};

/**
 * The statement that puts a mail into the outbox, for the batch that makes the change it tells of. It writes one
 * row for each user that `where` finds (none, where the change did not happen) and returns its id and kind. A kind that differs
 * from user to user is an expression, and so are such data, which make JSON.
 */
export const enqueueMail = <Kind extends MailKind>(
  db: Database,
  kind: Kind | SQL<Kind>,
  data: MailData[Kind] | SQL<string>,
  where: SQL,
  now = new Date(),
) =>
  statement<QueuedMail>(
    db,
    sql`
    INSERT INTO outbox (user_id, kind, data, due_at, created_at)
    SELECT users.id, ${kind}, ${isSQLWrapper(data) ? data : JSON.stringify(data)}, ${now.getTime()}, ${now.getTime()} FROM users WHERE ${where}
    RETURNING id, kind`,
  );

/** The same for a mail that goes to this address, whichever the user has when it leaves. */
export const enqueueMailTo = <Kind extends MailKind>(
  db: Database,
  kind: Kind,
  data: MailData[Kind],
  email: string,
  where: SQL,
  now: Date,
) =>
  statement<QueuedMail>(
    db,
    sql`
    INSERT INTO outbox (user_id, kind, data, email, due_at, created_at)
    SELECT users.id, ${kind}, ${JSON.stringify(data)}, ${email}, ${now.getTime()}, ${now.getTime()} FROM users WHERE ${where}
    RETURNING id, kind`,
  );

/**
 * The statement that queues the mail which confirms an erasure. It stands before the user's row is removed and takes
 * the address along, since afterwards nothing else knows it.
 */
export const enqueueLastMail = (db: Database, userId: number, where: SQL, now: Date) =>
  statement<QueuedMail>(
    db,
    sql`
    INSERT INTO outbox (kind, data, email, language, due_at, created_at)
    SELECT 'account-erased', '{}', users.email, users.listening_language, ${now.getTime()}, ${now.getTime()}
    FROM users WHERE users.id = ${userId} AND ${where}
    RETURNING id, kind`,
  );

/**
 * Tells the mailer of new rows. A courtesy: the rows are already safe, and what the queue does not take now the
 * scheduled run sends again, so a failure is logged and nothing more. Never rejects.
 */
export const wakeMailer = async (queue: Queue<MailMessage>, mails: readonly WaitingMail[]): Promise<void> => {
  // The queue takes a hundred messages in one call.
  for (let start = 0; start < mails.length; start += 100) {
    const messages = mails.slice(start, start + 100).map(({ id }) => ({ body: { id } }));
    try {
      await inTime('Queues', queue.sendBatch(messages));
    } catch (error) {
      log('warn', 'mail-queue-failed', { mails: messages.length, fault: faultOf(error) });
    }
  }
};

/** The rows whose message was lost, oldest first. They count as due anew, so that the next run leaves them alone for a while. */
export const forgottenMails = (db: Database, limit: number, now = new Date()): Promise<WaitingMail[]> =>
  statement<WaitingMail>(
    db,
    sql`
    UPDATE outbox SET due_at = ${now.getTime()} WHERE id IN (
      SELECT id FROM outbox
      WHERE due_at <= ${now.getTime() - FORGOTTEN_AFTER_MS} AND failed_at IS NULL
        AND (leased_until IS NULL OR leased_until <= ${now.getTime()})
      ORDER BY due_at LIMIT ${limit})
    RETURNING id`,
  );

/**
 * Claims the oldest mail of the user whom mail `id` is for (or of `userId`, when that mail is already gone), if it is
 * due and nobody else holds it: mails to one user leave in the order of what happened. The lease outlasts the longest
 * send. Undefined: there is nothing to send now.
 */
export const claimMail = async (
  db: Database,
  { id, userId }: { id: number; userId: number | null },
  lease: { id: string; ms: number },
  now = new Date(),
): Promise<ClaimedMail | undefined> => {
  const at = now.getTime();
  const {
    mail: [claimed],
  } = await batch(db, {
    claim: statement(
      db,
      sql`
      UPDATE outbox SET lease = ${lease.id}, leased_until = ${at + lease.ms}, attempts = attempts + 1
      WHERE id = (SELECT min(id) FROM outbox WHERE failed_at IS NULL
                  AND (id = ${id} OR user_id = (SELECT user_id FROM outbox WHERE id = ${id}) OR user_id = ${userId}))
        AND due_at <= ${at} AND (leased_until IS NULL OR leased_until <= ${at})`,
    ),
    mail: db
      .select({
        id: outbox.id,
        userId: outbox.userId,
        kind: sql<MailKind>`${outbox.kind}`,
        data: outbox.data,
        email: sql<string>`coalesce(${outbox.email}, ${users.email})`,
        // Whoever signs up, or asks for another address, may have given a stranger's: words of theirs are not ours to send there.
        fullName: sql<
          string | null
        >`CASE WHEN ${users.isVerified} AND ${outbox.email} IS NULL THEN ${users.fullName} END`,
        language: sql<string>`coalesce(${outbox.language}, ${users.listeningLanguage}, 'en')`,
        attempts: outbox.attempts,
        createdAt: outbox.createdAt,
      })
      .from(outbox)
      .leftJoin(users, eq(users.id, outbox.userId))
      .where(eq(outbox.lease, lease.id)),
  });
  return claimed && { ...claimed, lease: lease.id };
};

/**
 * Removes a mail that was sent, while its lease is still held; says whether it was. That a suspension was told is noted for
 * the private bucket: after a restore nobody is told twice, nor not at all.
 */
export const settleMail = async (
  db: Database,
  { id, lease, kind }: Pick<ClaimedMail, 'id' | 'lease' | 'kind'>,
): Promise<boolean> => {
  const isHeld = and(eq(outbox.id, id), eq(outbox.lease, lease));
  const told = statement(
    db,
    sql`
    INSERT INTO record_outbox (kind, user_id, user_created_at, at)
    SELECT 'told', users.id, users.created_at, outbox.created_at
    FROM outbox JOIN users ON users.id = outbox.user_id WHERE ${isHeld}`,
  );
  const { settled } = await batch(db, {
    ...(kind === 'account-deactivated' ? { told } : {}),
    settled: db.delete(outbox).where(isHeld).returning({ id: outbox.id }),
  });
  return settled.length === 1;
};

/** Gives a mail back that could not be sent; it is due again at `dueAt`. */
export const releaseMail = async (
  db: Database,
  mail: Pick<ClaimedMail, 'id' | 'lease'>,
  failure: string,
  dueAt: Date,
): Promise<void> => {
  await db
    .update(outbox)
    .set({ lease: null, leasedUntil: null, dueAt, failure })
    .where(and(eq(outbox.id, mail.id), eq(outbox.lease, mail.lease)));
};

/** Gives a mail up that its holder could not send; it is kept for a week, for people to look at and to try again. */
export const failMail = async (
  db: Database,
  mail: Pick<ClaimedMail, 'id' | 'lease'>,
  failure: string,
  now = new Date(),
): Promise<void> => {
  await db
    .update(outbox)
    .set({ lease: null, leasedUntil: null, failedAt: now, failure })
    .where(and(eq(outbox.id, mail.id), eq(outbox.lease, mail.lease)));
};

/**
 * Gives a mail up whose message the queue has given up, if it was tried `attempts` times and nobody holds it right now.
 * One that was tried less stays, for the scheduled run: its message was used up by an older mail of the same user, or
 * by a database that did not answer. Answers the mail, where it was given up.
 */
export const buryMail = async (
  db: Database,
  id: number,
  attempts: number,
  now = new Date(),
): Promise<Pick<ClaimedMail, 'userId' | 'kind' | 'attempts' | 'createdAt'> | undefined> => {
  const [buried] = await db
    .update(outbox)
    .set({ lease: null, leasedUntil: null, failedAt: now, failure: sql`coalesce(failure, 'E_DEAD_LETTER')` })
    .where(
      sql`${outbox.id} = ${id} AND attempts >= ${attempts} AND failed_at IS NULL
          AND (leased_until IS NULL OR leased_until <= ${now.getTime()})`,
    )
    .returning({
      userId: outbox.userId,
      kind: sql<MailKind>`${outbox.kind}`,
      attempts: outbox.attempts,
      createdAt: outbox.createdAt,
    });
  return buried;
};
