import { eq, sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';
import { faultOf, log } from '../../workers/log.ts';
import {
  type AttemptKey,
  abandonAttempts,
  beginAttempt,
  failAttempt,
  succeedAttempt,
} from '../passwords/login-attempt.ts';
import { hashPassword, needsRehash, verifyPassword } from '../passwords/password.ts';
import {
  firstRefreshToken,
  type OpenedSession,
  openSession,
  readRefreshTokens,
  type SignedOut,
} from '../sessions/session.ts';
import { everyAddressHash, hashAddress, type MacKeys, openToken, randomId, signToken } from '../tokens/signed-token.ts';
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
  | { outcome: 'ACCOUNT_LOCKED'; retryAfterSeconds: number }
);

/** The device that a device token names, if the token was made for this address. */
const deviceOf = (keys: MacKeys, email: string, token: string | undefined): string | undefined => {
  const [addressHash, device] = token === undefined ? [] : (openToken(keys, 'device', token) ?? []);
  return addressHash !== undefined && everyAddressHash(keys, email).includes(addressHash) ? device : undefined;
};

// Checks of other requests may be under way that turn out right and give their place back; it is waited for.
const PATIENCE_MS = [50, 100, 200, 400, 800, 1600, 3200];

// Checks that the database broke off and has not had back yet, by address and device. The work behind the answer gives
// them back within seconds; after a longer outage the next sign-in that comes to this isolate brings them along.
const brokenOff = new Map<string, number>();
const MOST_BROKEN_OFF = 10_000;

const nameOf = ({ addressHash, device }: AttemptKey): string => `${addressHash} ${device}`;

const noteBrokenOff = (key: AttemptKey, checks: number): void => {
  const known = brokenOff.get(nameOf(key)) ?? 0;
  if (checks > 0 && (known > 0 || brokenOff.size < MOST_BROKEN_OFF)) brokenOff.set(nameOf(key), known + checks);
};

/** Takes them, so that they are given back once; where `run`, which gives them back, fails, they are still to be given back. */
const givingBack = async <Result>(key: AttemptKey, run: (checks: number) => Promise<Result>): Promise<Result> => {
  const checks = brokenOff.get(nameOf(key)) ?? 0;
  brokenOff.delete(nameOf(key));
  try {
    return await run(checks);
  } catch (error) {
    noteBrokenOff(key, checks);
    throw error;
  }
};

type Admission = { user: User | undefined; lockedUntil?: Date };

const admit = async (db: Database, key: AttemptKey, email: string, clock: () => Date): Promise<Admission> => {
  let user: User | undefined;
  for (const wait of [...PATIENCE_MS, 0]) {
    const now = clock();
    const {
      admitted,
      state: [state],
      found: [found],
    } = await givingBack(key, (checks) =>
      batch(db, {
        ...(checks > 0 ? { abandoned: abandonAttempts(db, key, checks) } : {}),
        ...beginAttempt(db, key, email, now),
        found: db.select().from(users).where(eq(users.email, email)),
      }),
    );
    user = found;
    if (admitted.length === 1) return { user };
    if (state?.lockedUntil && state.lockedUntil > now) return { user, lockedUntil: state.lockedUntil };
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return { user, lockedUntil: new Date(clock().getTime() + 1000) };
};

// The waits between the tries to give checks back; what runs behind an answer has half a minute.
const GIVING_BACK_MS = [100, 400, 1600, 6400, 6400, 6400];

/** Gives back what the database did not let come to its end. Never rejects; what fails is left to the next sign-in. */
const giveBack = async (db: Database, key: AttemptKey): Promise<void> => {
  for (const wait of [...GIVING_BACK_MS, 0]) {
    try {
      if (brokenOff.has(nameOf(key))) await givingBack(key, async (checks) => abandonAttempts(db, key, checks));
      return;
    } catch (error) {
      log('warn', 'login-attempt-not-given-back', { fault: faultOf(error) });
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
};

/**
 * Checks an address and a password and opens a session, in two trips to the database around one hash. An unknown
 * address takes the same steps as a wrong password. What state the account is in is said after the right password
 * only. The session that the browser had ends, whoever's it was: nobody could use its cookie any more (ASVS 7.2.4).
 * Rejects where the database does not answer, and has the check given back by `later`, which runs work behind the answer:
 * what is no failure of the owner's is not counted as one. `clock` is read again while the call waits for its turn.
 */
export const signIn = async (
  db: Database,
  keys: MacKeys,
  credentials: Credentials,
  later: (work: Promise<void>) => void,
  clock: () => Date = () => new Date(),
): Promise<SignIn> => {
  const { email, deviceToken } = credentials;
  const device = deviceOf(keys, email, deviceToken);
  const key = { addressHash: hashAddress(keys, email), device: device ?? '' };
  try {
    return await check(db, keys, credentials, key, clock);
  } catch (error) {
    noteBrokenOff(key, 1);
    later(giveBack(db, key));
    throw error;
  }
};

const check = async (
  db: Database,
  keys: MacKeys,
  credentials: Credentials,
  key: AttemptKey,
  clock: () => Date,
): Promise<SignIn> => {
  const { email } = credentials;
  const { user, lockedUntil } = await admit(db, key, email, clock);
  const userId = user?.id;
  const now = clock();
  if (lockedUntil) {
    const retryAfterSeconds = Math.max(1, Math.ceil((lockedUntil.getTime() - now.getTime()) / 1000));
    return { outcome: 'ACCOUNT_LOCKED', userId, retryAfterSeconds };
  }
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
    ...openSession(db, user, browser, now),
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
