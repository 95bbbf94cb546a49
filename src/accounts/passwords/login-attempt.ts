import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { loginAttempts } from '../../../drizzle/schema.ts';
import { MINUTE_MS } from '../../workers/duration.ts';

const FREE_FAILURES = 5;
const FIRST_LOCK_MS = 15 * MINUTE_MS;
// 15, 30, then 60 minutes.
const MOST_DOUBLINGS = 2;
// A check that has not been heard of for this long died with its isolate and counts as a failure.
const CHECK_DIES_AFTER_MS = 30 * 1000;

/**
 * Whose failures are counted: a keyed hash of the address, and the device where a browser proved that it has signed
 * in to this account before (else ''). So a stranger's guesses lock strangers out, not the owner's browser
 * (OWASP's device cookies).
 */
export type AttemptKey = { addressHash: string; device: string };

// Guesses at a second factor are counted apart from those at the password: whoever knows the one guesses at the other, and
// whoever does not never comes so far, so that no stranger locks anybody out.
const OF_FACTOR = 'factor ';

/** Under what guesses at the second factor are counted. */
export const factorKey = ({ addressHash, device }: AttemptKey): AttemptKey => ({
  addressHash,
  device: `${OF_FACTOR}${device}`,
});

/** The device of either. */
export const deviceIn = ({ device }: Pick<AttemptKey, 'device'>): string => device.replace(OF_FACTOR, '');

/** The condition under which a row of failures is of second factors. */
export const isOfFactor = sql`device LIKE ${`${OF_FACTOR}%`}`;

export type AttemptState = { failures: number; underWay: number; lockedUntil: Date | null };

const isAttempt = (key: AttemptKey) =>
  and(eq(loginAttempts.addressHash, key.addressHash), eq(loginAttempts.device, key.device));

/**
 * Two statements: `admitted` counts a check before it is made and returns a row only if it may be made; `state` is what a
 * refusal tells of. Failures and checks under way together never exceed the five that are
 * free, however many arrive at once; after those, one check is made each time a lock has run out. Whose the address is,
 * if anybody's, is noted, so that the counter goes with its user. Where `may` does not hold, nothing is counted.
 */
export const beginAttempt = (db: Database, { addressHash, device }: AttemptKey, email: string, may: SQL, now: Date) => {
  const at = now.getTime();
  const died = sql`attempted_at <= ${at - CHECK_DIES_AFTER_MS}`;
  return {
    admitted: statement<{ failures: number }>(
      db,
      sql`
      INSERT INTO login_attempts (address_hash, device, user_id, failures, under_way, attempted_at)
      SELECT ${addressHash}, ${device}, (SELECT id FROM users WHERE email = ${email}), 0, 1, ${at} WHERE ${may}
      ON CONFLICT (address_hash, device) DO UPDATE SET
        user_id = excluded.user_id,
        failures = failures + CASE WHEN ${died} THEN under_way ELSE 0 END,
        under_way = CASE WHEN ${died} THEN 1 ELSE under_way + 1 END,
        attempted_at = ${at}
      WHERE (locked_until IS NULL OR locked_until <= ${at})
        AND (failures + under_way < ${FREE_FAILURES} OR under_way = 0 OR ${died})
      RETURNING failures`,
    ),
    state: db
      .select({
        failures: loginAttempts.failures,
        underWay: loginAttempts.underWay,
        lockedUntil: loginAttempts.lockedUntil,
      })
      .from(loginAttempts)
      .where(isAttempt({ addressHash, device })),
  };
};

/** The statement that turns a check under way into a failure, if `where` holds; the fifth in a row, and each after it, locks. */
export const failAttempt = (db: Database, key: AttemptKey, now: Date, where = sql`true`) =>
  db
    .update(loginAttempts)
    .set({
      failures: sql`failures + 1`,
      underWay: sql`max(under_way - 1, 0)`,
      lockedUntil: sql`CASE WHEN failures + 1 >= ${FREE_FAILURES}
        THEN ${now.getTime()} + (${FIRST_LOCK_MS} << min(failures + 1 - ${FREE_FAILURES}, ${MOST_DOUBLINGS})) END`,
    })
    .where(and(isAttempt(key), where));

/** The statement that gives a check back, if `where` holds: what was checked was right, and the row of failures is broken. */
export const succeedAttempt = (db: Database, key: AttemptKey, where = sql`true`) =>
  db
    .update(loginAttempts)
    .set({ failures: 0, underWay: sql`max(under_way - 1, 0)`, lockedUntil: null })
    .where(and(isAttempt(key), where));

/**
 * The statement that gives checks back which were not made to their end, if `where` holds: they count neither as failures nor as
 * successes.
 */
export const abandonAttempts = (db: Database, key: AttemptKey, checks: number, where = sql`true`) =>
  db
    .update(loginAttempts)
    .set({ underWay: sql`max(under_way - ${checks}, 0)` })
    .where(and(isAttempt(key), where));

/** The statement that forgets the failures counted for a user's address, if `where` holds. */
export const forgetAttempts = (db: Database, userId: number, where: SQL) =>
  db.delete(loginAttempts).where(and(eq(loginAttempts.userId, userId), where));

/**
 * The statement that makes what was counted under these hashes of an address, which was nobody's, the counters of whoever has
 * it now, if `where` holds.
 */
export const claimAttempts = (db: Database, addressHashes: readonly string[], email: string, where = sql`true`) =>
  db
    .update(loginAttempts)
    .set({ userId: sql`(SELECT id FROM users WHERE email = ${email})` })
    .where(
      sql`address_hash IN (SELECT value FROM json_each(${JSON.stringify(addressHashes)})) AND user_id IS NULL AND ${where}`,
    );
