import { and, desc, eq, gt, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { type Session, sessions, users } from '../../../drizzle/schema.ts';
import { type RecordedEvent, recordSignOuts } from '../../outbox/event.ts';
import { DAY_MS, MINUTE_MS } from '../../workers/duration.ts';
import { actOnUser } from '../acts/act.ts';
import { type Caller, type CallerRefusal, callerRefusal, mayAct, readCaller } from '../acts/caller.ts';
import { isThere } from '../acts/rule.ts';
import { type MacKeys, openToken, randomId, signToken } from '../tokens/signed-token.ts';
import { outOfUse } from '../users/account-state.ts';
import { type BlacklistEntry, type HandedBack, oweBlacklist } from './blacklist.ts';

/** How long a refresh token lives after each use. */
const REFRESH_LIFETIME_MS = 7 * DAY_MS;
/** How long a session lives at the most, however often it is used. */
const SESSION_LIFETIME_MS = 90 * DAY_MS;
// Within this time a superseded token is taken for a second tab, or for a client whose answer was lost; afterwards for a
// stolen one.
const ASKED_AGAIN_MS = MINUTE_MS;
/** How many sessions a user has at the most. */
const MOST_SESSIONS = 100;

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

// More sessions than these no browser names at once.
const MOST_COOKIES = 4;

/**
 * The refresh tokens of a browser, which may send several cookies of one name: a host and a domain above it can each have
 * set one. Of one session only the newest, since an older one would be taken for stolen.
 */
export const readRefreshTokens = (keys: MacKeys, texts: readonly string[]): RefreshToken[] => {
  const newest = new Map<string, RefreshToken>();
  for (const text of texts) {
    const token = readRefreshToken(keys, text);
    if (token && token.counter >= (newest.get(token.sessionId)?.counter ?? 0)) newest.set(token.sessionId, token);
  }
  return [...newest.values()].slice(0, MOST_COOKIES);
};

/** The ids of the sessions that refresh tokens name; a token's MAC vouches for whose its session is. */
const namedBy = (tokens: readonly RefreshToken[]): SQL =>
  sql`SELECT value FROM json_each(${JSON.stringify(tokens.map(({ sessionId }) => sessionId))})`;

export type OpenedSession = { id: string; userId: number; refreshToken: IssuedRefreshToken };

/**
 * The statements that open a session, if at this moment the account is in use and its address and password are still
 * those that were checked: a login that races a deletion, a suspension, a reset or another address opens none. `opened`
 * returns the session's id, or no row, also where `where` does not hold; `secondFactor` is whether one has opened it. The others
 * note the time with the user, and end the sessions that the browser had (`former`), whoever's they were, and of more than a
 * hundred living ones those that were used longest ago.
 */
export const openSession = (
  db: Database,
  user: { id: number; email: string; passwordHash: string },
  { userAgent, former }: { userAgent: string | undefined; former: readonly RefreshToken[] },
  now: Date,
  { secondFactor = false, where = sql`true` }: { secondFactor?: boolean; where?: SQL } = {},
) => {
  const at = now.getTime();
  const agent = userAgent?.slice(0, USER_AGENT_MAX_LENGTH) ?? null;
  const id = randomId();
  const tooMany = sql`
    SELECT id FROM sessions WHERE user_id = ${user.id} AND expires_at > ${at} AND id NOT IN (${namedBy(former)})
    ORDER BY id = ${id} DESC, last_used_at DESC LIMIT -1 OFFSET ${MOST_SESSIONS}`;
  const isOpen = sql`EXISTS (SELECT 1 FROM sessions AS opened WHERE opened.id = ${id})`;
  return {
    opened: statement<{ id: string }>(
      db,
      sql`
      INSERT INTO sessions
        (id, user_id, rotated_at, user_agent, created_at, last_used_at, expires_at, proved_at, second_factor)
      SELECT ${id}, users.id, ${at}, ${agent}, ${at}, ${at}, ${at + REFRESH_LIFETIME_MS}, ${at}, ${secondFactor ? 1 : 0} FROM users
      WHERE users.id = ${user.id} AND users.email = ${user.email} AND users.password_hash = ${user.passwordHash}
        AND users.is_active = 1 AND users.is_verified = 1 AND ${where}
      RETURNING id`,
    ),
    signedInAt: statement(db, sql`UPDATE users SET last_sign_in_at = ${at} WHERE id = ${user.id} AND ${isOpen}`),
    ...signOut(db, sql`id IN (${namedBy(former)} UNION ALL SELECT id FROM (${tooMany})) AND ${isOpen}`, now),
  };
};

/** The first refresh token of a session that was just opened. */
export const firstRefreshToken = (keys: MacKeys, session: { id: string; userId: number }): IssuedRefreshToken => ({
  text: refreshTokenText(keys, { userId: session.userId, sessionId: session.id, counter: 0 }),
  maxAgeSeconds: REFRESH_LIFETIME_MS / 1000,
});

export type Renewal =
  | { outcome: 'renewed'; session: OpenedSession }
  | { outcome: 'INVALID_REFRESH_TOKEN' | 'ACCOUNT_DELETED' | 'ACCOUNT_DEACTIVATED' }
  | ({ outcome: 'REFRESH_TOKEN_REUSE'; userId: number } & SignedOut);

type Reuse = Extract<Renewal, { outcome: 'REFRESH_TOKEN_REUSE' }>;

const isReuse = (renewal: Renewal): renewal is Reuse => renewal.outcome === 'REFRESH_TOKEN_REUSE';

/**
 * Renews the session that a browser's refresh tokens name; where they name several, the first that holds. `texts` are the
 * cookies as they came. `reused` are those that were used before, whatever the others have come to: nobody hides one
 * behind a token that holds.
 */
export const renewSession = async (
  db: Database,
  keys: MacKeys,
  texts: readonly string[],
  now = new Date(),
): Promise<{ renewal: Renewal; reused: Reuse[] }> => {
  const refused: Renewal[] = [];
  for (const token of readRefreshTokens(keys, texts)) {
    const renewal = await renewByToken(db, keys, token, now);
    if (renewal.outcome === 'renewed') return { renewal, reused: refused.filter(isReuse) };
    refused.push(renewal);
  }
  const reused = refused.filter(isReuse);
  return { renewal: reused[0] ?? refused[0] ?? { outcome: 'INVALID_REFRESH_TOKEN' }, reused };
};

/**
 * Renews a session, in one trip. The newest token moves the counter on by compare-and-set; the one before it gets the
 * same new token for a minute (a second tab, an answer that was lost); an older one ends the session, which stays ended
 * although the request is refused.
 */
const renewByToken = async (db: Database, keys: MacKeys, token: RefreshToken, now: Date): Promise<Renewal> => {
  const at = now.getTime();
  const isSession = sql`id = ${token.sessionId} AND user_id = ${token.userId}`;
  const {
    endedSessions,
    signedOut,
    found: [found],
  } = await batch(db, {
    renewal: statement(
      db,
      sql`
      UPDATE sessions SET refresh_counter = refresh_counter + 1, rotated_at = ${at}, last_used_at = ${at},
        expires_at = min(${at + REFRESH_LIFETIME_MS}, created_at + ${SESSION_LIFETIME_MS})
      WHERE ${isSession} AND refresh_counter = ${token.counter} AND expires_at > ${at}
        AND EXISTS (SELECT 1 FROM users WHERE id = ${token.userId} AND is_active = 1)`,
    ),
    ...signOut(
      db,
      sql`${isSession} AND (refresh_counter > ${token.counter + 1}
        OR (refresh_counter = ${token.counter + 1} AND rotated_at <= ${at - ASKED_AGAIN_MS}))`,
      now,
    ),
    found: db
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
  });
  const refusal = found && outOfUse(found);
  if (refusal) return { outcome: refusal };
  if (endedSessions.length > 0)
    return { outcome: 'REFRESH_TOKEN_REUSE', endedSessions, signedOut, userId: token.userId };
  if (found?.counter !== token.counter + 1 || !found.expiresAt) return { outcome: 'INVALID_REFRESH_TOKEN' };
  const refreshToken = {
    text: refreshTokenText(keys, { ...token, counter: found.counter }),
    maxAgeSeconds: Math.floor((found.expiresAt.getTime() - at) / 1000),
  };
  return { outcome: 'renewed', session: { id: token.sessionId, userId: token.userId, refreshToken } };
};

/** Sessions that have ended: what the blacklist and the operator's services have to be told of it. */
export type SignedOut = { endedSessions: BlacklistEntry[]; signedOut: RecordedEvent[] };

/**
 * The statements that end every session that `where` finds. `endedSessions` writes down what the blacklist has to be told,
 * and returns it. What follows from a change of state (a suspension, a deletion) stands in that change's batch, after it, and
 * is told by the event of that change. `token` is an access token that is handed back with its session.
 */
export const endSessions = (db: Database, where: SQL, now: Date, token?: HandedBack) => ({
  endedSessions: oweBlacklist(db, where, now, token),
  sessions: statement(db, sql`DELETE FROM sessions WHERE ${where}`),
});

/** The same where nothing else tells of it: an event says which sessions have ended. */
export const signOut = (db: Database, where: SQL, now: Date, token?: HandedBack) => ({
  signedOut: recordSignOuts(db, where, now),
  ...endSessions(db, where, now, token),
});

/** Ends one session of the user who asks; with `token`, that of the request, which is handed back with it. */
export const endOwnSession = async (
  db: Database,
  by: Caller,
  sessionId: string,
  token?: HandedBack,
  now = new Date(),
): Promise<({ outcome: 'ended' } & SignedOut) | { outcome: 'NO_SESSION' | CallerRefusal }> => {
  const isMeant = sql`id = ${sessionId} AND user_id = ${by.userId} AND ${mayAct(by, now)}`;
  const {
    caller: [caller],
    endedSessions,
    signedOut,
  } = await batch(db, { caller: readCaller(db, by, now), ...signOut(db, isMeant, now, token) });
  const refusal = callerRefusal(caller);
  if (refusal) return { outcome: refusal };
  return endedSessions.length > 0 ? { outcome: 'ended', endedSessions, signedOut } : { outcome: 'NO_SESSION' };
};

/** Ends the sessions that refresh tokens name, whichever of their tokens these are. One that has ended already stays so. */
export const endNamedSessions = async (
  db: Database,
  tokens: readonly RefreshToken[],
  now = new Date(),
): Promise<SignedOut> => batch(db, signOut(db, sql`id IN (${namedBy(tokens)})`, now));

/** Ends every session of a user, on behalf of an administrator. A script may of a deleted account too, which has none. */
export const endSessionsOfUser = actOnUser('sessions-ended', ({ db, userId, by, now }) => ({
  rules: by.origin === 'http' ? [isThere(by)] : [],
  audit: 'user.end-sessions',
  follows: ({ happened }) => signOut(db, sql`user_id = ${userId} AND ${happened}`, now),
}));

/** The living sessions of a user, last used first. */
export const listSessions = (db: Database, userId: number, now = new Date()): Promise<Session[]> =>
  db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    .orderBy(desc(sessions.lastUsedAt), desc(sessions.id));
