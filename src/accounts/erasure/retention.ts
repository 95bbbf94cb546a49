import { sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { DAY_MS } from '../../workers/duration.ts';
import { UNVERIFIED_KEPT_MS } from '../users/account-state.ts';

/** What is kept no longer than its time, and the rule that ends it. Each rule reads an index; `removeExpired` adds the limit. */
const RULES = {
  sessions: (now: number) => sql`DELETE FROM sessions WHERE rowid IN
    (SELECT rowid FROM sessions WHERE expires_at <= ${now}`,
  verification_tokens: (now: number) => sql`DELETE FROM verification_tokens WHERE rowid IN
    (SELECT rowid FROM verification_tokens WHERE expires_at <= ${now}`,
  reset_tokens: (now: number) => sql`DELETE FROM reset_tokens WHERE rowid IN
    (SELECT rowid FROM reset_tokens WHERE expires_at <= ${now}`,
  used_challenges: (now: number) => sql`DELETE FROM used_challenges WHERE rowid IN
    (SELECT rowid FROM used_challenges WHERE expires_at <= ${now}`,
  // Until then it can be confirmed, and afterwards undone.
  email_changes: (now: number) => sql`DELETE FROM email_changes WHERE rowid IN
    (SELECT rowid FROM email_changes WHERE expires_at <= ${now}`,
  // A lock lasts an hour at the most; a day without an attempt ends the row of failures.
  login_attempts: (now: number) => sql`DELETE FROM login_attempts WHERE rowid IN
    (SELECT rowid FROM login_attempts WHERE attempted_at <= ${now - DAY_MS}`,
  // The caps look back for a day.
  mail_requests: (now: number) => sql`DELETE FROM mail_requests WHERE rowid IN
    (SELECT rowid FROM mail_requests WHERE requested_at <= ${now - DAY_MS}`,
  // A mail that failed for good, and the address in the one that confirms an erasure, are kept for a week.
  failed_mails: (now: number) => sql`DELETE FROM outbox WHERE id IN
    (SELECT id FROM outbox WHERE failed_at IS NOT NULL AND failed_at <= ${now - 7 * DAY_MS}`,
  last_mails: (now: number) => sql`DELETE FROM outbox WHERE id IN
    (SELECT id FROM outbox WHERE user_id IS NULL AND created_at <= ${now - 7 * DAY_MS}`,
  // Nobody has signed in to it, so there is nothing but the row and its link.
  users: (now: number) => sql`DELETE FROM users WHERE id IN
    (SELECT id FROM users WHERE is_verified = 0 AND is_active = 1 AND created_at <= ${now - UNVERIFIED_KEPT_MS}`,
};

/**
 * Removes what has outlived its time, at most `limit` rows of each kind; the next run goes on from there. Answers the
 * number of rows removed.
 */
export const removeExpired = async (db: Database, limit: number, now = new Date()): Promise<number> => {
  const rules = Object.entries(RULES).map(
    ([name, rule]) => [name, statement(db, sql`${rule(now.getTime())} LIMIT ${limit}) RETURNING 1`)] as const,
  );
  const removed = await batch(db, Object.fromEntries(rules));
  return Object.values(removed).reduce((sum, rows) => sum + rows.length, 0);
};
