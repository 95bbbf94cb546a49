import { sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { users, verificationTokens } from '../../../drizzle/schema.ts';
import { type RecordedEvent, recordEvent } from '../../outbox/event.ts';
import { enqueueMail, type QueuedMail } from '../../outbox/outbox.ts';
import { recordLater } from '../acts/record.ts';
import { claimAttempts } from '../passwords/login-attempt.ts';
import {
  claimMailRequests,
  isRequested,
  type MailRequest,
  requestMail,
  verificationLink,
} from '../passwords/mail-request.ts';
import { hashPassword } from '../passwords/password.ts';
import { readOneTimeToken } from '../tokens/one-time-token.ts';
import { everyAddressHash, hashAddress, type MacKeys, randomId } from '../tokens/signed-token.ts';
import { isUnverified } from '../users/account-state.ts';
import { foldName } from '../users/full-name.ts';
import { termsOf } from '../users/search-terms.ts';

/** A sign-up whose fields have passed their schema: address and password normalised, languages canonical. */
export type SignUp = {
  email: string;
  password: string;
  fullName: string | null;
  speakingLanguage: string;
  listeningLanguage: string;
};

/**
 * What became of a sign-up: an account was made, one that never verified began anew, the address is that of another
 * account, or it has had its share of mails and nothing happened.
 */
export type SignedUp = {
  outcome: 'made' | 'began-anew' | 'already-registered' | 'mails-capped';
  userId: number | undefined;
  mails: QueuedMail[];
};

const outcomeOf = (request: MailRequest | undefined): SignedUp['outcome'] => {
  if (!request) return 'mails-capped';
  if (request.kind === 'already-registered') return 'already-registered';
  return request.user_id === null ? 'made' : 'began-anew';
};

/**
 * Signs an address up. What becomes of it is the database's to decide, in one batch that is the same whether or not
 * the address is taken: a new one, or one that never verified, gets this password, name and languages and a fresh
 * link; any other account gets a mail that says so and stays as it is. Beyond the cap on mails nothing changes, so
 * the newest link in an inbox always belongs to the newest password. The answer is for the log and the mailer alone.
 */
export const signUp = async (db: Database, keys: MacKeys, form: SignUp, now = new Date()): Promise<SignedUp> => {
  const passwordHash = await hashPassword(form.password);
  const requestId = randomId();
  const hashes = everyAddressHash(keys, form.email);
  const at = now.getTime();
  const kind = sql`SELECT CASE WHEN EXISTS (SELECT 1 FROM users WHERE email = ${form.email} AND NOT (${isUnverified}))
                   THEN 'already-registered' ELSE 'verify-email' END AS kind`;
  const {
    request: [request],
    user: [user],
    mails,
    already,
  } = await batch(db, {
    request: requestMail(db, requestId, { addressHash: hashAddress(keys, form.email), email: form.email }, kind, now),
    user: statement<{ id: number }>(
      db,
      sql`
      INSERT INTO users (email, password_hash, full_name, full_name_folded, speaking_language, listening_language,
                         accepted_terms_at, created_at, updated_at)
      SELECT ${form.email}, ${passwordHash}, ${form.fullName}, ${foldName(form.fullName)}, ${form.speakingLanguage},
             ${form.listeningLanguage}, ${at}, ${at}, ${at}
      WHERE ${isRequested(requestId, 'verify-email')}
      ON CONFLICT (email) DO UPDATE SET
        password_hash = excluded.password_hash, full_name = excluded.full_name, full_name_folded = excluded.full_name_folded,
        speaking_language = excluded.speaking_language, listening_language = excluded.listening_language,
        accepted_terms_at = excluded.accepted_terms_at, created_at = excluded.created_at, updated_at = excluded.updated_at
      RETURNING id`,
    ),
    terms: statement(
      db,
      sql`UPDATE users SET terms = ${termsOf(form)} WHERE email = ${form.email} AND ${isRequested(requestId, 'verify-email')}`,
    ),
    ...verificationLink(db, requestId, form.email, now),
    // Of an account that an administrator made: earlier links die.
    firstLink: statement(
      db,
      sql`DELETE FROM reset_tokens
          WHERE user_id = (SELECT id FROM users WHERE email = ${form.email}) AND ${isRequested(requestId, 'verify-email')}`,
    ),
    already: enqueueMail(
      db,
      'already-registered',
      {},
      sql`users.email = ${form.email} AND ${isRequested(requestId, 'already-registered')}`,
      now,
    ),
    // Counted while the address was nobody's; from here on the counters go with the user.
    attempts: claimAttempts(db, hashes, form.email),
    requests: claimMailRequests(db, hashes, form.email),
  });
  return {
    outcome: outcomeOf(request),
    userId: user?.id ?? request?.user_id ?? undefined,
    mails: [...mails, ...already],
  };
};

/** Sends the verification mail once more, if the address belongs to an account that still waits for it. */
export const resendVerification = async (
  db: Database,
  keys: MacKeys,
  email: string,
  now = new Date(),
): Promise<QueuedMail[]> => {
  const requestId = randomId();
  const kind = sql`SELECT 'verify-email' AS kind FROM users WHERE users.email = ${email} AND ${isUnverified}`;
  const { mails } = await batch(db, {
    request: requestMail(db, requestId, { addressHash: hashAddress(keys, email), email }, kind, now),
    ...verificationLink(db, requestId, email, now),
  });
  return mails;
};

/** Verifies the address that a mail's token belongs to. Works once, and only for the newest token of an account in use. */
export const verifyEmail = async (
  db: Database,
  linkKeys: MacKeys,
  text: string,
  now = new Date(),
): Promise<
  | { outcome: 'verified'; userId: number; event: RecordedEvent | undefined }
  | { outcome: 'INVALID_TOKEN' | 'TOKEN_EXPIRED' }
> => {
  const token = readOneTimeToken(linkKeys, 'verify-email', text);
  if (!token) return { outcome: 'INVALID_TOKEN' };
  if (token.expiresAt <= now) return { outcome: 'TOKEN_EXPIRED' };
  const isMeant = sql`users.id = ${token.userId} AND ${isUnverified}
    AND EXISTS (SELECT 1 FROM verification_tokens WHERE id = ${token.id} AND user_id = ${token.userId})`;
  const {
    created: [event],
    verified,
  } = await batch(db, {
    created: recordEvent(db, { type: 'user.created', data: {} }, isMeant, now),
    record: recordLater(db, { kind: 'verified' }, token.userId, isMeant, now),
    verified: db.update(users).set({ isVerified: true, updatedAt: now }).where(isMeant).returning({ id: users.id }),
    // One that is refused stays: whoever is suspended at that moment may be back before it expires.
    link: db
      .delete(verificationTokens)
      .where(
        sql`${verificationTokens.id} = ${token.id} AND EXISTS (SELECT 1 FROM users WHERE id = user_id AND is_verified = 1)`,
      ),
  });
  return verified.length === 1 ? { outcome: 'verified', userId: token.userId, event } : { outcome: 'INVALID_TOKEN' };
};
