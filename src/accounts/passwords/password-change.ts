import { eq, type SQL, sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import { resetTokens, users } from '../../../drizzle/schema.ts';
import { type RecordedEvent, recordEvent } from '../../outbox/event.ts';
import { enqueueMail, type QueuedMail } from '../../outbox/outbox.ts';
import { type Acting, actByLink, actOnSelf, type Mark } from '../acts/act.ts';
import type { Actor } from '../acts/audit.ts';
import { type Caller, type CallerRefusal, callerRefusal, readCaller } from '../acts/caller.ts';
import { recordLater } from '../acts/record.ts';
import { refuseUnless } from '../acts/rule.ts';
import { type SignedOut, signOut } from '../sessions/session.ts';
import { readOneTimeToken } from '../tokens/one-time-token.ts';
import { hashAddress, type MacKeys, randomId } from '../tokens/signed-token.ts';
import { isUnverified } from '../users/account-state.ts';
import { forgetAttempts, isOfFactor } from './login-attempt.ts';
import { isRequested, newLink, requestMail, verificationLink } from './mail-request.ts';
import { hashPassword, verifyPassword } from './password.ts';

/** What follows a change of password: a mail to send, sessions that ended, and of a first one that there is somebody now. */
export type PasswordChanged = {
  outcome: 'changed';
  userId: number;
  mails: QueuedMail[];
  created?: RecordedEvent[];
} & SignedOut;

/**
 * Answers a forgotten password: an account in use gets a link to reset it, one that never verified its verification
 * mail, any other nothing. The same statements run for every address.
 */
export const forgotPassword = async (
  db: Database,
  keys: MacKeys,
  email: string,
  now = new Date(),
): Promise<QueuedMail[]> => {
  const requestId = randomId();
  const kind = sql`SELECT CASE WHEN is_verified = 1 THEN 'reset-password' ELSE 'verify-email' END AS kind
                   FROM users WHERE email = ${email} AND is_active = 1`;
  const mayReset = sql`users.email = ${email} AND users.is_verified = 1 AND users.is_active = 1
                       AND ${isRequested(requestId, 'reset-password')}`;
  const reset = newLink(db, 'reset-password', mayReset, now);
  const verification = verificationLink(db, requestId, email, now);
  const { resetMails, verificationMails } = await batch(db, {
    request: requestMail(db, requestId, { addressHash: hashAddress(keys, email), email }, kind, now),
    resetLink: reset.link,
    resetMails: reset.mails,
    verificationLink: verification.link,
    verificationMails: verification.mails,
  });
  return [...resetMails, ...verificationMails];
};

/** What ends with an old password, whoever changes it: its reset link, and the sessions that `ends` names. One mail says so. */
const replacing = ({ db, userId, now }: Acting<Actor | undefined>, next: string, ends: SQL) => ({
  change: { passwordHash: next, passwordChangedAt: now, updatedAt: now },
  record: { kind: 'password-changed' as const },
  follows: ({ happened, isChanged }: Mark) => ({
    mails: enqueueMail(db, 'password-changed', {}, isChanged, now),
    ...signOut(db, sql`user_id = ${userId} AND ${happened} AND ${ends}`, now),
    links: db.delete(resetTokens).where(sql`${resetTokens.userId} = ${userId} AND ${happened}`),
  }),
});

/** Whoever opens the link has the mailbox: who had never verified the address, since an administrator made the account, has now. */
const verifying = ({ db, userId, now }: Acting<undefined>, { isChanged }: Mark) => {
  const isFirst = sql`${isChanged} AND ${isUnverified}`;
  return {
    created: recordEvent(db, { type: 'user.created', data: {} }, isFirst, now),
    verifiedRecord: recordLater(db, { kind: 'verified' }, userId, isFirst, now),
    verified: db.update(users).set({ isVerified: true }).where(isFirst),
  };
};

/** Puts a hash in the place of another by a link that was not used yet; the lock of the address is lifted. */
export const replaceByLink = actByLink('changed', (acting, { linkId, next }: { linkId: string; next: string }) => {
  const { db, userId } = acting;
  const { change, record, follows } = replacing(acting, next, sql`true`);
  const isOpen = sql`EXISTS (SELECT 1 FROM reset_tokens WHERE id = ${linkId} AND user_id = ${userId})`;
  return {
    rules: [refuseUnless(sql`users.is_active = 1 AND ${isOpen}`, 'INVALID_RESET_TOKEN')],
    change,
    record,
    follows: (mark) => ({
      ...follows(mark),
      ...verifying(acting, mark),
      attempts: forgetAttempts(db, userId, sql`${mark.happened} AND NOT ${isOfFactor}`),
    }),
  };
});

/** Puts a hash in the place of the own one, if that still is `from`. Every session but the one that asks ends. */
export const replaceOwn = actOnSelf('changed', (acting, { from, next }: { from: string; next: string }) => ({
  rules: [refuseUnless(sql`users.password_hash = ${from}`, 'INCORRECT_PASSWORD')],
  ...replacing(acting, next, sql`id <> ${acting.by.sessionId}`),
}));

/**
 * Sets a new password by the link of a mail: once, with the newest link only. Every session ends, and the lock of the
 * address is lifted.
 */
export const resetPassword = async (
  db: Database,
  linkKeys: MacKeys,
  text: string,
  password: string,
  now = new Date(),
): Promise<PasswordChanged | { outcome: 'INVALID_RESET_TOKEN' | 'RESET_TOKEN_EXPIRED' | 'SAME_PASSWORD' }> => {
  const token = readOneTimeToken(linkKeys, 'reset-password', text);
  if (!token) return { outcome: 'INVALID_RESET_TOKEN' };
  if (token.expiresAt <= now) return { outcome: 'RESET_TOKEN_EXPIRED' };
  const { userId } = token;
  const user = await db
    .select({ passwordHash: users.passwordHash })
    .from(resetTokens)
    .innerJoin(users, eq(users.id, resetTokens.userId))
    .where(sql`${resetTokens.id} = ${token.id} AND ${users.id} = ${userId} AND ${users.isActive} = 1`)
    .get();
  if (!user) return { outcome: 'INVALID_RESET_TOKEN' };
  if (await verifyPassword(password, user.passwordHash)) return { outcome: 'SAME_PASSWORD' };
  const given = { linkId: token.id, next: await hashPassword(password) };
  const reset = await replaceByLink(db, userId, given, now);
  return reset.outcome === 'changed' ? { ...reset, userId } : { outcome: 'INVALID_RESET_TOKEN' };
};

/**
 * Replaces a password by somebody who knows it, in two trips around the hashes: the stored hash is read with the caller,
 * and the change asks again who asks. Every session but the one that asks ends.
 */
export const changePassword = async (
  db: Database,
  by: Caller,
  passwords: { current: string; next: string },
  now = new Date(),
): Promise<PasswordChanged | { outcome: 'INCORRECT_PASSWORD' | 'SAME_PASSWORD' | CallerRefusal }> => {
  const [before] = await readCaller(db, by, now);
  const refusal = callerRefusal(before);
  if (refusal || !before) return { outcome: refusal ?? 'INVALID_CREDENTIALS' };
  const { passwordHash } = before.user;
  if (!(await verifyPassword(passwords.current, passwordHash))) return { outcome: 'INCORRECT_PASSWORD' };
  if (passwords.current === passwords.next) return { outcome: 'SAME_PASSWORD' };
  const given = { from: passwordHash, next: await hashPassword(passwords.next) };
  const change = await replaceOwn(db, given, by, now);
  return change.outcome === 'changed' ? { ...change, userId: by.userId } : change;
};
