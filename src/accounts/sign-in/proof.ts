import { type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import type { User } from '../../../drizzle/schema.ts';
import {
  type Caller,
  type CallerRefusal,
  callerRefusal,
  type FoundCaller,
  mayAct,
  readCaller,
} from '../acts/caller.ts';
import { PROOF_LIFETIME_MS } from '../acts/rule.ts';
import { admit, attemptKey, counted, type Later } from '../passwords/admission.ts';
import { type AttemptKey, failAttempt, succeedAttempt } from '../passwords/login-attempt.ts';
import { verifyPassword } from '../passwords/password.ts';
import type { MacKeys } from '../tokens/signed-token.ts';

// What an account is lost by asks for a fresh proof of who holds the session: its rule is `isProved`. A sign-in is one.

/** What became of a proof; until when it is fresh. */
export type Proof =
  | { outcome: 'proved'; until: Date }
  | { outcome: 'INCORRECT_PASSWORD' | CallerRefusal }
  | { outcome: 'ACCOUNT_LOCKED'; retryAfterSeconds: number };

/** The statement that notes that whoever holds the caller's session has proved who they are, if `where` holds; it returns the row. */
export const noteProof = (db: Database, by: Caller, where: SQL, now: Date) =>
  statement<{ id: string }>(
    db,
    sql`UPDATE sessions SET proved_at = ${now.getTime()}
        WHERE id = ${by.sessionId} AND user_id = ${by.userId} AND ${mayAct(by, now)} AND ${where} RETURNING id`,
  );

/** Whoever holds a session, as the one whose check is counted: once it has ended, nothing is. */
export const candidateOf = (db: Database, by: Caller, email: string) => ({
  email,
  find: (now: Date) => readCaller(db, by, now),
  may: (now: Date) => mayAct(by, now),
  isRefused: (found: FoundCaller | undefined) => callerRefusal(found) !== undefined,
});

/** Until when a proof of this moment is fresh. */
export const freshUntil = (now: Date): Date => new Date(now.getTime() + PROOF_LIFETIME_MS);

/**
 * Takes the password as a proof, in three trips around one hash: whose address it is, the check that is counted, and the note
 * on the session. Guesses are counted like those of a sign-in, by address and browser.
 */
export const proveByPassword = async (
  db: Database,
  keys: MacKeys,
  by: Caller,
  { password, deviceToken }: { password: string; deviceToken: string | undefined },
  later: Later,
  clock: () => Date = () => new Date(),
): Promise<Proof> => {
  const [caller] = await readCaller(db, by, clock());
  const refusal = callerRefusal(caller);
  if (refusal || !caller) return { outcome: refusal ?? 'INVALID_CREDENTIALS' };
  const key = attemptKey(keys, caller.user.email, deviceToken);
  return counted(db, key, later, () => check(db, by, { user: caller.user, password, key }, clock));
};

type Asked = { user: User; password: string; key: AttemptKey };

const check = async (db: Database, by: Caller, asked: Asked, clock: () => Date): Promise<Proof> => {
  const { user, password, key } = asked;
  const admission = await admit(db, key, candidateOf(db, by, user.email), clock);
  const { found: caller } = admission;
  const refusal = callerRefusal(caller);
  if (refusal || !caller) return { outcome: refusal ?? 'INVALID_CREDENTIALS' };
  if (!admission.isAdmitted) return { outcome: 'ACCOUNT_LOCKED', retryAfterSeconds: admission.retryAfterSeconds };
  const { passwordHash } = caller.user;
  const isRight = await verifyPassword(password, passwordHash);
  const now = clock();
  if (!isRight) {
    await failAttempt(db, key, now);
    return { outcome: 'INCORRECT_PASSWORD' };
  }
  const isStill = sql`EXISTS (SELECT 1 FROM users WHERE id = ${by.userId} AND password_hash = ${passwordHash})`;
  const {
    proved: [proved],
  } = await batch(db, { attempt: succeedAttempt(db, key), proved: noteProof(db, by, isStill, now) });
  // Session, account or password changed while it was checked: what holds now is looked up anew.
  return proved ? { outcome: 'proved', until: freshUntil(now) } : check(db, by, asked, clock);
};
