import { type SQL, sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import { users } from '../../../drizzle/schema.ts';
import { enqueueMail, type QueuedMail } from '../../outbox/outbox.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { actorRefusal, type CallerRefusal, mayAct, readCaller } from '../acts/caller.ts';
import { recordLater, type UserRecord } from '../acts/record.ts';
import type { BlacklistEntry } from '../sessions/blacklist.ts';
import { endSessions } from '../sessions/session.ts';
import { isNotLastAdministrator, readAccountState } from '../users/user.ts';

/** What follows a suspension outside the database. */
export type Deactivated = { outcome: 'deactivated'; mails: QueuedMail[]; endedSessions: BlacklistEntry[] };

/** Why an administrator's act did not happen, by who asked: nobody acts on the own account. */
type NotTheirs = CallerRefusal | 'SELF';

const isSelf = (by: Actor, userId: number): boolean => by.origin === 'http' && by.userId === userId;

/** The condition under which somebody may act on that account. */
const mayActOn = (by: Actor, userId: number, now: Date): SQL =>
  isSelf(by, userId) ? sql`false` : mayAct(by, now, 'admin');

/**
 * Suspends an account. The guarded update decides: of a hundred at once one happens, and with it in the same batch go
 * the audit record, the record for the private bucket, the one mail and every session. The update asks too whether who
 * acts still may. The last active administrator is not suspended, unless `force` says so.
 */
export const deactivateUser = async (
  db: Database,
  userId: number,
  { reason, force = false }: { reason: string | null; force?: boolean },
  by: Actor,
  now = new Date(),
): Promise<Deactivated | { outcome: NotTheirs | 'NO_USER' | 'ALREADY_DEACTIVATED' | 'LAST_ADMINISTRATOR' }> => {
  const happened = sql`changes() = 1`;
  const {
    caller: [caller],
    changed,
    mails,
    endedSessions,
    state: [state],
  } = await batch(db, {
    caller: readCaller(db, by, now),
    changed: db
      .update(users)
      .set({ isActive: false, deactivatedAt: now, deactivationReason: reason, updatedAt: now })
      .where(
        sql`${users.id} = ${userId} AND ${users.isActive} = 1 AND (${force ? 1 : 0} OR ${isNotLastAdministrator})
            AND ${mayActOn(by, userId, now)}`,
      )
      .returning({ id: users.id }),
    audit: recordAudit(db, 'user.deactivate', userId, by, happened, now),
    record: recordLater(db, 'deactivated', userId, happened, now),
    mails: enqueueMail(db, 'account-deactivated', { reason }, sql`users.id = ${userId} AND ${happened}`, now),
    ...endSessions(
      db,
      sql`user_id = ${userId} AND EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND is_active = 0)`,
      now,
    ),
    state: readAccountState(db, userId),
  });
  if (changed.length === 1) return { outcome: 'deactivated', mails, endedSessions };
  const refusal = actorRefusal(by, caller, 'admin');
  if (refusal) return { outcome: refusal };
  if (isSelf(by, userId)) return { outcome: 'SELF' };
  if (!state || state.deletedAt) return { outcome: 'NO_USER' };
  return { outcome: state.isActive ? 'LAST_ADMINISTRATOR' : 'ALREADY_DEACTIVATED' };
};

/** Ends a suspension; one mail says so. A deleted account is no longer there for administrators. */
export const reactivateUser = async (
  db: Database,
  userId: number,
  by: Actor,
  now = new Date(),
): Promise<{ outcome: 'reactivated'; mails: QueuedMail[] } | { outcome: NotTheirs | 'NO_USER' | 'ALREADY_ACTIVE' }> => {
  const happened = sql`changes() = 1`;
  const {
    caller: [caller],
    changed,
    mails,
    state: [state],
  } = await batch(db, {
    caller: readCaller(db, by, now),
    changed: db
      .update(users)
      .set({ isActive: true, deactivatedAt: null, deactivationReason: null, updatedAt: now })
      .where(
        sql`${users.id} = ${userId} AND ${users.isActive} = 0 AND ${users.deletedAt} IS NULL
            AND ${mayActOn(by, userId, now)}`,
      )
      .returning({ id: users.id }),
    audit: recordAudit(db, 'user.reactivate', userId, by, happened, now),
    record: recordLater(db, 'reactivated', userId, happened, now),
    mails: enqueueMail(db, 'account-reactivated', {}, sql`users.id = ${userId} AND ${happened}`, now),
    state: readAccountState(db, userId),
  });
  if (changed.length === 1) return { outcome: 'reactivated', mails };
  const refusal = actorRefusal(by, caller, 'admin');
  if (refusal) return { outcome: refusal };
  if (isSelf(by, userId)) return { outcome: 'SELF' };
  return { outcome: !state || state.deletedAt ? 'NO_USER' : 'ALREADY_ACTIVE' };
};

/** The condition under which a restored row is the same person's and older than what a record knows of it. */
export const isBehindRecord = ({ kind, userId, userCreatedAt, at }: UserRecord): SQL =>
  sql`${users.id} = ${userId} AND ${users.createdAt} = ${userCreatedAt} AND ${
    kind === 'deactivated' ? sql`${users.deactivatedAt} IS NULL` : sql`${users.deactivatedAt} < ${at}`
  }`;

/**
 * Brings a restored row to what the private bucket last knows of its suspension, if it is the same person and the row
 * is older than that knowledge. Nobody is told twice. Answers whether something changed.
 */
export const replaySuspension = async (db: Database, record: UserRecord, by: Actor, now: Date): Promise<boolean> => {
  const isSuspension = record.kind === 'deactivated';
  const known = isSuspension
    ? { isActive: false, deactivatedAt: new Date(record.at) }
    : { isActive: sql`deleted_at IS NULL`, deactivatedAt: null, deactivationReason: null };
  const action = isSuspension ? 'user.deactivate' : 'user.reactivate';
  const { changed } = await batch(db, {
    changed: db
      .update(users)
      .set({ ...known, updatedAt: now })
      .where(isBehindRecord(record))
      .returning({ id: users.id }),
    audit: recordAudit(db, action, record.userId, by, sql`changes() = 1`, now),
  });
  return changed.length === 1;
};
