import type { Context } from 'hono';
import * as z from 'zod/mini';
import { deactivateUser, reactivateUser } from '../../accounts/administration/deactivation.ts';
import { followUp } from '../../accounts/follow-up.ts';
import { findUserById } from '../../accounts/users/find-user.ts';
import { listUsers, type Place } from '../../accounts/users/user-list.ts';
import { actorOf, authenticate, identifyAdmin } from '../http/authenticate.ts';
import { avatarBase } from '../http/avatar-base.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { lazy } from '../http/lazy.ts';
import { requireOutcome } from '../http/outcome.ts';
import { requireAdmin } from '../http/require-admin.ts';
import { Router } from '../http/router.ts';
import { success } from '../http/success.ts';
import { validateJson, validateQuery } from '../http/validate.ts';
import { reason, userId } from '../wire/fields.ts';
import { limit } from '../wire/paging.ts';
import { administratedUserOf } from '../wire/user.ts';
import { placeOfCursor, userCursor } from '../wire/user-cursor.ts';

const Deactivation = z.object({ user_id: userId, reason });
const Reactivation = z.object({ user_id: userId });

const oneValue = z.string({ error: 'must be one value' });

const Listing = z.object({
  q: z.optional(oneValue.check(z.maxLength(255, 'must have at most 255 characters'))),
  status: z.optional(z.enum(['active', 'deactivated', 'deleted'], { error: 'must be active, deactivated or deleted' })),
  limit,
  cursor: z.optional(oneValue),
});

// What an act that did not happen is told; the sentences are part of the contract.
export const REFUSALS = {
  NO_USER: ['NOT_FOUND', 'User not found'],
  DEACTIVATES_SELF: ['VALIDATION_ERROR', 'You cannot deactivate your own account'],
  REACTIVATES_SELF: ['VALIDATION_ERROR', 'You cannot reactivate your own account'],
  ALREADY_DEACTIVATED: ['VALIDATION_ERROR', 'User is already deactivated'],
  ALREADY_ACTIVE: ['VALIDATION_ERROR', 'User is already active'],
  LAST_ADMINISTRATOR: ['VALIDATION_ERROR', 'The last administrator cannot be deactivated'],
} as const;

const placeOf = (c: Context<AppEnv>, q: string | undefined, cursor: string | undefined): Place | undefined => {
  if (cursor === undefined) return undefined;
  const place = placeOfCursor(c.env, q, cursor);
  if (place) return place;
  throw new AppError('VALIDATION_ERROR', {
    data: { errors: [{ field: 'query.cursor', message: 'is not a cursor of this list' }] },
  });
};

const handlers = () => import('./users.handlers.ts');

/** What administrators do, under `/api/v1/users`. Who asks is settled before anything is said about what was asked. */
export const users = new Router()
  .patch('/deactivate', identifyAdmin, validateJson(Deactivation), async (c) => {
    const { user_id, reason } = c.req.valid('json');
    const by = actorOf(c);
    const result = await deactivateUser(c.get('db'), user_id, { reason }, by);
    const act = requireOutcome(result, 'deactivated', { ...REFUSALS, SELF: REFUSALS.DEACTIVATES_SELF });
    c.executionCtx.waitUntil(followUp(c.get('db'), c.env, act, { userId: user_id, by }));
    return c.json(success('User account deactivated successfully', {}));
  })
  .patch('/reactivate', identifyAdmin, validateJson(Reactivation), async (c) => {
    const { user_id } = c.req.valid('json');
    const by = actorOf(c);
    const result = await reactivateUser(c.get('db'), user_id, {}, by);
    const act = requireOutcome(result, 'reactivated', { ...REFUSALS, SELF: REFUSALS.REACTIVATES_SELF });
    c.executionCtx.waitUntil(followUp(c.get('db'), c.env, act, { userId: user_id, by }));
    return c.json(success('User account reactivated successfully', {}));
  })
  .get('/', authenticate, requireAdmin, validateQuery(Listing), async (c) => {
    const { q, status, limit, cursor } = c.req.valid('query');
    const { users, next } = await listUsers(c.get('db'), { q, status, limit, after: placeOf(c, q, cursor) });
    const listed = users.map((user) => administratedUserOf(user, avatarBase(c)));
    const next_cursor = next ? userCursor(c.env, next) : null;
    return c.json(success('Users retrieved successfully', { users: listed, next_cursor }));
  })
  .post('/', identifyAdmin, lazy(handlers, 'create'))
  .patch('/unlock', identifyAdmin, lazy(handlers, 'unlock'))
  .patch('/end-sessions', identifyAdmin, lazy(handlers, 'endAllSessions'))
  .patch('/send-verification', identifyAdmin, lazy(handlers, 'sendVerificationMail'))
  .patch('/send-reset', identifyAdmin, lazy(handlers, 'sendResetMail'))
  // One's own account is none of theirs.
  .get('/:id{(?!me/)[^/]+}/access', authenticate, requireAdmin, lazy(handlers, 'showAccess'))
  .get('/:id{(?!me/)[^/]+}/audit', authenticate, requireAdmin, lazy(handlers, 'showAudit'))
  // The paths of the acts are no ids, so that another method on them is refused as such. The metrics take 96 bytes of a pattern.
  .get(
    '/:id{(?!((de|re)activate|unlock|end-sessions|send-(reset|verification))$)[^/]+}',
    authenticate,
    requireAdmin,
    async (c) => {
      const id = userId.safeParse(c.req.param('id'));
      const user = id.success ? await findUserById(c.get('db'), id.data) : undefined;
      if (!user) {
        const [code, message] = REFUSALS.NO_USER;
        throw new AppError(code, { message });
      }
      return c.json(success('User retrieved successfully', { user: administratedUserOf(user, avatarBase(c)) }));
    },
  );
