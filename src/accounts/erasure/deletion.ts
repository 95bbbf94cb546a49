import { sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { users } from '../../../drizzle/schema.ts';
import { enqueueMail, type QueuedMail } from '../../outbox/outbox.ts';
import { DAY_MS } from '../../workers/duration.ts';
import { isoTime } from '../../workers/time.ts';
import { actOnSelf, actOnUser } from '../acts/act.ts';
import { isNotLastAdministrator, refuseUnless } from '../acts/rule.ts';
import type { HandedBack } from '../sessions/blacklist.ts';
import { endSessions } from '../sessions/session.ts';

const REMINDER_MS = 3 * DAY_MS;

/** The grace period that `DELETION_GRACE_DAYS` names. */
export const graceMs = (days: string): number => {
  if (!/^\d{1,4}$/.test(days)) throw new Error('DELETION_GRACE_DAYS is not a number of days.');
  return Number(days) * DAY_MS;
};

/**
 * Deletes the account of who asks softly: it is out of use at this moment, its sessions end, and it is erased when the
 * grace period (`grace`, ms) is over. The last active administrator stays. `token` is the access token that is handed back.
 */
export const softDeleteUser = actOnSelf(
  'deleted',
  ({ db, userId, now }, { token, grace }: { token: HandedBack; grace: number }) => ({
    rules: [isNotLastAdministrator()],
    change: { deletedAt: now, isActive: false, updatedAt: now },
    event: { type: 'user.deleted', data: { erase_at: isoTime(now.getTime() + grace) } },
    audit: 'user.delete',
    record: { kind: 'deleted' },
    follows: ({ happened, isChanged }) => ({
      mails: enqueueMail(db, 'account-deleted', { eraseAt: now.getTime() + grace }, isChanged, now),
      ...endSessions(db, sql`user_id = ${userId} AND ${happened}`, now, token),
      links: statement(db, sql`DELETE FROM reset_tokens WHERE user_id = ${userId} AND ${happened}`),
    }),
  }),
);

/**
 * Gives a softly deleted account back within its grace period (`grace`, ms), as it was before: one that was suspended
 * stays so. Its sessions stay ended. For administrators' scripts; no route does it.
 */
export const restoreUser = actOnUser('restored', ({ db, now }, { grace }: { grace: number }) => ({
  rules: [
    refuseUnless(sql`users.deleted_at IS NOT NULL`, 'NOT_DELETED'),
    refuseUnless(sql`users.deleted_at > ${now.getTime() - grace}`, 'GRACE_PERIOD_OVER'),
  ],
  change: { deletedAt: null, remindedAt: null, isActive: sql`deactivated_at IS NULL`, updatedAt: now },
  event: { type: 'user.restored', data: {} },
  audit: 'user.restore',
  record: { kind: 'restored' },
  follows: ({ isChanged }) => ({ mails: enqueueMail(db, 'account-restored', {}, isChanged, now) }),
}));

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
