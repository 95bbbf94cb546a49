import type { User } from '../../../drizzle/schema.ts';

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

/** What an administrator sees of an account: what its user sees, and the state it is in and why. An allow-list too. */
export const administratedUserOf = (user: User, avatarBase: string) => ({
  ...profileOf(user, avatarBase),
  role: user.role,
  deactivated_at: user.deactivatedAt && isoTime(user.deactivatedAt),
  deactivation_reason: user.deactivationReason,
  deleted_at: user.deletedAt && isoTime(user.deletedAt),
});
