import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import type { MailKind } from '../../outbox/kind.ts';
import { enqueueMail } from '../../outbox/outbox.ts';
import { DAY_MS, HOUR_MS } from '../../workers/duration.ts';
import { ONE_TIME_TOKEN_LIFETIME_MS } from '../tokens/one-time-token.ts';
import { randomId } from '../tokens/signed-token.ts';
import { isUnverified, UNVERIFIED_KEPT_MS } from '../users/account-state.ts';
import { NO_PASSWORD } from './password.ts';

const MAX_OF_A_KIND_AN_HOUR = 3;
const MAX_A_DAY = 10;

/** A wish for a mail that was granted, as its statement returns it. */
export type MailRequest = { user_id: number | null; kind: MailKind };

/**
 * The first statement of every batch in which a stranger can make us write to an address: notes the wish for a mail
 * of the kind that `kind` selects (no row: no mail), unless the address has had its share. What follows in the batch
 * asks `isRequested`, so that beyond the cap nothing happens at all. Whose the address is, if anybody's yet, is noted and
 * returned, so that the wish goes with its user.
 */
export const requestMail = (
  db: Database,
  id: string,
  { addressHash, email }: { addressHash: string; email: string },
  kind: SQL,
  now: Date,
) => {
  const since = (ms: number) => now.getTime() - ms;
  return statement<MailRequest>(
    db,
    sql`
    INSERT INTO mail_requests (id, address_hash, user_id, kind, requested_at)
    SELECT ${id}, ${addressHash}, (SELECT users.id FROM users WHERE users.email = ${email}), wanted.kind, ${now.getTime()} FROM (${kind}) AS wanted
    WHERE (SELECT count(*) FROM mail_requests
           WHERE address_hash = ${addressHash} AND requested_at > ${since(HOUR_MS)} AND kind = wanted.kind) < ${MAX_OF_A_KIND_AN_HOUR}
      AND (SELECT count(*) FROM mail_requests
           WHERE address_hash = ${addressHash} AND requested_at > ${since(DAY_MS)}) < ${MAX_A_DAY}
    RETURNING user_id, kind`,
  );
};

/**
 * The statement that makes wishes under these hashes of an address, which were nobody's, those of whoever has it now, if
 * `where` holds.
 */
export const claimMailRequests = (db: Database, addressHashes: readonly string[], email: string, where = sql`true`) =>
  statement(
    db,
    sql`
    UPDATE mail_requests SET user_id = (SELECT id FROM users WHERE email = ${email})
    WHERE address_hash IN (SELECT value FROM json_each(${JSON.stringify(addressHashes)})) AND user_id IS NULL AND ${where}`,
  );

/** Whether `requestMail` granted a mail of that kind under this id. */
export const isRequested = (id: string, kind: MailKind): SQL =>
  sql`EXISTS (SELECT 1 FROM mail_requests WHERE id = ${id} AND kind = ${kind})`;

const TABLES = { 'verify-email': sql`verification_tokens`, 'reset-password': sql`reset_tokens` };

/** Two statements: they give the user that `where` finds a new link (the older one dies) and queue the mail that carries it. */
export const newLink = (db: Database, purpose: keyof typeof TABLES, where: SQL, now: Date) => {
  const token = { id: randomId(), expiresAt: now.getTime() + ONE_TIME_TOKEN_LIFETIME_MS[purpose] };
  return {
    link: statement(
      db,
      sql`
      INSERT INTO ${TABLES[purpose]} (id, user_id, expires_at)
      SELECT ${token.id}, users.id, ${token.expiresAt} FROM users WHERE ${where}
      ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, expires_at = excluded.expires_at`,
    ),
    mails: enqueueMail(db, purpose, { token: token.id, expiresAt: token.expiresAt }, where, now),
  };
};

/** Whoever has no password that opens the account: an administrator made it, and its owner has yet to set one. */
const hasNoPassword = sql`users.password_hash = ${NO_PASSWORD}`;

/**
 * Three statements: they give whoever `where` finds, of those who have never verified the address, a new link that opens the
 * account, and queue the mail that carries it. It verifies the address; where nobody has set a password yet, that is what the
 * link is for, and then it works as long as an account is kept that nobody verifies, so that it outlasts a holiday.
 */
export const openingLink = (db: Database, where: SQL, now: Date) => {
  const [id, soon] = [randomId(), now.getTime() + ONE_TIME_TOKEN_LIFETIME_MS['verify-email']];
  const removedAt = sql`users.created_at + ${UNVERIFIED_KEPT_MS}`;
  const kind = sql<'account-created' | 'verify-email'>`iif(${hasNoPassword}, 'account-created', 'verify-email')`;
  const expiresAt = sql`CAST(iif(${hasNoPassword}, ${removedAt}, ${soon}) AS INTEGER)`;
  const give = (table: SQL, isMeant: SQL) =>
    statement(
      db,
      sql`
      INSERT INTO ${table} (id, user_id, expires_at)
      SELECT ${id}, users.id, ${expiresAt} FROM users WHERE ${where} AND ${isMeant}
      ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, expires_at = excluded.expires_at`,
    );
  return {
    link: give(TABLES['verify-email'], sql`NOT ${hasNoPassword}`),
    firstLink: give(TABLES['reset-password'], hasNoPassword),
    mails: enqueueMail(db, kind, sql<string>`json_object('token', ${id}, 'expiresAt', ${expiresAt})`, where, now),
  };
};

/** The newest link for the account that waits for verification, if `requestMail` has granted it. */
export const verificationLink = (db: Database, requestId: string, email: string, now: Date) =>
  newLink(
    db,
    'verify-email',
    sql`users.email = ${email} AND ${isUnverified} AND ${isRequested(requestId, 'verify-email')}`,
    now,
  );
