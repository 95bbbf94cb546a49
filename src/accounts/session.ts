import { and, desc, eq, gt, type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../drizzle/client.ts';
import { sessions, users } from '../../drizzle/schema.ts';
import { type Actor, recordAudit } from './audit.ts';
import { type MacKeys, openToken, randomId, signToken } from './signed-token.ts';
import { isoTime, outOfUse } from './user.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a refresh token lives after each use. */
const REFRESH_LIFETIME_MS = 7 * DAY_MS;
/** How long a session lives at the most, however often it is used. */
const SESSION_LIFETIME_MS = 90 * DAY_MS;
// Within this time a superseded token is taken for a second tab, afterwards for a stolen one.
const SECOND_TAB_MS = 10 * 1000;

const USER_AGENT_MAX_LENGTH = 255;

/** A session as its refresh token names it. */
export type RefreshToken = { userId: number; sessionId: string; counter: number };

/** A refresh token for the cookie, and how long it lives. */
export type IssuedRefreshToken = { text: string; maxAgeSeconds: number };

/** Derived, never stored. It names its user, so that a deleted or suspended one hears so although the session is gone. */
export const refreshTokenText = (keys: MacKeys, { userId, sessionId, counter }: RefreshToken): string =>
  signToken(keys, 'refresh', [userId, sessionId, counter]);

/** Reads a refresh token that is ours; undefined for any other text. Whether its session lives is the database's to say. */
export const readRefreshToken = (keys: MacKeys, text: string): RefreshToken | undefined => {
  const [userId, sessionId, counter] = openToken(keys, 'refresh', text) ?? [];
  if (!userId || !sessionId || !counter) return undefined;
  return { userId: Number(userId), sessionId, counter: Number(counter) };
};

export type OpenedSession = { id: string; userId: number; refreshToken: IssuedRefreshToken };

/**
 * The statement that opens a session, if at this moment the account is in use and its address and password are still
 * those that were checked: a login that races a deletion, a suspension, a reset or another address opens none. Returns
 * the session's id, or no row.
 */
export const openSession = (
  db: Database,
  user: { id: number; email: string; passwordHash: string },
  userAgent: string | undefined,
  now: Date,
) => {
  const at = now.getTime();
  const agent = userAgent?.slice(0, USER_AGENT_MAX_LENGTH) ?? null;
  return statement<{ id: string }>(
    db,
    sql`
    INSERT INTO sessions (id, user_id, rotated_at, user_agent, created_at, last_used_at, expires_at)
    SELECT ${randomId()}, users.id, ${at}, ${agent}, ${at}, ${at}, ${at + REFRESH_LIFETIME_MS} FROM users
    WHERE users.id = ${user.id} AND users.email = ${user.email} AND users.password_hash = ${user.passwordHash}
      AND users.is_active = 1 AND users.is_verified = 1
    RETURNING id`,
  );
};

/** The first refresh token of a session that was just opened. */
export const firstRefreshToken = (keys: MacKeys, session: { id: string; userId: number }): IssuedRefreshToken => ({
  text: refreshTokenText(keys, { userId: session.userId, sessionId: session.id, counter: 0 }),
  maxAgeSeconds: REFRESH_LIFETIME_MS / 1000,
});

export type Renewal =
  | { outcome: 'renewed'; session: OpenedSession }
  | { outcome: 'INVALID_REFRESH_TOKEN' | 'ACCOUNT_DELETED' | 'ACCOUNT_DEACTIVATED' }
  | { outcome: 'REFRESH_TOKEN_REUSE'; sessionId: string; userId: number };

/**
 * Renews a session, in one trip. The newest token moves the counter on by compare-and-set; the one before it gets the
 * same new token for ten seconds (a second tab); an older one ends the session, which stays ended although the
 * request is refused.
 */
export const renewSession = async (db: Database, keys: MacKeys, text: string, now = new Date()): Promise<Renewal> => {
  const token = readRefreshToken(keys, text);
  if (!token) return { outcome: 'INVALID_REFRESH_TOKEN' };
  const at = now.getTime();
  const isSession = sql`id = ${token.sessionId} AND user_id = ${token.userId}`;
  const [, [killed], [found]] = await db.batch([
    statement(
      db,
      sql`
      UPDATE sessions SET refresh_counter = refresh_counter + 1, rotated_at = ${at}, last_used_at = ${at},
        expires_at = min(${at + REFRESH_LIFETIME_MS}, created_at + ${SESSION_LIFETIME_MS})
      WHERE ${isSession} AND refresh_counter = ${token.counter} AND expires_at > ${at}
        AND EXISTS (SELECT 1 FROM users WHERE id = ${token.userId} AND is_active = 1)`,
    ),
    endSessions(
      db,
      sql`${isSession} AND (refresh_counter > ${token.counter + 1}
        OR (refresh_counter = ${token.counter + 1} AND rotated_at <= ${at - SECOND_TAB_MS}))`,
    ),
    db
      .select({
        isActive: users.isActive,
        deletedAt: users.deletedAt,
        counter: sessions.refreshCounter,
        expiresAt: sessions.expiresAt,
      })
      .from(users)
      .leftJoin(
        sessions,
        and(eq(sessions.id, token.sessionId), eq(sessions.userId, users.id), gt(sessions.expiresAt, now)),
      )
      .where(eq(users.id, token.userId)),
  ]);
  const refusal = found && outOfUse(found);
  if (refusal) return { outcome: refusal };
  if (killed) return { outcome: 'REFRESH_TOKEN_REUSE', sessionId: killed.id, userId: token.userId };
  if (found?.counter !== token.counter + 1 || !found.expiresAt) return { outcome: 'INVALID_REFRESH_TOKEN' };
  const refreshToken = {
    text: refreshTokenText(keys, { ...token, counter: found.counter }),
    maxAgeSeconds: Math.floor((found.expiresAt.getTime() - at) / 1000),
  };
  return { outcome: 'renewed', session: { id: token.sessionId, userId: token.userId, refreshToken } };
};

/**
 * The statement that ends every session that `where` finds, and returns their ids for the blacklist. What follows from
 * a change of state (a reset, a suspension, a deletion) stands in that change's batch, after it.
 */
export const endSessions = (db: Database, where: SQL) =>
  statement<{ id: string }>(db, sql`DELETE FROM sessions WHERE ${where} RETURNING id`);

/** Ends one session of a user; says whether it lived. */
export const endSession = async (db: Database, userId: number, sessionId: string): Promise<boolean> =>
  (await endSessions(db, sql`id = ${sessionId} AND user_id = ${userId}`)).length === 1;

/** Ends every session of a user, on behalf of an administrator; answers their ids for the blacklist. */
export const endSessionsOfUser = async (
  db: Database,
  userId: number,
  by: Actor,
  now = new Date(),
): Promise<{ outcome: 'sessions-ended'; endedSessions: string[] } | { outcome: 'NO_USER' }> => {
  const [[user], , ended] = await db.batch([
    db.select({ id: users.id }).from(users).where(eq(users.id, userId)),
    recordAudit(db, 'user.end-sessions', userId, by, sql`EXISTS (SELECT 1 FROM users WHERE id = ${userId})`, now),
    endSessions(db, sql`user_id = ${userId}`),
  ]);
  return user ? { outcome: 'sessions-ended', endedSessions: ended.map(({ id }) => id) } : { outcome: 'NO_USER' };
};

/** The living sessions of a user as the user sees them, last used first. */
export const listSessions = async (db: Database, userId: number, currentId: string, now = new Date()) => {
  const found = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    .orderBy(desc(sessions.lastUsedAt), desc(sessions.id));
  return found.map((session) => ({
    id: session.id,
    created_at: isoTime(session.createdAt),
    last_used_at: isoTime(session.lastUsedAt),
    user_agent: session.userAgent,
    current: session.id === currentId,
  }));
};
