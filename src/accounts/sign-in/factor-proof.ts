import { type SQL, sql } from 'drizzle-orm';
import { batch, type Database, type Results, statement } from '../../../drizzle/client.ts';
import type { User } from '../../../drizzle/schema.ts';
import type { QueuedMail } from '../../outbox/outbox.ts';
import { type Caller, type CallerRefusal, callerRefusal, mayAct, readCaller } from '../acts/caller.ts';
import { CHALLENGE_LIFETIME_MS, type Challenge, isUsedBy, readChallenge, useChallenge } from '../factors/challenge.ts';
import {
  type CheckedBy,
  checkFactor,
  type GivenFactor,
  type HeldFactors,
  readFactors,
  type UsableFactor,
} from '../factors/factor-check.ts';
import type { RelyingParty } from '../factors/webauthn.ts';
import { admit, attemptKey, counted, type Later } from '../passwords/admission.ts';
import {
  type AttemptKey,
  abandonAttempts,
  factorKey,
  failAttempt,
  succeedAttempt,
} from '../passwords/login-attempt.ts';
import { randomId } from '../tokens/signed-token.ts';
import { candidateOf, freshUntil, noteProof } from './proof.ts';
import type { SignInKeys } from './second-factor.ts';

// The second factor as a fresh proof of who holds a session, in the place of the password.

/** What became of a proof by a second factor; until when it is fresh, and the mail that tells of a recovery code. */
export type FactorProof =
  | { outcome: 'proved'; until: Date; mails: QueuedMail[] }
  | { outcome: 'CHALLENGE_EXPIRED' | 'INVALID_SECOND_FACTOR' | CallerRefusal }
  | { outcome: 'ACCOUNT_LOCKED'; retryAfterSeconds: number };

/** What is given as a proof; a passkey signs a challenge that was given to this session. */
export type GivenProof = { given: GivenFactor; challenge?: string | undefined; deviceToken: string | undefined };

type Asked = { by: Caller; user: User; held: HeldFactors; given: GivenFactor; checkedBy: CheckedBy };
type Checking = Asked & { challenge: Challenge | undefined; key: AttemptKey };

/** The challenge that a passkey has signed, if it was given to this session. */
const challengeOf = (keys: SignInKeys, by: Caller, text: string | undefined, now: Date): Challenge | undefined => {
  const challenge = text === undefined ? undefined : readChallenge(keys.tokens, 'passkey-proof', text, now);
  const isOurs = challenge?.bound[0] === String(by.userId) && challenge.bound[1] === by.sessionId;
  return isOurs ? challenge : undefined;
};

/**
 * Takes a second factor as a proof, in three trips: who asks, the check that is counted, and the note on the session. From then
 * on the session counts as opened with a second factor, too.
 */
export const proveByFactor = async (
  db: Database,
  keys: SignInKeys,
  by: Caller,
  { given, challenge: text, deviceToken }: GivenProof,
  site: RelyingParty,
  later: Later,
  clock: () => Date = () => new Date(),
): Promise<FactorProof> => {
  const now = clock();
  const {
    caller: [caller],
    ...held
  } = await batch(db, { caller: readCaller(db, by, now), ...readFactors(db, by.userId) });
  const refusal = callerRefusal(caller);
  if (refusal || !caller) return { outcome: refusal ?? 'INVALID_CREDENTIALS' };
  const challenge = challengeOf(keys, by, text, now);
  if ('passkey' in given && !challenge) return { outcome: 'CHALLENGE_EXPIRED' };
  const key = factorKey(attemptKey(keys.tokens, caller.user.email, deviceToken));
  const checkedBy = { factorKeys: keys.factors, site, challengeId: challenge?.id };
  const checking = { by, user: caller.user, held, given, checkedBy, challenge, key };
  return counted(db, key, later, () => check(db, checking, clock));
};

const check = async (db: Database, checking: Checking, clock: () => Date): Promise<FactorProof> => {
  const { by, user, held, given, checkedBy, key } = checking;
  const admission = await admit(db, key, candidateOf(db, by, user.email), clock);
  const refusal = callerRefusal(admission.found);
  if (refusal) return { outcome: refusal };
  if (!admission.isAdmitted) return { outcome: 'ACCOUNT_LOCKED', retryAfterSeconds: admission.retryAfterSeconds };
  const now = clock();
  const usable = await checkFactor({ db, userId: user.id, by }, held, given, checkedBy, now);
  const result = usable ? await note(db, checking, usable, now) : { outcome: 'INVALID_SECOND_FACTOR' as const };
  if (result.outcome === 'INVALID_SECOND_FACTOR') await failAttempt(db, key, now);
  else if (result.outcome !== 'proved') await abandonAttempts(db, key, 1);
  return result;
};

/** Uses the factor and notes the proof: both, or nothing. */
const note = async (
  db: Database,
  { by, challenge, key }: Checking,
  usable: UsableFactor,
  now: Date,
): Promise<FactorProof> => {
  const use = randomId();
  // A code needs no challenge: one of its own holds the statements together.
  const used = challenge ?? { id: use, expiresAt: new Date(now.getTime() + CHALLENGE_LIFETIME_MS) };
  const isUsed = isUsedBy(used, use);
  const statements = {
    caller: readCaller(db, by, now),
    uses: statement(db, sql`SELECT 1 FROM used_challenges WHERE id = ${used.id}`),
    used: useChallenge(db, used, use, sql`${usable.condition} AND ${mayAct(by, now)}`),
    ...usable.uses(isUsed, now),
    proved: noteProof(db, by, isUsed, now),
    secondFactor: secondFactorProved(db, by, isUsed),
    attempt: succeedAttempt(db, key, isUsed),
  };
  const results: Results<typeof statements> = await batch(db, statements);
  const { mails = [] } = results as { mails?: QueuedMail[] };
  if (results.proved.length > 0) return { outcome: 'proved', until: freshUntil(now), mails };
  const refusal = callerRefusal(results.caller[0]);
  return { outcome: refusal ?? (results.uses.length > 0 ? 'CHALLENGE_EXPIRED' : 'INVALID_SECOND_FACTOR') };
};

const secondFactorProved = (db: Database, { sessionId }: Caller, where: SQL) =>
  statement(db, sql`UPDATE sessions SET second_factor = 1 WHERE id = ${sessionId} AND ${where}`);
