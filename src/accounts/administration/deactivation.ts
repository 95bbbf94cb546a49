import { type SQL, sql } from 'drizzle-orm';
import { enqueueMail } from '../../outbox/outbox.ts';
import { actOnUser } from '../acts/act.ts';
import type { UserRecord } from '../acts/record.ts';
import { isNotLastAdministrator, isThere, refuseUnless } from '../acts/rule.ts';
import { endSessions } from '../sessions/session.ts';

type Suspension = { reason: string | null; force?: boolean };

/** Suspends an account: its sessions end, one mail says why. The last active administrator only where `force` says so. */
export const deactivateUser = actOnUser(
  'deactivated',
  ({ db, userId, by, now }, { reason, force = false }: Suspension) => ({
    rules: [isThere(by), refuseUnless(sql`users.is_active = 1`, 'ALREADY_DEACTIVATED'), isNotLastAdministrator(force)],
    change: { isActive: false, deactivatedAt: now, deactivationReason: reason, updatedAt: now },
    event: { type: 'user.deactivated', data: {} },
    audit: 'user.deactivate',
    record: 'deactivated',
    follows: ({ happened, isChanged }) => ({
      mails: enqueueMail(db, 'account-deactivated', { reason }, isChanged, now),
      ...endSessions(db, sql`user_id = ${userId} AND ${happened}`, now),
    }),
  }),
);

/** Ends a suspension; one mail says so. */
export const reactivateUser = actOnUser('reactivated', ({ db, by, now }) => ({
  rules: [isThere(by), refuseUnless(sql`users.is_active = 0`, 'ALREADY_ACTIVE')],
  change: { isActive: true, deactivatedAt: null, deactivationReason: null, updatedAt: now },
  event: { type: 'user.reactivated', data: {} },
  audit: 'user.reactivate',
  record: 'reactivated',
  follows: ({ isChanged }) => ({ mails: enqueueMail(db, 'account-reactivated', {}, isChanged, now) }),
}));

/** The condition under which a restored row is the same person's and older than what a record knows of it. */
export const isBehindRecord = ({ kind, userId, userCreatedAt, at }: UserRecord): SQL =>
  sql`users.id = ${userId} AND users.created_at = ${userCreatedAt} AND ${
    kind === 'deactivated' ? sql`users.deactivated_at IS NULL` : sql`users.deactivated_at < ${at}`
  }`;

/** Suspends a restored account again, if the private bucket knows that it was. Nobody is told twice. */
export const deactivateAgain = actOnUser('deactivated', ({ now }, record: UserRecord) => ({
  rules: [refuseUnless(isBehindRecord(record), 'NOT_BEHIND_RECORD')],
  change: { isActive: false, deactivatedAt: new Date(record.at), updatedAt: now },
  event: { type: 'user.deactivated', data: {} },
  audit: 'user.deactivate',
}));

/** Ends the suspension of a restored account again, if the private bucket knows that it had ended. Nobody is told twice. */
export const reactivateAgain = actOnUser('reactivated', ({ now }, record: UserRecord) => ({
  rules: [refuseUnless(isBehindRecord(record), 'NOT_BEHIND_RECORD')],
  change: { isActive: sql`deleted_at IS NULL`, deactivatedAt: null, deactivationReason: null, updatedAt: now },
  event: { type: 'user.reactivated', data: {} },
  audit: 'user.reactivate',
}));
