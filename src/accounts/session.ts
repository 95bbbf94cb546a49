import { sql } from 'drizzle-orm';
import { type Database, statement } from '../../drizzle/client.ts';
import { type MacKeys, randomId, signToken } from './signed-token.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a refresh token lives after each use. */
export const REFRESH_TOKEN_LIFETIME_S = 7 * 24 * 60 * 60;
/** How long a session lives at the most, however often it is used. */
export const SESSION_LIFETIME_MS = 90 * DAY_MS;

const USER_AGENT_MAX_LENGTH = 255;

/** A session as its refresh token names it. */
export type RefreshToken = { userId: number; sessionId: string; counter: number };

/** The refresh token of a session at a counter. Derived, never stored; it names its user so that a deleted or suspended one hears so. */
export const refreshTokenText = (keys: MacKeys, { userId, sessionId, counter }: RefreshToken): string =>
  signToken(keys, 'refresh', [userId, sessionId, counter]);

export type NewSession = { id: string; userId: number };

/**
 * The statement that opens a session, if at this moment the account is in use and its password is still the one that
 * was checked: a login that races a deletion, a suspension or a reset opens none. Returns the session's id, or no row.
 */
export const openSession = (
  db: Database,
  user: { id: number; passwordHash: string },
  userAgent: string | undefined,
  now: Date,
) => {
  const at = now.getTime();
  const agent = userAgent?.slice(0, USER_AGENT_MAX_LENGTH) ?? null;
  return statement<{ id: string }>(
    db,
    sql`
    INSERT INTO sessions (id, user_id, rotated_at, user_agent, created_at, last_used_at, expires_at)
    SELECT ${randomId()}, users.id, ${at}, ${agent}, ${at}, ${at}, ${at + REFRESH_TOKEN_LIFETIME_S * 1000} FROM users
    WHERE users.id = ${user.id} AND users.password_hash = ${user.passwordHash}
      AND users.is_active = 1 AND users.is_verified = 1
    RETURNING id`,
  );
};
