import * as z from 'zod/mini';
import type { User } from '../../../drizzle/schema.ts';
import type { PublicProfile } from '../../accounts/services/public-profile.ts';
import type { ProfileFields } from '../../accounts/users/profile-columns.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';
import { fullName, language } from './fields.ts';

/** What a user changes of the account; what is not sent stays as it is. */
export const UserUpdate = z.object(
  {
    full_name: z.optional(fullName),
    speaking_language: z.optional(language),
    listening_language: z.optional(language),
  },
  { error: 'must be an object' },
);

export const profileFieldsOf = (sent: z.output<typeof UserUpdate>): ProfileFields => ({
  fullName: sent.full_name,
  speakingLanguage: sent.speaking_language,
  listeningLanguage: sent.listening_language,
});

const avatarUrlOf = ({ avatarKey }: Pick<User, 'avatarKey'>, avatarBase: string): string | null =>
  avatarKey === null ? null : `${avatarBase}/avatars/${avatarKey}`;

/** What of a row a user sees. */
type ProfileRow = Pick<
  User,
  | 'id'
  | 'email'
  | 'fullName'
  | 'avatarKey'
  | 'speakingLanguage'
  | 'listeningLanguage'
  | 'isActive'
  | 'isVerified'
  | 'createdAt'
>;

/**
 * What a user sees of the account: an allow-list, key by key, so that a column added later does not leak.
 * `avatarBase` is the origin under which pictures are served.
 */
export const profileOf = (user: ProfileRow, avatarBase: string) => ({
  id: user.id,
  email: user.email,
  full_name: user.fullName,
  avatar_url: avatarUrlOf(user, avatarBase),
  speaking_language: user.speakingLanguage,
  listening_language: user.listeningLanguage,
  is_active: user.isActive,
  is_verified: user.isVerified,
  created_at: isoTime(user.createdAt),
});

/** What other services see of a user. An allow-list too. */
export const publicProfileOf = (user: PublicProfile, avatarBase: string) => ({
  id: user.id,
  full_name: user.fullName,
  avatar_url: avatarUrlOf(user, avatarBase),
  speaking_language: user.speakingLanguage,
  listening_language: user.listeningLanguage,
});

export type Profile = ReturnType<typeof profileOf>;

/** What an administrator sees of an account: what its user sees, and the state it is in and why. An allow-list too. */
export const administratedUserOf = (user: User, avatarBase: string) => ({
  ...profileOf(user, avatarBase),
  role: user.role,
  deactivated_at: timeOrNull(user.deactivatedAt),
  deactivation_reason: user.deactivationReason,
  deleted_at: timeOrNull(user.deletedAt),
});

export type AdministratedUser = ReturnType<typeof administratedUserOf>;
