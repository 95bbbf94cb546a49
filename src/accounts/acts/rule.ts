import { type SQL, sql } from 'drizzle-orm';
import { MINUTE_MS } from '../../workers/duration.ts';
import type { Actor } from './audit.ts';
import type { Caller } from './caller.ts';

/** What an act asks of an account: a condition on its row of `users`, and the refusal where that does not hold. */
export type Rule<Code extends string> = { condition: SQL; code: Code };

export const refuseUnless = <Code extends string>(condition: SQL, code: Code): Rule<Code> => ({ condition, code });

/** For how long a proof of who holds a session is fresh. */
export const PROOF_LIFETIME_MS = 10 * MINUTE_MS;

/** Whoever holds the caller's session has proved who they are within the last ten minutes, by a sign-in or anew. */
export const isProved = ({ sessionId }: Caller, now: Date): Rule<'FRESH_PROOF_REQUIRED'> =>
  refuseUnless(
    sql`EXISTS (SELECT 1 FROM sessions WHERE id = ${sessionId} AND proved_at > ${now.getTime() - PROOF_LIFETIME_MS})`,
    'FRESH_PROOF_REQUIRED',
  );

/** Nobody acts on the own account as an administrator. */
export const isNotSelf = (by: Actor): Rule<'SELF'> =>
  refuseUnless(by.origin === 'http' ? sql`users.id <> ${by.userId}` : sql`true`, 'SELF');

/** A deleted account is no longer there for administrators; a script is told that it is deleted. */
export const isThere = (by: Actor): Rule<'NO_USER' | 'ACCOUNT_DELETED'> =>
  refuseUnless(sql`users.deleted_at IS NULL`, by.origin === 'http' ? 'NO_USER' : 'ACCOUNT_DELETED');

/**
 * Whoever loses an administrator's powers is not the last active one, unless `force` says that it may be. It stands inside
 * the statement that takes them, so that two who do it to each other at the same moment cannot both succeed.
 */
export const isNotLastAdministrator = (force = false): Rule<'LAST_ADMINISTRATOR'> =>
  refuseUnless(
    sql`${force ? 1 : 0} OR users.role <> 'admin' OR users.is_active = 0 OR EXISTS (
      SELECT 1 FROM users AS other WHERE other.role = 'admin' AND other.is_active = 1 AND other.id <> users.id)`,
    'LAST_ADMINISTRATOR',
  );
