import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { Actor } from '../accounts/audit.ts';
import { discardAvatar } from '../accounts/avatar.ts';
import { graceMs, softDeleteUser } from '../accounts/deletion.ts';
import { eraseUser, mayEraseSelf } from '../accounts/erasure.ts';
import { exportUser } from '../accounts/export.ts';
import { type Decided, followUp } from '../accounts/follow-up.ts';
import { everyAddressHash, tokenKeys } from '../accounts/signed-token.ts';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';
import { authenticate } from '../http/authenticate.ts';
import { avatarBase } from '../http/avatar-base.ts';
import { clearRefreshCookie } from '../http/cookies.ts';
import { clearSiteData } from '../http/headers.ts';
import { validate } from '../http/validate.ts';

const Deletion = z.object({ hard: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false') });

const DELETED = { status: 'ok', message: 'Account has been successfully deleted.' };

const self = (c: Context<AppEnv>): Actor => ({
  origin: 'http',
  userId: c.get('user').id,
  requestId: c.get('requestId'),
});

/** Ends what the account left behind outside the database: nothing here is waited for but the answer itself. */
const sayGoodbye = (c: Context<AppEnv>, act: Decided) => {
  const parties = { userId: c.get('user').id, by: self(c) };
  c.executionCtx.waitUntil(followUp(c.get('db'), c.env, act, parties, c.get('token')));
  clearRefreshCookie(c);
  clearSiteData(c);
  return c.json(DELETED);
};

const softDelete = async (c: Context<AppEnv>) => {
  const result = await softDeleteUser(c.get('db'), c.get('user').id, self(c), graceMs(c.env.DELETION_GRACE_DAYS));
  if (result.outcome === 'NO_USER') throw new AppError('INVALID_CREDENTIALS');
  if (result.outcome !== 'deleted') throw new AppError(result.outcome);
  return sayGoodbye(c, result);
};

const erase = async (c: Context<AppEnv>) => {
  const { id, email } = c.get('user');
  const db = c.get('db');
  const addressHashes = everyAddressHash(tokenKeys(c.env), email);
  const result = await eraseUser(db, { userId: id, addressHashes, where: mayEraseSelf, tellsUser: true }, self(c));
  if (result.outcome === 'NO_USER') throw new AppError('INVALID_CREDENTIALS');
  if (result.outcome !== 'erased') throw new AppError(result.outcome);
  // The picture that was shown is gone when the answer arrives; where storage refuses, the scheduled run finishes.
  if (result.avatarKey !== null) await discardAvatar(c.env.AVATARS, result.avatarKey);
  return sayGoodbye(c, result);
};

/** Leaving, and taking one's data along, under `/api/v1/users/me`. */
export const account = new Hono<AppEnv>()
  .delete('/', authenticate, validate('query', Deletion), (c) =>
    c.req.valid('query').hard === 'true' ? erase(c) : softDelete(c),
  )
  .get('/export', authenticate, async (c) => {
    const document = await exportUser(c.get('db'), c.env.AVATARS, c.get('user').id, avatarBase(c));
    if (!document) throw new AppError('INVALID_CREDENTIALS');
    c.header('Content-Disposition', 'attachment; filename="account.json"');
    return c.json(document);
  });
