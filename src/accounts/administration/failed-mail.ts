import { desc, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { outbox } from '../../../drizzle/schema.ts';
import type { WaitingMail } from '../../outbox/outbox.ts';
import { type Actor, recordAuditOfEach } from '../acts/audit.ts';

// A mail that the mailer has given up on: its row has `failed_at`, is sent no more, and is wiped a week later.

/** The mails that failed for good, newest first, at most `limit`; `before` is an id, to go on from a page. */
export const listFailedMails = (db: Database, { before, limit }: { before?: number | undefined; limit: number }) =>
  db
    .select({
      id: outbox.id,
      userId: outbox.userId,
      kind: outbox.kind,
      attempts: outbox.attempts,
      failure: outbox.failure,
      createdAt: outbox.createdAt,
      failedAt: sql<number>`${outbox.failedAt}`.mapWith((ms) => new Date(ms)),
    })
    .from(outbox)
    .where(sql`${outbox.failedAt} IS NOT NULL AND ${outbox.id} < ${before ?? Number.MAX_SAFE_INTEGER}`)
    .orderBy(desc(outbox.id))
    .limit(limit);

export type FailedMail = Awaited<ReturnType<typeof listFailedMails>>[number];

/** Which failed mails are meant: that of an id, or the oldest `limit`. */
export type FailedMails = { id: number } | { limit: number };

const isMeant = (which: FailedMails): SQL =>
  'id' in which
    ? sql`failed_at IS NOT NULL AND id = ${which.id}`
    : sql`id IN (SELECT id FROM outbox WHERE failed_at IS NOT NULL ORDER BY id LIMIT ${which.limit})`;

export const findFailedMails = async (db: Database, which: FailedMails): Promise<WaitingMail[]> =>
  statement<WaitingMail>(db, sql`SELECT id FROM outbox WHERE ${isMeant(which)} ORDER BY id`);

/** Makes failed mails due again, as if they had never been tried; answers them, for the mailer. */
export const retryFailedMails = async (
  db: Database,
  which: FailedMails,
  by: Actor,
  now = new Date(),
): Promise<WaitingMail[]> => {
  const where = isMeant(which);
  const { retried } = await batch(db, {
    audit: recordAuditOfEach(db, 'mail.retry', sql`SELECT user_id AS id FROM outbox WHERE ${where}`, by, now),
    retried: statement<WaitingMail>(
      db,
      sql`
      UPDATE outbox SET failed_at = NULL, failure = NULL, attempts = 0, lease = NULL, leased_until = NULL,
                        due_at = ${now.getTime()}
      WHERE ${where} RETURNING id`,
    ),
  });
  return retried;
};
