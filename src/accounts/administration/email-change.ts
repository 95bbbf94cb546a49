import { sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { mailRequests, users } from '../../../drizzle/schema.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { claimAttempts, forgetAttempts } from '../passwords/login-attempt.ts';
import { claimMailRequests } from '../passwords/mail-request.ts';
import type { BlacklistEntry } from '../sessions/blacklist.ts';
import { endSessions } from '../sessions/session.ts';
import { everyAddressHash, type MacKeys } from '../tokens/signed-token.ts';
import { findUserById } from '../users/user.ts';

export type EmailChange =
  | { outcome: 'email-set'; endedSessions: BlacklistEntry[] }
  | { outcome: 'NO_USER' | 'SAME_ADDRESS' | 'ADDRESS_TAKEN' };

// D1 tells of a constraint in words only; a batch rejects with them, and nothing of it has happened.
const isTaken = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.message.includes('UNIQUE constraint failed: users.email');

/**
 * Gives an account, whatever state it is in, another address (normalised). It counts as verified, since whoever does
 * it vouches for it: an account in use that is not verified could not sign in, and one older than a week would be
 * removed by the next scheduled run. Every session ends, links that went to the old address open nothing, and what
 * was counted under it is forgotten. The constraint on the column says whether the address is taken. For
 * administrators' scripts; no route does it.
 */
export const setEmail = async (
  db: Database,
  keys: MacKeys,
  userId: number,
  email: string,
  by: Actor,
  now = new Date(),
): Promise<EmailChange> => {
  const user = await findUserById(db, userId);
  if (!user) return { outcome: 'NO_USER' };
  if (user.email === email) return { outcome: 'SAME_ADDRESS' };
  try {
    const ended = await replaceAddress(db, everyAddressHash(keys, email), { ...user, next: email }, by, now);
    // Somebody else changed it meanwhile: what holds now is looked up anew.
    return ended ? { outcome: 'email-set', endedSessions: ended } : setEmail(db, keys, userId, email, by, now);
  } catch (error) {
    if (isTaken(error)) return { outcome: 'ADDRESS_TAKEN' };
    throw error;
  }
};

/** Changes the address if it still is the one that was read; answers the sessions that ended, or undefined. */
const replaceAddress = async (
  db: Database,
  nextHashes: readonly string[],
  { id, email, next }: { id: number; email: string; next: string },
  by: Actor,
  now: Date,
): Promise<BlacklistEntry[] | undefined> => {
  const happened = sql`EXISTS (SELECT 1 FROM users WHERE id = ${id} AND email = ${next})`;
  const { changed, endedSessions } = await batch(db, {
    changed: db
      .update(users)
      .set({ email: next, isVerified: true, updatedAt: now })
      .where(sql`${users.id} = ${id} AND ${users.email} = ${email}`)
      .returning({ id: users.id }),
    audit: recordAudit(db, 'user.set-email', id, by, sql`changes() = 1`, now),
    ...endSessions(db, sql`user_id = ${id} AND ${happened}`, now),
    verification: statement(db, sql`DELETE FROM verification_tokens WHERE user_id = ${id} AND ${happened}`),
    reset: statement(db, sql`DELETE FROM reset_tokens WHERE user_id = ${id} AND ${happened}`),
    // Their links are dead, and the new address has asked for neither.
    links: statement(
      db,
      sql`DELETE FROM outbox WHERE user_id = ${id} AND kind IN ('verify-email', 'reset-password') AND ${happened}`,
    ),
    attempts: forgetAttempts(db, id, happened),
    requests: db.delete(mailRequests).where(sql`${mailRequests.userId} = ${id} AND ${happened}`),
    claimedAttempts: claimAttempts(db, nextHashes, next),
    claimedRequests: claimMailRequests(db, nextHashes, next),
  });
  return changed.length === 1 ? endedSessions : undefined;
};
