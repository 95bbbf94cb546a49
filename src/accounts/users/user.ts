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

/** A time as the API writes it: `YYYY-MM-DDTHH:MM:SSZ`. */
export const isoTime = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

/**
 * What a user sees of the account: an allow-list, key by key, so that a column added later does not leak.
 * `avatarBase` is the origin under which pictures are served.
 */
export const profileOf = (user: User, avatarBase: string) => ({
  id: user.id,
  email: user.email,
  full_name: user.fullName,
  avatar_url: user.avatarKey === null ? null : `${avatarBase}/avatars/${user.avatarKey}`,
  speaking_language: user.speakingLanguage,
  listening_language: user.listeningLanguage,
  is_active: user.isActive,
  is_verified: user.isVerified,
  created_at: isoTime(user.createdAt),
});

export type Profile = ReturnType<typeof profileOf>;

/** The condition under which an account waits for its address to be verified. */
export const isUnverified = sql`users.is_verified = 0 AND users.is_active = 1`;

/** The form of a name that prefix search compares. */
export const foldName = (name: string | null): string | null => name?.normalize('NFKC').toLowerCase() ?? null;

/** What an administrator sees of an account: what its user sees, and the state it is in and why. An allow-list too. */
export const administratedUserOf = (user: User, avatarBase: string) => ({
  ...profileOf(user, avatarBase),
  role: user.role,
  deactivated_at: user.deactivatedAt && isoTime(user.deactivatedAt),
  deactivation_reason: user.deactivationReason,
  deleted_at: user.deletedAt && isoTime(user.deletedAt),
});

export const findUserById = (db: Database, id: number): Promise<User | undefined> =>
  db.select().from(users).where(eq(users.id, id)).get();

/** Finds a user by a normalised address. */
export const findUserByEmail = (db: Database, email: string): Promise<User | undefined> =>
  db.select().from(users).where(eq(users.email, email)).get();
