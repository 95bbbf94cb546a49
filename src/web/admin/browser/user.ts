import { ask } from './api.ts';

const readUser = async (id: string) => (await ask((api) => api.users[':id'].$get({ param: { id } }))).data.user;

/** A person as administrators see them. */
export type User = Awaited<ReturnType<typeof readUser>>;

/** An account and how somebody gets into it. */
export const readPerson = async (id: string) => {
  const [user, access] = await Promise.all([
    readUser(id),
    ask((api) => api.users[':id'].access.$get({ param: { id } })),
  ]);
  return { user, access: access.data };
};

export type Person = Awaited<ReturnType<typeof readPerson>>;

export type State = 'deleted' | 'suspended' | 'unverified' | 'active';

export const stateOf = ({ deleted_at, is_active, is_verified }: User): State => {
  if (deleted_at !== null) return 'deleted';
  if (!is_active) return 'suspended';
  return is_verified ? 'active' : 'unverified';
};

const WORDS: Record<State, string> = {
  deleted: 'Deleted',
  suspended: 'Suspended',
  unverified: 'Not verified',
  active: 'Active',
};

export const nameOfState = (user: User): string => WORDS[stateOf(user)];
