import { eq, type SQL, sql } from 'drizzle-orm';
import { type Database, type Statements, statement } from '../../../drizzle/client.ts';
import { type Authenticator, authenticators, type Passkey, passkeys } from '../../../drizzle/schema.ts';
import { enqueueMail } from '../../outbox/outbox.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { openSecret } from '../tokens/factor-secret.ts';
import type { MacKeys } from '../tokens/signed-token.ts';
import { recordFactors } from './factor-record.ts';
import { hashRecoveryCode } from './recovery-code.ts';
import type { PasskeyAnswer, RelyingParty } from './webauthn.ts';

/** What somebody gives as a proof: the code of an authenticator app, a recovery code, or what a browser answers for a passkey. */
export type GivenFactor = { code: string } | { recoveryCode: string } | { passkey: PasskeyAnswer };

/** The second factors of somebody, secrets among them. */
export type HeldFactors = { passkeys: Passkey[]; authenticators: Authenticator[] };

/** The statements that read them, to stand in a batch. */
export const readFactors = (db: Database, userId: number) => ({
  passkeys: db.select().from(passkeys).where(eq(passkeys.userId, userId)),
  authenticators: db.select().from(authenticators).where(eq(authenticators.userId, userId)),
});

/** Those passkeys of somebody that work for a site, as a browser is told of them. */
export const knownPasskeys = (db: Database, userId: number, rpId: string) =>
  db
    .select({ credentialId: passkeys.credentialId, transports: passkeys.transports })
    .from(passkeys)
    // By the index of users: that of sites finds the passkeys of everybody.
    .where(sql`${passkeys.userId} = ${userId} AND +${passkeys.rpId} = ${rpId}`);

/** What a check goes by: the keys of secrets, the site of passkeys, and the challenge that one has signed. */
export type CheckedBy = { factorKeys: MacKeys; site: RelyingParty; challengeId?: string | undefined };

/**
 * What was right when it was looked at: the condition under which it still can be used, which decides, and the statements that
 * use it, under the mark that it was.
 */
export type UsableFactor = { condition: SQL; uses: (isUsed: SQL, now: Date) => Statements };

/** Whose factors are checked, in which database, and who is noted to have used one. */
type Checking = { db: Database; userId: number; by: Actor };

const ofAuthenticator = ({ db }: Checking, { id }: Authenticator, step: number): UsableFactor => ({
  condition: sql`EXISTS (SELECT 1 FROM authenticators WHERE id = ${id} AND last_step < ${step})`,
  uses: (isUsed, now) => ({
    factor: statement(
      db,
      sql`UPDATE authenticators SET last_step = ${step}, last_used_at = ${now.getTime()} WHERE id = ${id} AND ${isUsed}`,
    ),
  }),
});

const checkCode = async (
  checking: Checking,
  held: HeldFactors,
  code: string,
  { factorKeys }: CheckedBy,
  now: Date,
): Promise<UsableFactor | undefined> => {
  const { stepOf } = await import('./totp.ts');
  for (const authenticator of held.authenticators) {
    const secret = openSecret(factorKeys, authenticator, authenticator);
    const step = secret && stepOf(secret, code, authenticator.lastStep, now);
    if (step !== undefined) return ofAuthenticator(checking, authenticator, step);
  }
  return undefined;
};

const checkPasskey = async (
  { db }: Checking,
  held: HeldFactors,
  answer: PasskeyAnswer,
  { site, challengeId }: CheckedBy,
): Promise<UsableFactor | undefined> => {
  const passkey = held.passkeys.find(({ credentialId }) => credentialId === answer.id);
  if (!passkey || challengeId === undefined) return undefined;
  const { usedPasskey } = await import('./webauthn.ts');
  const used = await usedPasskey(site, passkey, answer, challengeId);
  if (!used) return undefined;
  const { counter, backedUp } = used;
  const { id } = passkey;
  return {
    // A counter that stands still at 0 is none.
    condition: sql`EXISTS (SELECT 1 FROM passkeys WHERE id = ${id} AND (counter < ${counter} OR (counter = 0 AND ${counter} = 0)))`,
    uses: (isUsed, now) => ({
      factor: statement(
        db,
        sql`UPDATE passkeys SET counter = ${counter}, backed_up = ${backedUp ? 1 : 0}, last_used_at = ${now.getTime()}
            WHERE id = ${id} AND ${isUsed}`,
      ),
    }),
  };
};

/** A recovery code is told to its owner, and noted: it stands in for what was lost. */
const ofRecoveryCode = ({ db, userId, by }: Checking, code: string): UsableFactor => {
  const isCode = sql`hash = ${hashRecoveryCode(code)} AND user_id = ${userId}`;
  const left = sql<string>`json_object('left', (SELECT count(*) FROM recovery_codes WHERE user_id = ${userId}))`;
  return {
    condition: sql`EXISTS (SELECT 1 FROM recovery_codes WHERE ${isCode})`,
    uses: (isUsed, now) => {
      const isUser = sql`users.id = ${userId} AND ${isUsed}`;
      return {
        factor: statement(db, sql`DELETE FROM recovery_codes WHERE ${isCode} AND ${isUsed}`),
        changed: statement(db, sql`UPDATE users SET factors_changed_at = ${now.getTime()} WHERE ${isUser}`),
        mails: enqueueMail(db, 'recovery-code-used', left, isUser, now),
        audit: recordAudit(db, 'user.use-recovery-code', userId, by, isUsed, now),
        factorRecord: recordFactors(db, isUser, now),
      };
    },
  };
};

/** Checks what somebody gives; undefined where it is not right. Of a recovery code the condition alone tells. */
export const checkFactor = async (
  checking: Checking,
  held: HeldFactors,
  given: GivenFactor,
  by: CheckedBy,
  now: Date,
): Promise<UsableFactor | undefined> => {
  if ('code' in given) return checkCode(checking, held, given.code, by, now);
  if ('passkey' in given) return checkPasskey(checking, held, given.passkey, by);
  return ofRecoveryCode(checking, given.recoveryCode);
};
