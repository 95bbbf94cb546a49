/** What a user sees of the account, and nothing else, in this order: a part of the contract. */
export const PROFILE_KEYS = [
  ...['id', 'email', 'full_name', 'avatar_url', 'speaking_language', 'listening_language'],
  ...['is_active', 'is_verified', 'created_at'],
];

/** What an administrator sees of an account. */
export const ADMINISTRATED_KEYS = [...PROFILE_KEYS, ...['role', 'deactivated_at', 'deactivation_reason', 'deleted_at']];
