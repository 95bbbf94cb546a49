import { sql } from 'drizzle-orm';
import { actOnUser } from '../acts/act.ts';
import { isThere, refuseUnless } from '../acts/rule.ts';
import { forgetAttempts } from '../passwords/login-attempt.ts';

/**
 * Lifts the locks of an account before they run out, of its browsers and of strangers, at passwords and at second factors:
 * everything that was counted is forgotten. What has been counted and locks nothing is left alone, since each failure more
 * is one that somebody guesses.
 */
export const unlockUser = actOnUser('unlocked', ({ db, userId, by, now }) => ({
  rules: [
    isThere(by),
    refuseUnless(
      sql`EXISTS (SELECT 1 FROM login_attempts WHERE login_attempts.user_id = users.id AND locked_until > ${now.getTime()})`,
      'NOT_LOCKED',
    ),
  ],
  audit: 'user.unlock',
  follows: ({ happened }) => ({ attempts: forgetAttempts(db, userId, happened) }),
}));
