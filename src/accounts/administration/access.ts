import { and, desc, eq, gt, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { loginAttempts, type Session, sessions, users } from '../../../drizzle/schema.ts';
import { deviceIn, isOfFactor } from '../passwords/login-attempt.ts';

/**
 * Failures that were counted for an account: of strangers, or of a browser that has signed in to it before. A lock that has run
 * out is none; the next failure makes one again.
 */
export type Lock = {
  kind: 'password' | 'second_factor';
  knownDevice: boolean;
  failures: number;
  lockedUntil: Date | null;
};

/** How somebody gets into the account, and what keeps them out. */
export type Access = {
  lastSignInAt: Date | null;
  locks: Lock[];
  sessions: Session[];
  passkeys: number;
  authenticators: number;
  recoveryCodes: number;
};

// There is a row for each browser that guessed within a day.
const MOST_LOCKS = 100;

type Counts = Pick<Access, 'passkeys' | 'authenticators' | 'recoveryCodes'>;

/** Reads it, in one trip; undefined where there is no such user. */
export const readAccess = async (db: Database, userId: number, now = new Date()): Promise<Access | undefined> => {
  const {
    user: [user],
    counts: [counts],
    locks,
    living,
  } = await batch(db, {
    user: db.select({ lastSignInAt: users.lastSignInAt }).from(users).where(eq(users.id, userId)),
    counts: statement<Counts>(
      db,
      sql`SELECT (SELECT count(*) FROM passkeys WHERE user_id = ${userId}) AS passkeys,
                 (SELECT count(*) FROM authenticators WHERE user_id = ${userId}) AS authenticators,
                 (SELECT count(*) FROM recovery_codes WHERE user_id = ${userId}) AS "recoveryCodes"`,
    ),
    locks: db
      .select({
        isOfFactor: sql<number>`${isOfFactor}`.as('is_of_factor'),
        device: loginAttempts.device,
        failures: loginAttempts.failures,
        lockedUntil: loginAttempts.lockedUntil,
      })
      .from(loginAttempts)
      .where(and(eq(loginAttempts.userId, userId), gt(loginAttempts.failures, 0)))
      .orderBy(desc(loginAttempts.failures), loginAttempts.device)
      .limit(MOST_LOCKS),
    living: db
      .select()
      .from(sessions)
      .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
      .orderBy(desc(sessions.lastUsedAt), desc(sessions.id)),
  });
  if (!user || !counts) return undefined;
  return {
    ...user,
    ...counts,
    locks: locks.map(({ isOfFactor, device, failures, lockedUntil }) => ({
      kind: isOfFactor ? 'second_factor' : 'password',
      knownDevice: deviceIn({ device }) !== '',
      failures,
      lockedUntil: lockedUntil && lockedUntil > now ? lockedUntil : null,
    })),
    sessions: living,
  };
};
