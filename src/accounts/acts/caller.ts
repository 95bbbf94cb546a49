import { and, eq, type Placeholder, type SQL, sql } from 'drizzle-orm';
import { type Database, prepared } from '../../../drizzle/client.ts';
import { sessions, type User, users } from '../../../drizzle/schema.ts';
import { outOfUse } from '../users/account-state.ts';
import { SELECTED_PROFILE } from '../users/profile-columns.ts';
import type { Actor } from './audit.ts';

// Who acts over HTTP is a user by a session. Whether they may is part of the change itself: its statement asks once more,
// and the state that the same batch reads tells why nothing happened. So no body that is held back, and no race, outlives
// a suspension, and asking costs no trip of its own.

/** A user who acts over HTTP, by the session that the access token names. */
export type Caller = Extract<Actor, { origin: 'http' }>;

/** The owner of an account who shows it otherwise than by a session: by the link of a mail, or a factor at a sign-in. */
export const ownerWithoutSession = (userId: number, requestId: string): Caller => ({
  origin: 'http',
  userId,
  sessionId: '',
  requestId,
});

/** Why a caller may not do what was asked. */
export type CallerRefusal =
  | 'INVALID_CREDENTIALS'
  | 'ACCOUNT_DELETED'
  | 'ACCOUNT_DEACTIVATED'
  | 'TOKEN_REVOKED'
  | 'FORBIDDEN'
  | 'SECOND_FACTOR_REQUIRED';

// What of the row a request is told that only reads: what its answer shows, and what decides whether it may.
const CALLER = {
  id: users.id,
  email: users.email,
  ...SELECTED_PROFILE,
  avatarKey: users.avatarKey,
  role: users.role,
  isActive: users.isActive,
  isVerified: users.isVerified,
  deletedAt: users.deletedAt,
  createdAt: users.createdAt,
};

export type CallerUser = Pick<User, keyof typeof CALLER>;

/** A caller as the database knows one: the user, and the session while it lives, and whether a second factor vouches for it. */
export type FoundCaller = { user: CallerUser; sessionId: string | null; secondFactor: boolean | null };

// Under a name of its own: what a batch answers is read by names, and two columns of one name are one.
const SESSION_ID = sql<string | null>`${sessions.id}`.as('session_id');

type Asked<Value> = Value | Placeholder;

/** `nowMs` in milliseconds: what takes the place of a placeholder is bound as it is. */
const lives = (sessionId: Asked<string>, nowMs: Asked<number>): SQL | undefined =>
  and(eq(sessions.id, sessionId), eq(sessions.userId, users.id), sql`${sessions.expiresAt} > ${nowMs}`);

/** The statement that reads a caller, by primary key, to stand in a batch; no row where there is no such user, or no user acts. */
export const readCaller = (db: Database, by: Actor | undefined, now: Date) => {
  const { userId, sessionId } = by?.origin === 'http' ? by : { userId: 0, sessionId: '' };
  return db
    .select({ user: users, sessionId: SESSION_ID, secondFactor: sessions.secondFactor })
    .from(users)
    .leftJoin(sessions, lives(sessionId, now.getTime()))
    .where(eq(users.id, userId));
};

const callerStatement = prepared((db) =>
  db
    .select({ user: CALLER, sessionId: SESSION_ID, secondFactor: sessions.secondFactor })
    .from(users)
    .leftJoin(sessions, lives(sql.placeholder('sessionId'), sql.placeholder('nowMs')))
    .where(eq(users.id, sql.placeholder('userId')))
    .prepare(),
);

/** Asks who a caller is, which every request that only reads does; undefined where there is no such user. */
export const findCaller = (db: Database, { userId, sessionId }: Caller, now: Date): Promise<FoundCaller | undefined> =>
  callerStatement(db).get({ userId, sessionId, nowMs: now.getTime() });

/**
 * Why a caller may not act, in the order in which it is told; undefined where they may. `role` is what acting takes, and
 * `needsSecondFactor` whether an administrator's does a second factor too.
 */
export const callerRefusal = (
  found: FoundCaller | undefined,
  role: User['role'] = 'user',
  { needsSecondFactor = false }: Pick<Caller, 'needsSecondFactor'> = {},
): CallerRefusal | undefined => {
  if (!found) return 'INVALID_CREDENTIALS';
  const state = outOfUse(found.user);
  if (state) return state;
  if (found.sessionId === null) return 'TOKEN_REVOKED';
  if (role === 'user') return undefined;
  if (found.user.role !== 'admin') return 'FORBIDDEN';
  return needsSecondFactor && !found.secondFactor ? 'SECOND_FACTOR_REQUIRED' : undefined;
};

/** The same of whoever acts: a script, the schedule and who comes by a link may. */
export const actorRefusal = (
  by: Actor | undefined,
  found: FoundCaller | undefined,
  role: User['role'] = 'user',
): CallerRefusal | undefined => (by?.origin === 'http' ? callerRefusal(found, role, by) : undefined);

/** The condition that stands in every change: the caller's session lives, the user is in use and, where it takes one, an administrator, with a second factor if those need one. */
export const mayAct = (by: Actor | undefined, now: Date, role: User['role'] = 'user'): SQL => {
  if (by?.origin !== 'http') return sql`true`;
  const isVouchedFor = role === 'admin' && by.needsSecondFactor ? sql`held.second_factor = 1` : sql`true`;
  return sql`EXISTS (
    SELECT 1 FROM sessions AS held JOIN users AS caller ON caller.id = held.user_id
    WHERE held.id = ${by.sessionId} AND held.expires_at > ${now.getTime()}
      AND caller.id = ${by.userId} AND caller.is_active = 1 AND (${role} = 'user' OR caller.role = 'admin')
      AND ${isVouchedFor})`;
};
