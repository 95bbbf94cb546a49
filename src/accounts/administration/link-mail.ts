import { sql } from 'drizzle-orm';
import { actOnUser } from '../acts/act.ts';
import { isThere, refuseUnless } from '../acts/rule.ts';
import { newLink, openingLink } from '../passwords/mail-request.ts';

// The caps on mails are for strangers, who can make us write to anybody; an administrator is known and audited, and has none.
// An account out of use gets no link, which would open nothing.

/** Sends a fresh link to whoever has never verified the address, or has yet to set the first password; the older one dies. */
export const sendVerification = actOnUser('verification-sent', ({ db, by, now }) => ({
  rules: [
    isThere(by),
    refuseUnless(sql`users.is_verified = 0`, 'ALREADY_VERIFIED'),
    refuseUnless(sql`users.is_active = 1`, 'USER_DEACTIVATED'),
  ],
  audit: 'user.send-verification',
  follows: ({ isChanged }) => openingLink(db, isChanged, now),
}));

/** Sends a fresh link that sets a new password; the older one dies, and the password stays until the link is used. */
export const sendReset = actOnUser('reset-sent', ({ db, by, now }) => ({
  rules: [
    isThere(by),
    refuseUnless(sql`users.is_verified = 1`, 'EMAIL_NOT_VERIFIED'),
    refuseUnless(sql`users.is_active = 1`, 'USER_DEACTIVATED'),
  ],
  audit: 'user.send-reset',
  follows: ({ isChanged }) => newLink(db, 'reset-password', isChanged, now),
}));
