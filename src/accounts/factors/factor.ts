import { asc, eq, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { authenticators, passkeys } from '../../../drizzle/schema.ts';
import { recordRemovedFactors } from '../../outbox/event.ts';
import { enqueueMail } from '../../outbox/outbox.ts';
import { actOnSelf, actOnUser } from '../acts/act.ts';
import { type Caller, type CallerRefusal, callerRefusal, mayAct, readCaller } from '../acts/caller.ts';
import { isProved, refuseUnless } from '../acts/rule.ts';
import { signOut } from '../sessions/session.ts';
import { recordFactors } from './factor-record.ts';
import { hasFactor } from './held.ts';

// Types of answers have no names, so that the typed client names nothing of the Worker.
const KINDS = ['passkey', 'authenticator'] as const;

/** How many second factors an account has at the most. */
export const MOST_FACTORS = 10;

/** A second factor as its user sees it. `backedUp` is of passkeys: whether it is kept in more places than one. */
export type ListedFactor = {
  id: string;
  kind: (typeof KINDS)[number];
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  backedUp?: boolean;
};

const COLUMNS = {
  passkey: {
    ...{ id: passkeys.id, name: passkeys.name, createdAt: passkeys.createdAt },
    ...{ lastUsedAt: passkeys.lastUsedAt, backedUp: passkeys.backedUp },
  },
  authenticator: {
    ...{ id: authenticators.id, name: authenticators.name },
    ...{ createdAt: authenticators.createdAt, lastUsedAt: authenticators.lastUsedAt },
  },
};

type Found = { passkeys: Omit<ListedFactor, 'kind'>[]; authenticators: Omit<ListedFactor, 'kind'>[] };

const listed = ({ passkeys: keys, authenticators: apps }: Found): ListedFactor[] => [
  ...keys.map((row) => ({ ...row, kind: 'passkey' as const })),
  ...apps.map((row) => ({ ...row, kind: 'authenticator' as const })),
];

/** The second factors of a user, oldest first, and how many recovery codes are left. */
export const listFactors = async (
  db: Database,
  userId: number,
): Promise<{ factors: ListedFactor[]; recoveryCodes: number }> => {
  const { codes, ...found } = await batch(db, {
    passkeys: db.select(COLUMNS.passkey).from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.id)),
    authenticators: db
      .select(COLUMNS.authenticator)
      .from(authenticators)
      .where(eq(authenticators.userId, userId))
      .orderBy(asc(authenticators.id)),
    codes: statement<{ n: number }>(db, sql`SELECT count(*) AS n FROM recovery_codes WHERE user_id = ${userId}`),
  });
  const factors = listed(found).toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt));
  return { factors, recoveryCodes: codes[0]?.n ?? 0 };
};

/** Gives one of the own second factors another name. */
export const renameFactor = async (
  db: Database,
  by: Caller,
  { id, name }: { id: string; name: string },
  now = new Date(),
): Promise<{ outcome: 'renamed'; factor: ListedFactor } | { outcome: 'NO_FACTOR' | CallerRefusal }> => {
  const isMeant = sql`id = ${id} AND user_id = ${by.userId} AND ${mayAct(by, now)}`;
  const {
    caller: [caller],
    ...found
  } = await batch(db, {
    caller: readCaller(db, by, now),
    passkeys: db.update(passkeys).set({ name }).where(isMeant).returning(COLUMNS.passkey),
    authenticators: db.update(authenticators).set({ name }).where(isMeant).returning(COLUMNS.authenticator),
  });
  const refusal = callerRefusal(caller);
  if (refusal) return { outcome: refusal };
  const [factor] = listed(found);
  return factor ? { outcome: 'renamed', factor } : { outcome: 'NO_FACTOR' };
};

/** What ends with the last second factor: the codes that stand in for it, and what its proof has opened. */
const endingWithTheLast = (db: Database, userId: number, happened: SQL) => {
  const wasLast = sql`${happened} AND NOT ${hasFactor(userId)}`;
  return {
    codes: statement(db, sql`DELETE FROM recovery_codes WHERE user_id = ${userId} AND ${wasLast}`),
    proofs: statement(db, sql`UPDATE sessions SET second_factor = 0 WHERE user_id = ${userId} AND ${wasLast}`),
  };
};

/** Removes one of the own second factors, with the last one the recovery codes too. One mail says so. */
export const removeFactor = actOnSelf('factor-removed', ({ db, userId, by, now }, { id }: { id: string }) => {
  const isPasskey = sql`EXISTS (SELECT 1 FROM passkeys WHERE id = ${id} AND user_id = ${userId})`;
  const isAuthenticator = sql`EXISTS (SELECT 1 FROM authenticators WHERE id = ${id} AND user_id = ${userId})`;
  const kind = sql`CASE WHEN ${isPasskey} THEN 'passkey' ELSE 'authenticator' END`;
  return {
    rules: [isProved(by, now), refuseUnless(sql`${isPasskey} OR ${isAuthenticator}`, 'NO_FACTOR')],
    change: { factorsChangedAt: now, updatedAt: now },
    event: { type: 'user.factor_removed', data: sql`json_object('kind', ${kind})` },
    audit: 'user.remove-factor',
    follows: ({ happened, isChanged }) => ({
      mails: enqueueMail(db, 'factor-removed', sql<string>`json_object('factor', ${kind})`, isChanged, now),
      passkey: statement(db, sql`DELETE FROM passkeys WHERE id = ${id} AND user_id = ${userId} AND ${happened}`),
      authenticator: statement(
        db,
        sql`DELETE FROM authenticators WHERE id = ${id} AND user_id = ${userId} AND ${happened}`,
      ),
      ...endingWithTheLast(db, userId, happened),
      factorRecord: recordFactors(db, isChanged, now),
    }),
  };
});

/** The statement that puts these codes, by their hashes, among a user's, if `where` holds; it returns a row for each. */
export const insertRecoveryCodes = (db: Database, userId: number, hashes: readonly string[], where: SQL, now: Date) =>
  statement<{ hash: string }>(
    db,
    sql`
    INSERT INTO recovery_codes (hash, user_id, created_at)
    SELECT value, ${userId}, ${now.getTime()} FROM json_each(${JSON.stringify(hashes)}) WHERE ${where} RETURNING hash`,
  );

/** Puts new recovery codes, by their hashes, in the place of those that are left. One mail says so. */
export const replaceRecoveryCodes = actOnSelf(
  'recovery-codes-made',
  ({ db, userId, by, now }, { hashes }: { hashes: readonly string[] }) => ({
    rules: [isProved(by, now), refuseUnless(hasFactor(userId), 'NO_SECOND_FACTOR')],
    change: { factorsChangedAt: now, updatedAt: now },
    audit: 'user.make-recovery-codes',
    follows: ({ happened, isChanged }) => ({
      mails: enqueueMail(db, 'factor-added', { factor: 'recovery_codes' }, isChanged, now),
      former: statement(db, sql`DELETE FROM recovery_codes WHERE user_id = ${userId} AND ${happened}`),
      codes: insertRecoveryCodes(db, userId, hashes, happened, now),
      factorRecord: recordFactors(db, isChanged, now),
    }),
  }),
);

/** Removes every second factor and recovery code of somebody who has lost them, and ends every session. One mail says so. */
export const resetSecondFactor = actOnUser('second-factor-reset', ({ db, userId, now }) => ({
  rules: [refuseUnless(hasFactor(userId), 'NO_SECOND_FACTOR')],
  change: { factorsChangedAt: now, updatedAt: now },
  audit: 'user.reset-second-factor',
  follows: ({ happened, isChanged }) => ({
    mails: enqueueMail(db, 'factor-removed', { factor: 'all' }, isChanged, now),
    removed: recordRemovedFactors(db, sql`user_id = ${userId} AND ${happened}`, now),
    ...signOut(db, sql`user_id = ${userId} AND ${happened}`, now),
    passkeys: statement(db, sql`DELETE FROM passkeys WHERE user_id = ${userId} AND ${happened}`),
    authenticators: statement(db, sql`DELETE FROM authenticators WHERE user_id = ${userId} AND ${happened}`),
    codes: statement(db, sql`DELETE FROM recovery_codes WHERE user_id = ${userId} AND ${happened}`),
    factorRecord: recordFactors(db, isChanged, now),
  }),
}));
