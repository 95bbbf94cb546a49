import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { mailRequests } from '../../../drizzle/schema.ts';
import { claimAttempts, forgetAttempts } from '../passwords/login-attempt.ts';
import { claimMailRequests } from '../passwords/mail-request.ts';
import { everyAddressHash, type MacKeys } from '../tokens/signed-token.ts';

/**
 * The statements that follow where an account has another address (`email`, normalised) if `happened` holds: links that went to
 * the one before open nothing, what was counted under it is forgotten, and what was counted under the new one is the
 * account's. `keys` are those under whose hashes addresses are counted.
 */
export const followAddress = (db: Database, userId: number, email: string, keys: MacKeys, happened: SQL) => ({
  verification: statement(db, sql`DELETE FROM verification_tokens WHERE user_id = ${userId} AND ${happened}`),
  reset: statement(db, sql`DELETE FROM reset_tokens WHERE user_id = ${userId} AND ${happened}`),
  // Their links are dead, and the new address has asked for neither.
  links: statement(
    db,
    sql`DELETE FROM outbox WHERE user_id = ${userId} AND kind IN ('verify-email', 'reset-password') AND ${happened}`,
  ),
  attempts: forgetAttempts(db, userId, happened),
  requests: db.delete(mailRequests).where(sql`${mailRequests.userId} = ${userId} AND ${happened}`),
  claimedAttempts: claimAttempts(db, everyAddressHash(keys, email), email, happened),
  claimedRequests: claimMailRequests(db, everyAddressHash(keys, email), email, happened),
});

/** The statement that drops the mails about a user's changes of address whose links are dead, if `happened` holds. */
export const dropDeadLinks = (db: Database, userId: number, happened: SQL) =>
  statement(
    db,
    sql`DELETE FROM outbox WHERE user_id = ${userId} AND kind IN ('email-change', 'email-change-notice', 'email-changed')
        AND data ->> '$.token' NOT IN (SELECT id FROM email_changes WHERE user_id = ${userId}) AND ${happened}`,
  );
