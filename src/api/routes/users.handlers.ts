import type { Context } from 'hono';
import * as z from 'zod/mini';
import { listAudit } from '../../accounts/acts/audit.ts';
import type { Caller } from '../../accounts/acts/caller.ts';
import { readAccess } from '../../accounts/administration/access.ts';
import { sendReset, sendVerification } from '../../accounts/administration/link-mail.ts';
import { unlockUser } from '../../accounts/administration/lock.ts';
import { createUser } from '../../accounts/administration/new-user.ts';
import { type Decided, followUp } from '../../accounts/follow-up.ts';
import { endSessionsOfUser } from '../../accounts/sessions/session.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { findUserById } from '../../accounts/users/find-user.ts';
import { actorOf } from '../http/authenticate.ts';
import { avatarBase } from '../http/avatar-base.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { requireOutcome } from '../http/outcome.ts';
import { success } from '../http/success.ts';
import { takingJson, takingQuery } from '../http/validate.ts';
import { accessOf } from '../wire/access.ts';
import { auditRecordOf } from '../wire/audit-record.ts';
import { email, fullName, language, userId } from '../wire/fields.ts';
import { idCursor, limit } from '../wire/paging.ts';
import { administratedUserOf } from '../wire/user.ts';

// What support does every day, and what it looks at first.

/** What an act that did not happen is told; the sentences are part of the contract. */
export const SUPPORT_REFUSALS = {
  NO_USER: ['NOT_FOUND', 'User not found'],
  SELF: ['VALIDATION_ERROR', 'You cannot do this to your own account'],
  ADDRESS_TAKEN: ['VALIDATION_ERROR', 'User already exists'],
  NOT_LOCKED: ['VALIDATION_ERROR', 'User is not locked'],
  ALREADY_VERIFIED: ['VALIDATION_ERROR', 'User is already verified'],
  EMAIL_NOT_VERIFIED: ['VALIDATION_ERROR', 'User is not verified'],
  USER_DEACTIVATED: ['VALIDATION_ERROR', 'User is deactivated'],
} as const;

/** Tells the world outside the database of an act, behind the answer. */
const tellOf = (c: Context<AppEnv>, act: Decided, userId: number, by: Caller): void =>
  c.executionCtx.waitUntil(followUp(c.get('db'), c.env, act, { userId, by }));

const Creation = z.object({
  email,
  full_name: z._default(fullName, null),
  speaking_language: z.optional(language),
  listening_language: z.optional(language),
});

export const create = takingJson(Creation, async (c, form) => {
  const by = actorOf(c);
  const made = {
    ...{ email: form.email, fullName: form.full_name },
    speakingLanguage: form.speaking_language ?? 'en',
    listeningLanguage: form.listening_language ?? 'en',
  };
  const result = await createUser(c.get('db'), tokenKeys(c.env), made, by);
  const { user, ...act } = requireOutcome(result, 'created', SUPPORT_REFUSALS);
  tellOf(c, act, user.id, by);
  return c.json(success('User created successfully', { user: administratedUserOf(user, avatarBase(c)) }, 201), 201);
});

const OnUser = z.object({ user_id: userId });

export const unlock = takingJson(OnUser, async (c, { user_id }) => {
  const by = actorOf(c);
  const act = requireOutcome(await unlockUser(c.get('db'), user_id, {}, by), 'unlocked', SUPPORT_REFUSALS);
  tellOf(c, act, user_id, by);
  return c.json(success('User account unlocked successfully', {}));
});

export const endAllSessions = takingJson(OnUser, async (c, { user_id }) => {
  const by = actorOf(c);
  const result = await endSessionsOfUser(c.get('db'), user_id, {}, by);
  // Of a script alone it is said that an account is deleted.
  const act = requireOutcome(result, 'sessions-ended', SUPPORT_REFUSALS);
  tellOf(c, act, user_id, by);
  return c.json(success('User signed out everywhere successfully', {}));
});

export const sendVerificationMail = takingJson(OnUser, async (c, { user_id }) => {
  const by = actorOf(c);
  const result = await sendVerification(c.get('db'), user_id, {}, by);
  tellOf(c, requireOutcome(result, 'verification-sent', SUPPORT_REFUSALS), user_id, by);
  return c.json(success('Verification mail sent successfully', {}));
});

export const sendResetMail = takingJson(OnUser, async (c, { user_id }) => {
  const by = actorOf(c);
  const result = await sendReset(c.get('db'), user_id, {}, by);
  tellOf(c, requireOutcome(result, 'reset-sent', SUPPORT_REFUSALS), user_id, by);
  return c.json(success('Password reset mail sent successfully', {}));
});

const noUser = (): AppError => {
  const [code, message] = SUPPORT_REFUSALS.NO_USER;
  return new AppError(code, { message });
};

/** The id that the path names. */
const requireId = (c: Context<AppEnv>): number => {
  const id = userId.safeParse(c.req.param('id'));
  if (id.success) return id.data;
  throw noUser();
};

export const showAccess = async (c: Context<AppEnv>) => {
  const access = await readAccess(c.get('db'), requireId(c));
  if (!access) throw noUser();
  return c.json(success('User access retrieved successfully', accessOf(access)));
};

const AuditPage = z.object({ limit, cursor: idCursor });

/** What was done to a user. It outlives the account, so there may be records of somebody who is not there any more. */
export const showAudit = takingQuery(AuditPage, async (c, { limit, cursor }) => {
  const [db, id] = [c.get('db'), requireId(c)];
  const found = await listAudit(db, { subjectId: id, before: cursor, limit: limit + 1 });
  if (found.length === 0 && !(await findUserById(db, id))) throw noUser();
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  const next_cursor = last ? String(last.id) : null;
  return c.json(success('Audit records retrieved successfully', { records: page.map(auditRecordOf), next_cursor }));
});
