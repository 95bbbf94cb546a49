import { sql } from 'drizzle-orm';
import { statement } from '../../../drizzle/client.ts';
import type { EventType } from '../../outbox/event.ts';
import { actOnUser } from '../acts/act.ts';
import { recordLater } from '../acts/record.ts';
import { refuseUnless } from '../acts/rule.ts';
import { dropDeadLinks, followAddress } from '../address/moved-address.ts';
import { endSessions } from '../sessions/session.ts';
import type { MacKeys } from '../tokens/signed-token.ts';
import { termsWithEmail } from '../users/search-terms.ts';

/**
 * Gives an account, whatever state it is in, another address (normalised). It counts as verified, since whoever does
 * it vouches for it: an account in use that is not verified could not sign in, and one older than a week would be
 * removed by the next scheduled run. Every session ends, and no change that its user has asked for can be confirmed or
 * undone any more. For administrators' scripts; no route does it.
 */
export const setEmail = actOnUser(
  'email-set',
  ({ db, userId, now }, { email, keys }: { email: string; keys: MacKeys }) => ({
    rules: [
      refuseUnless(sql`users.email <> ${email}`, 'SAME_ADDRESS'),
      refuseUnless(sql`NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email = ${email})`, 'ADDRESS_TAKEN'),
    ],
    change: { email, isVerified: true, terms: termsWithEmail(email), emailChangedAt: now, updatedAt: now },
    // Services have never heard of an address that nobody had verified.
    event: {
      type: sql<EventType>`CASE WHEN users.is_verified THEN 'user.email_changed' ELSE 'user.created' END`,
      data: {},
    },
    audit: 'user.set-email',
    record: { kind: 'verified' },
    follows: ({ happened, isChanged }) => ({
      ...endSessions(db, sql`user_id = ${userId} AND ${happened}`, now),
      ...followAddress(db, userId, email, keys, happened),
      changes: statement(db, sql`DELETE FROM email_changes WHERE user_id = ${userId} AND ${happened}`),
      deadLinks: dropDeadLinks(db, userId, happened),
      addressRecord: recordLater(db, { kind: 'email-changed' }, userId, isChanged, now),
    }),
  }),
);
