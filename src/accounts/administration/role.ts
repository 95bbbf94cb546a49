import { sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import { users } from '../../../drizzle/schema.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { accountState, isNotLastAdministrator } from '../users/user.ts';

// Both are for administrators' scripts; no route gives or takes a role. The role is read at each request, so that
// either holds at the next one, and no session has to end.

const readStanding = (db: Database, userId: number) =>
  db
    .select({ role: users.role, isActive: users.isActive, isVerified: users.isVerified, deletedAt: users.deletedAt })
    .from(users)
    .where(sql`${users.id} = ${userId}`);

/**
 * Makes a user an administrator. Only an account in use whose address is verified gets the powers: of any other it is
 * not known that somebody stands behind it who can be reached and can sign in.
 */
export const promoteUser = async (
  db: Database,
  userId: number,
  by: Actor,
  now = new Date(),
): Promise<{
  outcome:
    | 'promoted'
    | 'NO_USER'
    | 'ACCOUNT_DELETED'
    | 'ACCOUNT_DEACTIVATED'
    | 'EMAIL_NOT_VERIFIED'
    | 'ALREADY_ADMINISTRATOR';
}> => {
  const {
    promoted,
    standing: [standing],
  } = await batch(db, {
    promoted: db
      .update(users)
      .set({ role: 'admin', updatedAt: now })
      .where(
        sql`${users.id} = ${userId} AND ${users.role} = 'user' AND ${users.isActive} = 1 AND ${users.isVerified} = 1`,
      )
      .returning({ id: users.id }),
    audit: recordAudit(db, 'user.promote', userId, by, sql`changes() = 1`, now),
    standing: readStanding(db, userId),
  });
  if (promoted.length === 1) return { outcome: 'promoted' };
  if (!standing) return { outcome: 'NO_USER' };
  if (standing.role === 'admin') return { outcome: 'ALREADY_ADMINISTRATOR' };
  const state = accountState(standing);
  if (state === 'deleted') return { outcome: 'ACCOUNT_DELETED' };
  return { outcome: state === 'deactivated' ? 'ACCOUNT_DEACTIVATED' : 'EMAIL_NOT_VERIFIED' };
};

/** Takes the administrator's powers back, from the last active one only where `force` says so. */
export const demoteUser = async (
  db: Database,
  userId: number,
  { force = false }: { force?: boolean },
  by: Actor,
  now = new Date(),
): Promise<{ outcome: 'demoted' | 'NO_USER' | 'NO_ADMINISTRATOR' | 'LAST_ADMINISTRATOR' }> => {
  const {
    demoted,
    standing: [standing],
  } = await batch(db, {
    demoted: db
      .update(users)
      .set({ role: 'user', updatedAt: now })
      .where(
        sql`${users.id} = ${userId} AND ${users.role} = 'admin' AND (${force ? 1 : 0} OR ${isNotLastAdministrator})`,
      )
      .returning({ id: users.id }),
    audit: recordAudit(db, 'user.demote', userId, by, sql`changes() = 1`, now),
    standing: readStanding(db, userId),
  });
  if (demoted.length === 1) return { outcome: 'demoted' };
  if (!standing) return { outcome: 'NO_USER' };
  return { outcome: standing.role === 'admin' ? 'LAST_ADMINISTRATOR' : 'NO_ADMINISTRATOR' };
};
