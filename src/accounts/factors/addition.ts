import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { enqueueMail } from '../../outbox/outbox.ts';
import { type Acting, actOnSelf } from '../acts/act.ts';
import type { Caller } from '../acts/caller.ts';
import { isProved, refuseUnless } from '../acts/rule.ts';
import type { SealedSecret } from '../tokens/factor-secret.ts';
import { type Challenge, isUnused, useChallenge } from './challenge.ts';
import { insertRecoveryCodes, type ListedFactor, MOST_FACTORS } from './factor.ts';
import { recordFactors } from './factor-record.ts';
import { factorCount } from './held.ts';
import type { MadePasskey } from './webauthn.ts';

/** What every addition is given: its id and name, the challenge that led to it, and the hashes of the codes that come with the first. */
type Addition = { id: string; name: string; challenge: Challenge; codes: readonly string[] };

/** What is asked and what follows where a second factor is added; `insert` writes its row, if its condition holds. */
const adding = (
  { db, userId, by, now }: Acting<Caller>,
  kind: ListedFactor['kind'],
  { id, challenge, codes }: Addition,
  insert: (where: SQL) => ReturnType<typeof statement>,
) => ({
  rules: [
    isProved(by, now),
    refuseUnless(isUnused(challenge), 'CHALLENGE_EXPIRED'),
    refuseUnless(sql`${factorCount(userId)} < ${MOST_FACTORS}`, 'TOO_MANY_FACTORS'),
  ],
  change: { factorsChangedAt: now, updatedAt: now },
  event: { type: 'user.factor_added' as const, data: { kind } },
  audit: 'user.add-factor' as const,
  follows: ({ happened, isChanged }: { happened: SQL; isChanged: SQL }) => {
    const isFirst = sql`${happened} AND ${factorCount(userId)} = 1`;
    return {
      factor: insert(happened),
      used: useChallenge(db, challenge, id, happened),
      codes: insertRecoveryCodes(db, userId, codes, isFirst, now),
      // Whoever adds the first one has just proved it.
      proof: statement(db, sql`UPDATE sessions SET second_factor = 1 WHERE id = ${by.sessionId} AND ${isFirst}`),
      mails: enqueueMail(db, 'factor-added', { factor: kind }, isChanged, now),
      factorRecord: recordFactors(db, isChanged, now),
    };
  },
});

/** Adds an authenticator app whose code of the time step `step` was right. */
export const addAuthenticator = actOnSelf(
  'factor-added',
  (acting: Acting<Caller>, given: Addition & { sealed: SealedSecret; step: number }) => {
    const { db, userId, now } = acting;
    const { id, name, sealed, step } = given;
    return adding(acting, 'authenticator', given, (where) =>
      statement(
        db,
        sql`
        INSERT INTO authenticators (id, user_id, name, created_at, secret, key_version, last_step)
        SELECT ${id}, ${userId}, ${name}, ${now.getTime()}, ${sealed.secret}, ${sealed.keyVersion}, ${step} WHERE ${where}`,
      ),
    );
  },
);

/** Adds a passkey that a browser has made. */
export const addPasskey = actOnSelf(
  'factor-added',
  (acting: Acting<Caller>, given: Addition & { made: MadePasskey }) => {
    const { db, userId, now } = acting;
    const { id, name, made } = given;
    const told = adding(acting, 'passkey', given, (where) => insertPasskey(db, { id, userId, name }, made, where, now));
    const isNew = sql`NOT EXISTS (SELECT 1 FROM passkeys WHERE credential_id = ${made.credentialId})`;
    return { ...told, rules: [...told.rules, refuseUnless(isNew, 'PASSKEY_EXISTS')] };
  },
);

const insertPasskey = (
  db: Database,
  { id, userId, name }: { id: string; userId: number; name: string },
  { credentialId, publicKey, counter, transports, backedUp, rpId }: MadePasskey,
  where: SQL,
  now: Date,
) =>
  statement(
    db,
    sql`
    INSERT INTO passkeys (id, user_id, name, created_at, credential_id, public_key, counter, transports, backed_up, rp_id)
    SELECT ${id}, ${userId}, ${name}, ${now.getTime()}, ${credentialId}, ${publicKey}, ${counter},
           ${JSON.stringify(transports)}, ${backedUp ? 1 : 0}, ${rpId} WHERE ${where}`,
  );
