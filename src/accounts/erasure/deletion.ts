import { sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { users } from '../../../drizzle/schema.ts';
import { enqueueMail, type QueuedMail } from '../../outbox/outbox.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { type Caller, type CallerRefusal, callerRefusal, mayAct, readCaller } from '../acts/caller.ts';
import type { BlacklistEntry, HandedBack } from '../sessions/blacklist.ts';
import { endSessions } from '../sessions/session.ts';
import { isNotLastAdministrator, readAccountState } from '../users/user.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const REMINDER_MS = 3 * DAY_MS;

/** The grace period that `DELETION_GRACE_DAYS` names. */
export const graceMs = (days: string): number => {
  if (!/^\d{1,4}$/.test(days)) throw new Error('DELETION_GRACE_DAYS is not a number of days.');
  return Number(days) * DAY_MS;
};

/** What follows a deletion outside the database. */
export type Deleted = { outcome: 'deleted'; mails: QueuedMail[]; endedSessions: BlacklistEntry[] };

/**
 * Deletes the account of who asks softly: it is out of use at this moment, its sessions end, and it is erased when the
 * grace period is over. Only somebody in use and signed in deletes the own account, and not the last active
 * administrator; the update itself decides. `token` is the access token that is handed back.
 */
export const softDeleteUser = async (
  db: Database,
  by: Caller,
  token: HandedBack,
  grace: number,
  now = new Date(),
): Promise<Deleted | { outcome: CallerRefusal | 'LAST_ADMINISTRATOR' }> => {
  const { userId } = by;
  const isDeleted = sql`EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND deleted_at IS NOT NULL)`;
  const {
    caller: [caller],
    deleted,
    mails,
    endedSessions,
  } = await batch(db, {
    caller: readCaller(db, by, now),
    deleted: db
      .update(users)
      .set({ deletedAt: now, isActive: false, updatedAt: now })
      .where(sql`${users.id} = ${userId} AND ${mayAct(by, now)} AND ${isNotLastAdministrator}`)
      .returning({ id: users.id }),
    audit: recordAudit(db, 'user.delete', userId, by, sql`changes() = 1`, now),
    mails: enqueueMail(
      db,
      'account-deleted',
      { eraseAt: now.getTime() + grace },
      sql`users.id = ${userId} AND changes() = 1`,
      now,
    ),
    ...endSessions(db, sql`user_id = ${userId} AND ${isDeleted}`, now, token),
    links: statement(db, sql`DELETE FROM reset_tokens WHERE user_id = ${userId} AND ${isDeleted}`),
  });
  if (deleted.length === 0) return { outcome: callerRefusal(caller) ?? 'LAST_ADMINISTRATOR' };
  return { outcome: 'deleted', mails, endedSessions };
};

/** Reminds, once, those whose account is erased within three days. A grace period that is no longer has no reminder. */
export const remindOfErasures = async (
  db: Database,
  grace: number,
  limit: number,
  now = new Date(),
): Promise<QueuedMail[]> => {
  if (grace <= REMINDER_MS) return [];
  const at = now.getTime();
  const next = sql`users.id IN (SELECT id FROM users WHERE deleted_at <= ${at - grace + REMINDER_MS}
    AND deleted_at > ${at - grace} AND reminded_at IS NULL ORDER BY deleted_at LIMIT ${limit})`;
  const { mails } = await batch(db, {
    mails: enqueueMail(
      db,
      'erasure-reminder',
      sql<string>`json_object('eraseAt', users.deleted_at + ${grace})`,
      next,
      now,
    ),
    reminded: db.update(users).set({ remindedAt: now }).where(next),
  });
  return mails;
};

/**
 * Gives a softly deleted account back within its grace period, as it was before: one that was suspended stays so. Its
 * sessions stay ended. For administrators' scripts; no route does it.
 */
export const restoreUser = async (
  db: Database,
  userId: number,
  by: Actor,
  grace: number,
  now = new Date(),
): Promise<
  { outcome: 'restored'; mails: QueuedMail[] } | { outcome: 'NO_USER' | 'NOT_DELETED' | 'GRACE_PERIOD_OVER' }
> => {
  const {
    restored,
    mails,
    state: [state],
  } = await batch(db, {
    restored: db
      .update(users)
      .set({ deletedAt: null, remindedAt: null, isActive: sql`deactivated_at IS NULL`, updatedAt: now })
      .where(sql`${users.id} = ${userId} AND ${users.deletedAt} > ${now.getTime() - grace}`)
      .returning({ id: users.id }),
    audit: recordAudit(db, 'user.restore', userId, by, sql`changes() = 1`, now),
    mails: enqueueMail(db, 'account-restored', {}, sql`users.id = ${userId} AND changes() = 1`, now),
    state: readAccountState(db, userId),
  });
  if (restored.length === 1) return { outcome: 'restored', mails };
  if (!state) return { outcome: 'NO_USER' };
  return { outcome: state.deletedAt ? 'GRACE_PERIOD_OVER' : 'NOT_DELETED' };
};
