import { sql } from 'drizzle-orm';
import { enqueueMail } from '../../outbox/outbox.ts';
import { actOnUser } from '../acts/act.ts';
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
    record: { kind: 'deactivated', reason },
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
  record: { kind: 'reactivated' },
  follows: ({ isChanged }) => ({ mails: enqueueMail(db, 'account-reactivated', {}, isChanged, now) }),
}));
