import { sql } from 'drizzle-orm';
import { actOnUser } from '../acts/act.ts';
import { isNotLastAdministrator, refuseUnless } from '../acts/rule.ts';

// Both are for administrators' scripts; no route gives or takes a role. The role is read at each request, so that
// either holds at the next one, and no session has to end.

/**
 * Makes a user an administrator. Only an account in use whose address is verified gets the powers: of any other it is
 * not known that somebody stands behind it who can be reached and can sign in.
 */
export const promoteUser = actOnUser('promoted', ({ now }) => ({
  rules: [
    refuseUnless(sql`users.role = 'user'`, 'ALREADY_ADMINISTRATOR'),
    refuseUnless(sql`users.deleted_at IS NULL`, 'ACCOUNT_DELETED'),
    refuseUnless(sql`users.is_active = 1`, 'ACCOUNT_DEACTIVATED'),
    refuseUnless(sql`users.is_verified = 1`, 'EMAIL_NOT_VERIFIED'),
  ],
  change: { role: 'admin', updatedAt: now },
  event: { type: 'user.role_changed', data: { role: 'admin' } },
  audit: 'user.promote',
  record: { kind: 'promoted' },
}));

/** Takes the administrator's powers back, from the last active one only where `force` says so. */
export const demoteUser = actOnUser('demoted', ({ now }, { force = false }: { force?: boolean }) => ({
  rules: [refuseUnless(sql`users.role = 'admin'`, 'NO_ADMINISTRATOR'), isNotLastAdministrator(force)],
  change: { role: 'user', updatedAt: now },
  event: { type: 'user.role_changed', data: { role: 'user' } },
  audit: 'user.demote',
  record: { kind: 'demoted' },
}));
