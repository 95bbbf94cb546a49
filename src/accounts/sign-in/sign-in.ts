import { eq, getTableColumns, sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';
import { hasFactor } from '../factors/held.ts';
import { admit, attemptKey, counted, type Later } from '../passwords/admission.ts';
import { type AttemptKey, failAttempt, succeedAttempt } from '../passwords/login-attempt.ts';
import { hashPassword, needsRehash, verifyPassword } from '../passwords/password.ts';
import {
  firstRefreshToken,
  type OpenedSession,
  openSession,
  readRefreshTokens,
  type SignedOut,
} from '../sessions/session.ts';
import { type MacKeys, randomId, signToken } from '../tokens/signed-token.ts';
import { outOfUse } from '../users/account-state.ts';

/** Credentials that have passed their schema, and what the browser sent along. */
export type Credentials = {
  email: string;
  password: string;
  deviceToken?: string | undefined;
  /** The cookies of the session that the browser had: it ends where a new one begins. */
  refreshTokens?: readonly string[] | undefined;
  userAgent?: string | undefined;
};

/** What became of a sign-in, and whose account it was about, if anybody's: that is for the log, and never told. */
export type SignIn = { userId: number | undefined } & (
  | ({ outcome: 'signed-in'; session: OpenedSession; deviceToken: string } & SignedOut)
  | { outcome: 'INVALID_CREDENTIALS' | 'ACCOUNT_DELETED' | 'ACCOUNT_DEACTIVATED' | 'EMAIL_NOT_VERIFIED' }
  | { outcome: 'second-factor-required'; user: User }
  | { outcome: 'ACCOUNT_LOCKED'; retryAfterSeconds: number }
);

// Who has no second factor is signed in by what is read here.
const WITH_FACTOR = {
  ...getTableColumns(users),
  hasFactor: sql<number>`${hasFactor(sql`users.id`)}`.as('has_factor'),
};

/**
 * Checks an address and a password and opens a session, in two trips to the database around one hash. An unknown
 * address takes the same steps as a wrong password. What state the account is in is said after the right password
 * only. The session that the browser had ends, whoever's it was: nobody could use its cookie any more (ASVS 7.2.4).
 * `clock` is read again while the call waits for its turn.
 */
export const signIn = async (
  db: Database,
  keys: MacKeys,
  credentials: Credentials,
  later: Later,
  clock: () => Date = () => new Date(),
): Promise<SignIn> => {
  const key = attemptKey(keys, credentials.email, credentials.deviceToken);
  return counted(db, key, later, () => check(db, keys, credentials, key, clock));
};

const check = async (
  db: Database,
  keys: MacKeys,
  credentials: Credentials,
  key: AttemptKey,
  clock: () => Date,
): Promise<SignIn> => {
  const { email } = credentials;
  const find = () => db.select(WITH_FACTOR).from(users).where(eq(users.email, email));
  const admission = await admit(db, key, { email, find }, clock);
  const { found: user } = admission;
  const userId = user?.id;
  if (!admission.isAdmitted)
    return { outcome: 'ACCOUNT_LOCKED', userId, retryAfterSeconds: admission.retryAfterSeconds };
  const now = clock();
  const isRight = await verifyPassword(credentials.password, user?.passwordHash);
  if (!user || !isRight) {
    await failAttempt(db, key, now);
    return { outcome: 'INVALID_CREDENTIALS', userId };
  }
  const refusal = outOfUse(user) ?? (user.isVerified ? undefined : 'EMAIL_NOT_VERIFIED');
  if (refusal) {
    await succeedAttempt(db, key);
    return { outcome: refusal, userId };
  }
  if (user.hasFactor) {
    await batch(db, { attempt: succeedAttempt(db, key), ...(await upgradeHash(db, user, credentials.password)) });
    return { outcome: 'second-factor-required', userId, user };
  }
  const browser = {
    userAgent: credentials.userAgent,
    former: readRefreshTokens(keys, credentials.refreshTokens ?? []),
  };
  const {
    opened: [opened],
    endedSessions,
    signedOut,
  } = await batch(db, {
    attempt: succeedAttempt(db, key),
    ...openSession(db, user, browser, now, { where: sql`NOT ${hasFactor(user.id)}` }),
    ...(await upgradeHash(db, user, credentials.password)),
  });
  // The account changed while its password was checked: what holds now is looked up anew.
  if (!opened) return check(db, keys, credentials, key, clock);
  const deviceToken = signToken(keys, 'device', [key.addressHash, key.device || randomId()]);
  const opening = { id: opened.id, userId: user.id };
  const session = { ...opening, refreshToken: firstRefreshToken(keys, opening) };
  return { outcome: 'signed-in', userId, session, endedSessions, signedOut, deviceToken };
};

/** Makes a hash with today's parameters, where the stored one has others, unless the password has changed meanwhile. */
const upgradeHash = async (db: Database, user: User, password: string) => {
  if (!needsRehash(user.passwordHash)) return {};
  const passwordHash = await hashPassword(password);
  return {
    hash: db
      .update(users)
      .set({ passwordHash })
      .where(sql`${users.id} = ${user.id} AND ${users.passwordHash} = ${user.passwordHash}`),
  };
};
