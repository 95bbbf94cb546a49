import { eq, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, type Results, type Statements, statement } from '../../../drizzle/client.ts';
import { passkeys, type User, users } from '../../../drizzle/schema.ts';
import type { QueuedMail } from '../../outbox/outbox.ts';
import { ownerWithoutSession } from '../acts/caller.ts';
import {
  type Challenge,
  type ChallengePurpose,
  digestOf,
  isUnused,
  isUsedBy,
  newChallenge,
  readChallenge,
  useChallenge,
} from '../factors/challenge.ts';
import {
  type CheckedBy,
  checkFactor,
  type GivenFactor,
  type HeldFactors,
  readFactors,
  type UsableFactor,
} from '../factors/factor-check.ts';
import type { PasskeyAnswer, RelyingParty } from '../factors/webauthn.ts';
import { admit, attemptKey, counted, type Later } from '../passwords/admission.ts';
import {
  type AttemptKey,
  abandonAttempts,
  deviceIn,
  factorKey,
  failAttempt,
  succeedAttempt,
} from '../passwords/login-attempt.ts';
import {
  firstRefreshToken,
  type OpenedSession,
  openSession,
  readRefreshTokens,
  type SignedOut,
} from '../sessions/session.ts';
import { type MacKeys, randomId, signToken } from '../tokens/signed-token.ts';
import { outOfUse } from '../users/account-state.ts';

// A sign-in that takes a second factor has two halves. The password is answered with a challenge, which the browser that gave
// it hands back with the proof; a passkey alone, which its device has unlocked for its user, is both at once.

/** The keys that sign-ins go by. */
export type SignInKeys = { tokens: MacKeys; factors: MacKeys };

/** By what a second factor can be given. */
const DEMANDED = ['passkey', 'authenticator', 'recovery_code'] as const;

/** A challenge for one browser: its token, what a passkey has to sign, and the secret that the browser keeps. */
export type Demand = { id: string; text: string; expiresAt: Date; browser: string };

// A browser has one secret for all its challenges, so that two of its tabs do not end each other's.
const isSecret = (text: string | undefined): text is string => /^[\w-]{22}$/.test(text ?? '');

const newDemand = (
  keys: MacKeys,
  purpose: ChallengePurpose,
  known: string | undefined,
  bound: readonly (string | number)[],
  now: Date,
): Demand => {
  const browser = isSecret(known) ? known : randomId();
  const { id, text, expiresAt } = newChallenge(keys, purpose, [digestOf(browser), ...bound], now);
  return { id, text, expiresAt, browser };
};

/** The challenge that a browser hands back; undefined where it is none, has run out, or was another browser's. */
const readDemand = (
  keys: MacKeys,
  purpose: ChallengePurpose,
  { challenge: text, browser }: { challenge: string; browser: string | undefined },
  now: Date,
): Challenge | undefined => {
  const challenge = readChallenge(keys, purpose, text, now);
  return challenge && isSecret(browser) && challenge.bound[0] === digestOf(browser) ? challenge : undefined;
};

/** By what the password was checked, so that a new one, or another address, ends the challenge. */
const credentialsOf = ({ email, passwordChangedAt }: Pick<User, 'email' | 'passwordChangedAt'>): string =>
  digestOf(`${email}\n${Number(passwordChangedAt)}`);

/** Asks for the second factor of somebody whose password was right, and says by what it can be given. */
export const demandSecondFactor = async (
  db: Database,
  keys: MacKeys,
  site: RelyingParty,
  user: Pick<User, 'id' | 'email' | 'passwordChangedAt'>,
  browser: string | undefined,
  now = new Date(),
): Promise<Demand & { factors: (typeof DEMANDED)[number][]; passkeys: HeldFactors['passkeys'] }> => {
  const held = await batch(db, {
    ...readFactors(db, user.id),
    codes: statement(db, sql`SELECT 1 FROM recovery_codes WHERE user_id = ${user.id} LIMIT 1`),
  });
  const usable = held.passkeys.filter(({ rpId }) => rpId === site.id);
  const kinds = { passkey: usable, authenticator: held.authenticators, recovery_code: held.codes };
  const factors = DEMANDED.filter((kind) => kinds[kind].length > 0);
  const demand = newDemand(keys, 'second-factor', browser, [user.id, credentialsOf(user)], now);
  return { ...demand, factors, passkeys: usable };
};

/** Asks for any passkey of this site. Nobody is named, and nothing is stored. */
export const demandPasskey = (keys: MacKeys, browser: string | undefined, now = new Date()): Demand =>
  newDemand(keys, 'passkey-sign-in', browser, [], now);

/** What comes with the second half of a sign-in. */
export type Completion = {
  challenge: string;
  given: GivenFactor;
  /** The secret of the browser, and its other cookies. */
  browser: string | undefined;
  deviceToken: string | undefined;
  refreshTokens: readonly string[];
  userAgent: string | undefined;
  requestId: string;
};

type Refusal =
  | { outcome: 'CHALLENGE_EXPIRED' | 'INVALID_SECOND_FACTOR' }
  | { outcome: 'ACCOUNT_DELETED' | 'ACCOUNT_DEACTIVATED' | 'EMAIL_NOT_VERIFIED' }
  | { outcome: 'ACCOUNT_LOCKED'; retryAfterSeconds: number };

type SignedIn = {
  outcome: 'signed-in';
  session: OpenedSession;
  deviceToken: string;
  /** That a recovery code was used, if one was. */
  mails: QueuedMail[];
} & SignedOut;

export type FactorSignIn = { userId: number | undefined } & (SignedIn | Refusal);

const refusalOf = (user: Pick<User, 'isActive' | 'deletedAt' | 'isVerified'>) =>
  outOfUse(user) ?? (user.isVerified ? undefined : ('EMAIL_NOT_VERIFIED' as const));

/** The account is in use, and what opens it is what it was. */
const isStill = ({ id, email, passwordHash }: User): SQL => sql`EXISTS (
  SELECT 1 FROM users WHERE id = ${id} AND email = ${email} AND password_hash = ${passwordHash} AND is_active = 1 AND is_verified = 1)`;

/** What of a batch's answer tells of the mails that it has queued. */
const mailsIn = (results: object): QueuedMail[] => (results as { mails?: QueuedMail[] }).mails ?? [];

/** Reads whether a challenge was used. */
const usesOf = (db: Database, { id }: Challenge) =>
  statement<{ used_by: string }>(db, sql`SELECT used_by FROM used_challenges WHERE id = ${id}`);

type Opening = { user: User; challenge: Challenge; usable: UsableFactor; key: AttemptKey; completion: Completion };

/** The account is another than it was when it was looked at: nothing was done, and what holds now is looked up anew. */
type Changed = { outcome: 'changed' };

/**
 * Uses the challenge and the factor and opens the session: all of it, or nothing. Answers why nothing, by what the same batch
 * has read.
 */
const open = async (
  db: Database,
  keys: MacKeys,
  { user, challenge, usable, key, completion }: Opening,
  attempt: (isUsed: SQL) => Statements,
  now: Date,
): Promise<SignedIn | Refusal | Changed> => {
  const use = randomId();
  const isUsed = isUsedBy(challenge, use);
  const { userAgent, refreshTokens } = completion;
  const browser = { userAgent, former: readRefreshTokens(keys, refreshTokens) };
  const statements = {
    used: useChallenge(db, challenge, use, sql`${usable.condition} AND ${isStill(user)}`),
    uses: usesOf(db, challenge),
    found: db.select().from(users).where(eq(users.id, user.id)),
    ...usable.uses(isUsed, now),
    ...openSession(db, user, browser, now, { secondFactor: true, where: isUsed }),
    ...attempt(isUsed),
  };
  const results: Results<typeof statements> = await batch(db, statements);
  const [opened] = results.opened;
  if (opened) {
    const opening = { id: opened.id, userId: user.id };
    const session = { ...opening, refreshToken: firstRefreshToken(keys, opening) };
    const deviceToken = signToken(keys, 'device', [key.addressHash, deviceIn(key) || randomId()]);
    const { endedSessions, signedOut } = results;
    return { outcome: 'signed-in', session, deviceToken, mails: mailsIn(results), endedSessions, signedOut };
  }
  const [found] = results.found;
  const refusal = found && refusalOf(found);
  if (refusal) return { outcome: refusal };
  if (found?.email !== user.email || found.passwordHash !== user.passwordHash) return { outcome: 'changed' };
  return { outcome: results.uses.length > 0 ? 'CHALLENGE_EXPIRED' : 'INVALID_SECOND_FACTOR' };
};

/**
 * Completes a sign-in by a second factor, in three trips: whose it is, the check that is counted, and what it opens. Guesses
 * are slowed like those at a password.
 */
export const signInByFactor = async (
  db: Database,
  keys: SignInKeys,
  site: RelyingParty,
  completion: Completion,
  later: Later,
  clock: () => Date = () => new Date(),
): Promise<FactorSignIn> => {
  const challenge = readDemand(keys.tokens, 'second-factor', completion, clock());
  const userId = Number(challenge?.bound[1]);
  if (!challenge || !userId) return { userId: undefined, outcome: 'CHALLENGE_EXPIRED' };
  const {
    user: [user],
    uses: [use],
    ...held
  } = await batch(db, {
    user: db.select().from(users).where(eq(users.id, userId)),
    uses: usesOf(db, challenge),
    ...readFactors(db, userId),
  });
  if (!user) return { userId, outcome: 'CHALLENGE_EXPIRED' };
  const refusal = refusalOf(user);
  if (refusal) return { userId, outcome: refusal };
  // Whoever asks again because the answer was lost has guessed nothing.
  if (use || credentialsOf(user) !== challenge.bound[2]) return { userId, outcome: 'CHALLENGE_EXPIRED' };
  const key = factorKey(attemptKey(keys.tokens, user.email, completion.deviceToken));
  const by = { factorKeys: keys.factors, site, challengeId: challenge.id };
  const checking = { user, held, challenge, key, completion, by };
  const result = await counted(db, key, later, () => check(db, keys.tokens, checking, clock));
  if (result.outcome === 'changed') return signInByFactor(db, keys, site, completion, later, clock);
  return { userId, ...result };
};

type Checking = Omit<Opening, 'usable'> & { held: HeldFactors; by: CheckedBy };

const check = async (
  db: Database,
  keys: MacKeys,
  { held, by, ...opening }: Checking,
  clock: () => Date,
): Promise<SignedIn | Refusal | Changed> => {
  const { user, key, completion } = opening;
  // A guess counts for the account: none is counted under an address that it has left meanwhile.
  const find = () => db.select({ email: users.email }).from(users).where(eq(users.id, user.id));
  const may = () => sql`EXISTS (SELECT 1 FROM users WHERE id = ${user.id} AND email = ${user.email})`;
  const hasMoved = (found: Pick<User, 'email'> | undefined): boolean => found?.email !== user.email;
  const admission = await admit(db, key, { email: user.email, find, may, isRefused: hasMoved }, clock);
  if (hasMoved(admission.found)) return { outcome: 'changed' };
  if (!admission.isAdmitted) return { outcome: 'ACCOUNT_LOCKED', retryAfterSeconds: admission.retryAfterSeconds };
  const now = clock();
  // Who signs in is noted as the one who has used a recovery code.
  const checking = { db, userId: user.id, by: ownerWithoutSession(user.id, completion.requestId) };
  const usable = await checkFactor(checking, held, completion.given, by, now);
  if (!usable) return fail(db, opening, now);
  const succeeds = (isUsed: SQL) => ({ attempt: succeedAttempt(db, key, isUsed) });
  const result = await open(db, keys, { ...opening, usable }, succeeds, now);
  if (result.outcome === 'INVALID_SECOND_FACTOR') return fail(db, opening, now);
  if (result.outcome !== 'signed-in') await abandonAttempts(db, key, 1);
  return result;
};

/** Counts a wrong guess, unless the challenge was used meanwhile: then nothing could be guessed any more. */
const fail = async (
  db: Database,
  { challenge, key }: Pick<Opening, 'challenge' | 'key'>,
  now: Date,
): Promise<Refusal> => {
  const { uses } = await batch(db, {
    uses: usesOf(db, challenge),
    failed: failAttempt(db, key, now, isUnused(challenge)),
    abandoned: abandonAttempts(db, key, 1, sql`NOT ${isUnused(challenge)}`),
  });
  return { outcome: uses.length > 0 ? 'CHALLENGE_EXPIRED' : 'INVALID_SECOND_FACTOR' };
};

/**
 * Signs in by a passkey alone, in two trips. Whose it is says the passkey; in what state the account is, is said behind the
 * signature only, which nobody guesses.
 */
export const signInByPasskey = async (
  db: Database,
  keys: SignInKeys,
  site: RelyingParty,
  completion: Omit<Completion, 'given'> & { given: { passkey: PasskeyAnswer } },
  now = new Date(),
): Promise<FactorSignIn> => {
  const challenge = readDemand(keys.tokens, 'passkey-sign-in', completion, now);
  if (!challenge) return { userId: undefined, outcome: 'CHALLENGE_EXPIRED' };
  const { given } = completion;
  const [found] = await db
    .select({ user: users, passkey: passkeys })
    .from(passkeys)
    .innerJoin(users, eq(users.id, passkeys.userId))
    .where(eq(passkeys.credentialId, given.passkey.id));
  if (!found) return { userId: undefined, outcome: 'INVALID_SECOND_FACTOR' };
  const { user, passkey } = found;
  const by = { factorKeys: keys.factors, site, challengeId: challenge.id };
  // Who signs in is noted as the one who has used a recovery code.
  const checking = { db, userId: user.id, by: ownerWithoutSession(user.id, completion.requestId) };
  const usable = await checkFactor(checking, { passkeys: [passkey], authenticators: [] }, given, by, now);
  if (!usable) return { userId: user.id, outcome: 'INVALID_SECOND_FACTOR' };
  const key = attemptKey(keys.tokens, user.email, completion.deviceToken);
  const result = await open(db, keys.tokens, { user, challenge, usable, key, completion }, () => ({}), now);
  if (result.outcome === 'changed') return signInByPasskey(db, keys, site, completion, now);
  return { userId: user.id, ...result };
};
