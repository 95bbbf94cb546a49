import { sql } from 'drizzle-orm';
import type { User } from '../../../drizzle/schema.ts';
import { DAY_MS } from '../../workers/duration.ts';

/** Whether and how an account can be used. A deletion outweighs a deactivation. */
export type AccountState = 'active' | 'deactivated' | 'deleted';

/** What somebody is told whose account is out of use; undefined where it is not. */
export const outOfUse = (
  user: Pick<User, 'isActive' | 'deletedAt'>,
): 'ACCOUNT_DELETED' | 'ACCOUNT_DEACTIVATED' | undefined => {
  if (user.deletedAt) return 'ACCOUNT_DELETED';
  return user.isActive ? undefined : 'ACCOUNT_DEACTIVATED';
};

/** How long an account is kept that nobody verifies, from the time it was made. */
export const UNVERIFIED_KEPT_MS = 7 * DAY_MS;

/** The condition under which an account waits for its address to be verified. */
export const isUnverified = sql`users.is_verified = 0 AND users.is_active = 1`;
