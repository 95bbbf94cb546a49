import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';

/** Whether and how an account can be used. A deletion outweighs a deactivation. */
export type AccountState = 'active' | 'deactivated' | 'deleted';

export const accountState = (user: Pick<User, 'isActive' | 'deletedAt'>): AccountState => {
  if (user.deletedAt) return 'deleted';
  return user.isActive ? 'active' : 'deactivated';
};

/** What somebody is told whose account is out of use; undefined where it is not. */
export const outOfUse = (
  user: Pick<User, 'isActive' | 'deletedAt'>,
): 'ACCOUNT_DELETED' | 'ACCOUNT_DEACTIVATED' | undefined => {
  const state = accountState(user);
  if (state === 'active') return undefined;
  return state === 'deleted' ? 'ACCOUNT_DELETED' : 'ACCOUNT_DEACTIVATED';
};

/** The condition under which an account waits for its address to be verified. */
export const isUnverified = sql`users.is_verified = 0 AND users.is_active = 1`;

/** The form of a name that prefix search compares. */
export const foldName = (name: string | null): string | null => name?.normalize('NFKC').toLowerCase() ?? null;

/**
 * The condition under which a user may lose the administrator's powers: another active administrator exists. It stands
 * inside the statement that takes them, so that two who do it to each other at the same moment cannot both succeed.
 */
export const isNotLastAdministrator = sql`(users.role <> 'admin' OR users.is_active = 0 OR EXISTS (
  SELECT 1 FROM users AS other WHERE other.role = 'admin' AND other.is_active = 1 AND other.id <> users.id))`;

/** Whether nobody but this user is an active administrator. Tells, and decides nothing: that is the statement's above. */
export const isLastAdministrator = async (db: Database, userId: number): Promise<boolean> =>
  (await db
    .select({ id: users.id })
    .from(users)
    .where(sql`${users.id} = ${userId} AND NOT ${isNotLastAdministrator}`)
    .get()) !== undefined;

/** The statement that reads, at the end of a batch, what state an account is in. */
export const readAccountState = (db: Database, userId: number) =>
  db.select({ isActive: users.isActive, deletedAt: users.deletedAt }).from(users).where(eq(users.id, userId));

export const findUserById = (db: Database, id: number): Promise<User | undefined> =>
  db.select().from(users).where(eq(users.id, id)).get();

/** Finds a user by a normalised address. */
export const findUserByEmail = (db: Database, email: string): Promise<User | undefined> =>
  db.select().from(users).where(eq(users.email, email)).get();
