import { sql } from 'drizzle-orm';
import { statement } from '../../../drizzle/client.ts';
import { mailRequests } from '../../../drizzle/schema.ts';
import type { EventType } from '../../outbox/event.ts';
import { actOnUser } from '../acts/act.ts';
import { refuseUnless } from '../acts/rule.ts';
import { claimAttempts, forgetAttempts } from '../passwords/login-attempt.ts';
import { claimMailRequests } from '../passwords/mail-request.ts';
import { endSessions } from '../sessions/session.ts';
import { everyAddressHash, type MacKeys } from '../tokens/signed-token.ts';
import { termsWithEmail } from '../users/search-terms.ts';

/**
 * Gives an account, whatever state it is in, another address (normalised). It counts as verified, since whoever does
 * it vouches for it: an account in use that is not verified could not sign in, and one older than a week would be
 * removed by the next scheduled run. Every session ends, links that went to the old address open nothing, and what
 * was counted under it is forgotten. For administrators' scripts; no route does it. `keys` are those under whose hashes
 * addresses are counted.
 */
export const setEmail = actOnUser(
  'email-set',
  ({ db, userId, now }, { email, keys }: { email: string; keys: MacKeys }) => ({
    rules: [
      refuseUnless(sql`users.email <> ${email}`, 'SAME_ADDRESS'),
      refuseUnless(sql`NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email = ${email})`, 'ADDRESS_TAKEN'),
    ],
    change: { email, isVerified: true, terms: termsWithEmail(email), updatedAt: now },
    // Services have never heard of an address that nobody had verified.
    event: {
      type: sql<EventType>`CASE WHEN users.is_verified THEN 'user.email_changed' ELSE 'user.created' END`,
      data: {},
    },
    audit: 'user.set-email',
    record: { kind: 'verified' },
    follows: ({ happened }) => ({
      ...endSessions(db, sql`user_id = ${userId} AND ${happened}`, now),
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
    }),
  }),
);
