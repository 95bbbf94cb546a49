import { type User, users } from '../../../drizzle/schema.ts';

/** The columns of an account that users change of themselves, and no other. */
export const PROFILE_COLUMNS = ['fullName', 'speakingLanguage', 'listeningLanguage'] as const;

type ProfileColumn = (typeof PROFILE_COLUMNS)[number];

/** What changes of them: one that is undefined stays as it is. */
export type ProfileFields = { [Column in ProfileColumn]: User[Column] | undefined };

/** The same columns, as a query asks for them. */
export const SELECTED_PROFILE = Object.fromEntries(PROFILE_COLUMNS.map((column) => [column, users[column]])) as Pick<
  typeof users,
  ProfileColumn
>;
