import { type SQL, sql } from 'drizzle-orm';
import { statement } from '../../../drizzle/client.ts';
import type { HeldThen } from '../../../drizzle/schema.ts';
import { recordRemovedFactors } from '../../outbox/event.ts';
import { enqueueMail } from '../../outbox/outbox.ts';
import { isoTime } from '../../workers/time.ts';
import { actOnUser } from '../acts/act.ts';
import { type Rule, refuseUnless } from '../acts/rule.ts';
import { isOfRecord } from '../erasure/erasure.ts';
import { NO_PASSWORD } from '../passwords/password.ts';
import type { LastKnown } from './last-known.ts';

// What was done since the time to which the database was set back, done again by what the private bucket knows of it. Each
// is an act like any other; nobody is told of it twice.

export type KnownKind = Exclude<LastKnown['kind'], 'erased'>;

/** When a row is behind a record of each kind, whose time is `at`. What the row has by a later act stays. */
export const BEHIND: Record<KnownKind, (at: SQL) => SQL> = {
  verified: () => sql`users.is_verified = 0`,
  'password-changed': (at) => sql`coalesce(users.password_changed_at, 0) < ${at}`,
  'email-changed': (at) => sql`coalesce(users.email_changed_at, 0) < ${at}`,
  deactivated: (at) => sql`coalesce(users.deactivated_at, 0) < ${at}`,
  reactivated: (at) => sql`users.deactivated_at < ${at}`,
  deleted: (at) => sql`coalesce(users.deleted_at, 0) < ${at}`,
  restored: (at) => sql`users.deleted_at < ${at}`,
  promoted: () => sql`users.role <> 'admin'`,
  demoted: () => sql`users.role <> 'user'`,
  'factors-changed': (at) => sql`coalesce(users.factors_changed_at, 0) < ${at}`,
};

/**
 * What is known, the reason of a suspension, how long the grace period of a deletion is, in ms, and which second factors there
 * were.
 */
export type Known = Pick<LastKnown, 'userCreatedAt' | 'at' | 'isTold'> &
  Partial<HeldThen> & { reason: string | null; grace: number };

const isBehind = (kind: KnownKind, { userCreatedAt, at }: Known): Rule<'NOT_BEHIND_RECORD'> =>
  refuseUnless(sql`${isOfRecord(userCreatedAt)} AND ${BEHIND[kind](sql`${at}`)}`, 'NOT_BEHIND_RECORD');

/** Counts an address as verified again; a password of before the account was made anew is nobody's. */
export const verifyAgain = actOnUser('verified', ({ now }, known: Known) => ({
  rules: [isBehind('verified', known)],
  change: {
    isVerified: true,
    passwordHash: sql`CASE WHEN users.created_at = ${known.userCreatedAt} THEN users.password_hash ELSE ${NO_PASSWORD} END`,
    updatedAt: now,
  },
  event: { type: 'user.created', data: {} },
  audit: 'user.verify',
}));

/** Takes a password out of use that another has followed. */
export const forgetPassword = actOnUser('password-forgotten', ({ now }, known: Known) => ({
  rules: [isBehind('password-changed', known)],
  change: { passwordHash: NO_PASSWORD, passwordChangedAt: new Date(known.at), updatedAt: now },
  audit: 'user.forget-password',
}));

/** What administrators read of an account whose address is that of before. */
export const FORMER_ADDRESS =
  'Its address has changed since the time to which the database was set back. Set it anew (users set-email), then reactivate it.';

// A reason has at most 500 characters.
const REASON_LEFT = 500 - FORMER_ADDRESS.length - 1;

/**
 * Suspends an account that has a former address again: whoever has that mailbox now may be anybody, and what the address was
 * since is known to nobody but its user. So no mail tells of it. The reason of another suspension stays, and stands first.
 */
export const suspendFormerAddress = actOnUser('suspended', ({ now }, known: Known) => ({
  rules: [isBehind('email-changed', known)],
  change: {
    isActive: false,
    emailChangedAt: new Date(known.at),
    deactivatedAt: sql`coalesce(users.deactivated_at, ${now.getTime()})`,
    deactivationReason: sql`coalesce(substr(users.deactivation_reason, 1, ${REASON_LEFT}) || char(10), '') || ${FORMER_ADDRESS}`,
    updatedAt: now,
  },
  event: { type: 'user.deactivated', data: {} },
  audit: 'user.deactivate',
}));

/** Suspends an account again; the mail leaves that had not left. */
export const deactivateAgain = actOnUser('deactivated', ({ db, now }, known: Known) => ({
  rules: [isBehind('deactivated', known)],
  change: { isActive: false, deactivatedAt: new Date(known.at), deactivationReason: known.reason, updatedAt: now },
  event: { type: 'user.deactivated', data: {} },
  audit: 'user.deactivate',
  follows: ({ isChanged }) => ({
    mails: enqueueMail(
      db,
      'account-deactivated',
      { reason: known.reason },
      sql`${isChanged} AND ${known.isTold ? 0 : 1}`,
      now,
    ),
  }),
}));

/** Ends a suspension again. */
export const reactivateAgain = actOnUser('reactivated', ({ now }, known: Known) => ({
  rules: [isBehind('reactivated', known)],
  change: { isActive: sql`deleted_at IS NULL`, deactivatedAt: null, deactivationReason: null, updatedAt: now },
  event: { type: 'user.reactivated', data: {} },
  audit: 'user.reactivate',
}));

/** Deletes an account softly again, as of the time when its owner did; `grace` (ms) is the grace period. */
export const deleteAgain = actOnUser('deleted', ({ now }, known: Known) => ({
  rules: [isBehind('deleted', known)],
  change: { deletedAt: new Date(known.at), isActive: false, updatedAt: now },
  event: { type: 'user.deleted', data: { erase_at: isoTime(known.at + known.grace) } },
  audit: 'user.delete',
}));

/** Gives a softly deleted account back again. */
export const restoreAgain = actOnUser('restored', ({ now }, known: Known) => ({
  rules: [isBehind('restored', known)],
  change: { deletedAt: null, remindedAt: null, isActive: sql`deactivated_at IS NULL`, updatedAt: now },
  event: { type: 'user.restored', data: {} },
  audit: 'user.restore',
}));

/** Makes somebody an administrator again. */
export const promoteAgain = actOnUser('promoted', ({ now }, known: Known) => ({
  rules: [isBehind('promoted', known)],
  change: { role: 'admin', updatedAt: now },
  event: { type: 'user.role_changed', data: { role: 'admin' } },
  audit: 'user.promote',
}));

/** Takes an administrator's powers back again, the last one's too: whoever restores a database administers by script. */
export const demoteAgain = actOnUser('demoted', ({ now }, known: Known) => ({
  rules: [isBehind('demoted', known)],
  change: { role: 'user', updatedAt: now },
  event: { type: 'user.role_changed', data: { role: 'user' } },
  audit: 'user.demote',
}));

/**
 * Removes the second factors and the recovery codes that were removed, used or replaced since. Where one is gone that was added
 * since, the password goes out of use: it alone would open what took two to open.
 */
export const bringFactorsBack = actOnUser('factors-brought-back', ({ db, userId, now }, known: Known) => {
  const ids = JSON.stringify(known.factors ?? []);
  const held = sql`SELECT id FROM passkeys WHERE user_id = ${userId} UNION ALL SELECT id FROM authenticators WHERE user_id = ${userId}`;
  const isWhole = sql`NOT EXISTS (SELECT 1 FROM json_each(${ids}) WHERE value NOT IN (${held}))`;
  const isGone = (happened: SQL) =>
    sql`user_id = ${userId} AND ${happened} AND id NOT IN (SELECT value FROM json_each(${ids}))`;
  const areThose = sql`(SELECT count(*) = ${known.codes ?? 0} AND max(created_at) IS ${known.codesMadeAt ?? null}
                        FROM recovery_codes WHERE user_id = ${userId})`;
  return {
    rules: [isBehind('factors-changed', known)],
    change: {
      passwordHash: sql`CASE WHEN ${isWhole} THEN users.password_hash ELSE ${NO_PASSWORD} END`,
      factorsChangedAt: new Date(known.at),
      updatedAt: now,
    },
    audit: 'user.bring-factors-back',
    follows: ({ happened }) => ({
      removed: recordRemovedFactors(db, isGone(happened), now),
      passkeys: statement(db, sql`DELETE FROM passkeys WHERE ${isGone(happened)}`),
      authenticators: statement(db, sql`DELETE FROM authenticators WHERE ${isGone(happened)}`),
      codes: statement(
        db,
        sql`DELETE FROM recovery_codes WHERE user_id = ${userId} AND ${happened} AND NOT ${areThose}`,
      ),
    }),
  };
});

/** The act that a record of each kind asks for. */
export const AGAIN = {
  verified: verifyAgain,
  'password-changed': forgetPassword,
  'email-changed': suspendFormerAddress,
  deactivated: deactivateAgain,
  reactivated: reactivateAgain,
  deleted: deleteAgain,
  restored: restoreAgain,
  promoted: promoteAgain,
  demoted: demoteAgain,
  'factors-changed': bringFactorsBack,
} satisfies Record<KnownKind, unknown>;
