import { AUDIT } from './audit.ts';
import { ERASURES } from './erasures.ts';
import { KEYS } from './key-rotation.ts';
import { MAILS } from './mails.ts';
import { MAINTENANCE } from './maintenance.ts';
import { perform } from './operation.ts';
import { SERVICES } from './services.ts';
import { USER_ACTS } from './user-acts.ts';
import { USERS } from './users.ts';

/** What the methods of the entrypoint do. */
export const OPERATIONS = {
  ...USERS,
  ...USER_ACTS,
  ...SERVICES,
  ...MAILS,
  ...ERASURES,
  ...MAINTENANCE,
  ...KEYS,
  ...AUDIT,
};

/** Performs one of them by its name. */
export const performNamed = (env: Env, name: keyof typeof OPERATIONS, given: unknown) =>
  perform(env, OPERATIONS[name], given);
