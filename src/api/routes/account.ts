import type { Context } from 'hono';
import * as z from 'zod/mini';
import type { Caller } from '../../accounts/acts/caller.ts';
import { graceMs, softDeleteUser } from '../../accounts/erasure/deletion.ts';
import { eraseSelf } from '../../accounts/erasure/erasure.ts';
import { exportUser } from '../../accounts/erasure/export.ts';
import { type Decided, followUp } from '../../accounts/follow-up.ts';
import { discardAvatar } from '../../accounts/profile/avatar.ts';
import { actorOf, authenticate, identify } from '../http/authenticate.ts';
import { avatarBase } from '../http/avatar-base.ts';
import { clearRefreshCookie } from '../http/cookies.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { clearSiteData } from '../http/headers.ts';
import { requireOutcome } from '../http/outcome.ts';
import { Router } from '../http/router.ts';
import { validateQuery } from '../http/validate.ts';
import { exportOf } from '../wire/export.ts';

const Deletion = z.object({ hard: z._default(z.enum(['true', 'false'], { error: 'must be true or false' }), 'false') });

const DELETED = { status: 'ok', message: 'Account has been successfully deleted.' };

/** Ends what the account left behind outside the database: nothing here is waited for but the answer itself. */
const sayGoodbye = (c: Context<AppEnv>, act: Decided, by: Caller) => {
  c.executionCtx.waitUntil(followUp(c.get('db'), c.env, act, { userId: by.userId, by }));
  clearRefreshCookie(c);
  clearSiteData(c);
  return c.json(DELETED);
};

const softDelete = async (c: Context<AppEnv>) => {
  const by = actorOf(c);
  const given = { token: c.get('token'), grace: graceMs(c.env.DELETION_GRACE_DAYS) };
  const result = await softDeleteUser(c.get('db'), given, by);
  return sayGoodbye(c, requireOutcome(result, 'deleted'), by);
};

const erase = async (c: Context<AppEnv>) => {
  const by = actorOf(c);
  const erased = requireOutcome(await eraseSelf(c.get('db'), { token: c.get('token') }, by), 'erased');
  // The picture that was shown is gone when the answer arrives; where storage refuses, the scheduled run finishes.
  const [picture] = erased.picture;
  if (picture?.key) await discardAvatar(c.env.AVATARS, picture.key);
  return sayGoodbye(c, erased, by);
};

/** Leaving, and taking one's data along, under `/api/v1/users/me`. */
export const account = new Router()
  .delete('/', identify, validateQuery(Deletion), (c) =>
    c.req.valid('query').hard === 'true' ? erase(c) : softDelete(c),
  )
  .get('/export', authenticate, async (c) => {
    const data = await exportUser(c.get('db'), c.env.AVATARS, c.get('token').userId);
    if (!data) throw new AppError('INVALID_CREDENTIALS');
    c.header('Content-Disposition', 'attachment; filename="account.json"');
    return c.json(exportOf(data, avatarBase(c)));
  });
