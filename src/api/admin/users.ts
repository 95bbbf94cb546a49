import * as z from 'zod/mini';
import type { User } from '../../../drizzle/schema.ts';
import { readAccess } from '../../accounts/administration/access.ts';
import { createUser, foreseeUser } from '../../accounts/administration/new-user.ts';
import { exportUserFor } from '../../accounts/erasure/export.ts';
import { followUp } from '../../accounts/follow-up.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { findUserByEmail, findUserById } from '../../accounts/users/find-user.ts';
import { isPlaceOf, listUsers, type Place } from '../../accounts/users/user-list.ts';
import { accessOf } from '../wire/access.ts';
import { exportOf } from '../wire/export.ts';
import { email, fullName, language } from '../wire/fields.ts';
import { administratedUserOf } from '../wire/user.ts';
import { placeOfCursor, userCursor } from '../wire/user-cursor.ts';
import { Refused, requireOutcome } from './answer.ts';
import { acting, name, paging, type UserReference, user } from './input.ts';
import { type Call, operation, scriptActor } from './operation.ts';

/** Pictures have no request here to tell the host: it is their own, or that of the pages that mail links open. */
const avatarBaseOf = (env: Env): string => env.AVATAR_BASE_URL.replace(/\/$/, '') || new URL(env.APP_URL).origin;

/** The user that is named; refuses where there is none. */
export const requireUser = async ({ db }: Call, reference: UserReference): Promise<User> => {
  const found = 'id' in reference ? await findUserById(db, reference.id) : await findUserByEmail(db, reference.email);
  if (found) return found;
  throw new Refused('NO_USER');
};

const Listing = z.strictObject({
  limit: paging.limit,
  before: z.optional(z.union([z.int().check(z.minimum(1)), z.string()], { error: 'must be the `next` of a page' })),
  q: z.optional(z.string().check(z.maxLength(255, 'must have at most 255 characters'))),
  status: z.optional(z.enum(['active', 'deactivated', 'deleted'], { error: 'must be active, deactivated or deleted' })),
});

// All users are listed by their numbers; what a search found last has more to say.
const placeOf = (env: Env, q: string | undefined, before: number | string | undefined): Place | undefined => {
  if (before === undefined) return undefined;
  const place = typeof before === 'string' ? placeOfCursor(env, q, before) : { id: before };
  if (place && isPlaceOf(q, place)) return place;
  throw new Refused('INVALID_INPUT', 'before is no `next` of this list.');
};

const nextOf = (env: Env, place: Place): number | string => ('term' in place ? userCursor(env, place) : place.id);

const Creation = z.strictObject({
  ...acting,
  email,
  full_name: z._default(fullName, null),
  speaking_language: z.optional(language),
  listening_language: z.optional(language),
});

/** What looks at users, and makes one. */
export const USERS = {
  /** A page of users; `next` goes in as `before`: a number, or of a search the cursor that the route has. */
  listUsers: operation('users.list', Listing, async ({ env, db }, { q, status, limit, before }) => {
    const page = await listUsers(db, { q, status, limit, after: placeOf(env, q, before) });
    const users = page.users.map((row) => administratedUserOf(row, avatarBaseOf(env)));
    return { users, next: page.next ? nextOf(env, page.next) : null };
  }),

  showUser: operation('users.show', z.strictObject({ user }), async (call, given) => {
    const found = await requireUser(call, given.user);
    const access = await readAccess(call.db, found.id, call.now);
    if (!access) throw new Refused('NO_USER');
    return { user: administratedUserOf(found, avatarBaseOf(call.env)), access: accessOf(access) };
  }),

  /** Makes an account for somebody, whom a mail tells; a dry run says whether it could. */
  createUser: operation('users.create', Creation, async (call, given) => {
    const { db, env, now } = call;
    const by = scriptActor(call, given.as);
    const made = {
      ...{ email: given.email, fullName: given.full_name },
      speakingLanguage: given.speaking_language ?? 'en',
      listeningLanguage: given.listening_language ?? 'en',
    };
    if (given.dry_run) {
      const { outcome } = requireOutcome(await foreseeUser(db, made, by, now), 'created');
      return { outcome, user: { id: null, email: made.email }, dry_run: true, mails: 0 };
    }
    const { user, ...act } = requireOutcome(await createUser(db, tokenKeys(env), made, by, now), 'created');
    await followUp(db, env, act, { userId: user.id, by });
    return { outcome: 'created', user: { id: user.id, email: user.email }, dry_run: false, mails: act.mails.length };
  }),

  /** All personal data of a user, in whatever state the account is. */
  exportUser: operation('users.export', z.strictObject({ as: name, user }), async (call, given) => {
    const { id } = await requireUser(call, given.user);
    const { db, env, now } = call;
    const by = scriptActor(call, given.as);
    const data = await exportUserFor(db, env.AVATARS, id, by, now);
    if (!data) throw new Refused('NO_USER');
    return exportOf(data, avatarBaseOf(env));
  }),
};
