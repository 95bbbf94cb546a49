import { eq, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../drizzle/client.ts';
import { resetTokens, type User, users } from '../../drizzle/schema.ts';
import { enqueueMail, type QueuedMail } from '../mail/outbox.ts';
import { forgetAttempts } from './login-attempt.ts';
import { isRequested, newLink, requestMail } from './mail-request.ts';
import { readOneTimeToken } from './one-time-token.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { endSessions } from './session.ts';
import { verificationLink } from './sign-up.ts';
import { everyAddressHash, hashAddress, type MacKeys, randomId } from './signed-token.ts';

/** What follows a change of password: a mail to send, and sessions that ended. */
export type PasswordChanged = { outcome: 'changed'; userId: number; mails: QueuedMail[]; endedSessions: string[] };

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
  const [, , reset, , verification] = await db.batch([
    requestMail(db, requestId, hashAddress(keys, email), kind, now),
    ...newLink(db, 'reset-password', mayReset, now),
    ...verificationLink(db, requestId, email, now),
  ]);
  return [...reset, ...verification];
};

/**
 * The batch of every change of password: the guarded change, its mail, and what ends with the old password: its reset
 * link and the sessions that `ends` names. The fresh hash is a value nobody else has, so it tells in every later
 * statement that this change is the one that happened. Undefined: it did not.
 */
const changePasswordWhere = async (
  db: Database,
  userId: number,
  passwordHash: string,
  change: { where: SQL; ends: SQL; addressHashes: readonly string[] },
  now: Date,
): Promise<PasswordChanged | undefined> => {
  const happened = sql`EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND password_hash = ${passwordHash})`;
  const [changed, mails, ended] = await db.batch([
    db
      .update(users)
      .set({ passwordHash, updatedAt: now })
      .where(sql`${users.id} = ${userId} AND ${users.isActive} = 1 AND ${change.where}`)
      .returning({ id: users.id }),
    enqueueMail(db, 'password-changed', {}, sql`users.id = ${userId} AND changes() = 1`, now),
    endSessions(db, sql`user_id = ${userId} AND ${happened} AND ${change.ends}`),
    db.delete(resetTokens).where(sql`${resetTokens.userId} = ${userId} AND ${happened}`),
    forgetAttempts(db, change.addressHashes, happened),
  ]);
  if (changed.length === 0) return undefined;
  return { outcome: 'changed', userId, mails, endedSessions: ended.map(({ id }) => id) };
};

/**
 * Sets a new password by the link of a mail: once, with the newest link only. Every session ends, and the lock of the
 * address is lifted.
 */
export const resetPassword = async (
  db: Database,
  keys: { links: MacKeys; tokens: MacKeys },
  text: string,
  password: string,
  now = new Date(),
): Promise<PasswordChanged | { outcome: 'INVALID_RESET_TOKEN' | 'RESET_TOKEN_EXPIRED' | 'SAME_PASSWORD' }> => {
  const token = readOneTimeToken(keys.links, 'reset-password', text);
  if (!token) return { outcome: 'INVALID_RESET_TOKEN' };
  if (token.expiresAt <= now) return { outcome: 'RESET_TOKEN_EXPIRED' };
  const user = await db
    .select({ email: users.email, passwordHash: users.passwordHash })
    .from(resetTokens)
    .innerJoin(users, eq(users.id, resetTokens.userId))
    .where(sql`${resetTokens.id} = ${token.id} AND ${users.id} = ${token.userId} AND ${users.isActive} = 1`)
    .get();
  if (!user) return { outcome: 'INVALID_RESET_TOKEN' };
  if (await verifyPassword(password, user.passwordHash)) return { outcome: 'SAME_PASSWORD' };
  const change = {
    where: sql`EXISTS (SELECT 1 FROM reset_tokens WHERE id = ${token.id} AND user_id = ${token.userId})`,
    ends: sql`true`,
    addressHashes: everyAddressHash(keys.tokens, user.email),
  };
  const changed = await changePasswordWhere(db, token.userId, await hashPassword(password), change, now);
  return changed ?? { outcome: 'INVALID_RESET_TOKEN' };
};

/** Replaces a password by somebody who knows it. Every session but the one that asks ends. */
export const changePassword = async (
  db: Database,
  user: Pick<User, 'id' | 'passwordHash'>,
  sessionId: string,
  passwords: { current: string; next: string },
  now = new Date(),
): Promise<PasswordChanged | { outcome: 'INCORRECT_PASSWORD' | 'SAME_PASSWORD' }> => {
  if (!(await verifyPassword(passwords.current, user.passwordHash))) return { outcome: 'INCORRECT_PASSWORD' };
  if (passwords.current === passwords.next) return { outcome: 'SAME_PASSWORD' };
  const change = {
    where: sql`${users.passwordHash} = ${user.passwordHash}`,
    ends: sql`id <> ${sessionId}`,
    addressHashes: [],
  };
  const changed = await changePasswordWhere(db, user.id, await hashPassword(passwords.next), change, now);
  return changed ?? { outcome: 'INCORRECT_PASSWORD' };
};
