import { type Context, Hono } from 'hono';
import { profileOf } from '../accounts/user.ts';
import type { AppEnv } from '../env.ts';
import { authenticate } from '../http/authenticate.ts';

/** Where pictures are served: a host of their own, or the one that was asked. */
const avatarBase = (c: Context<AppEnv>): string =>
  (c.env.AVATAR_BASE_URL || new URL(c.req.url).origin).replace(/\/$/, '');

/** One's own account, under `/api/v1/users/me`. */
export const profile = new Hono<AppEnv>()
  .use(authenticate)
  .get('/', (c) => c.json(profileOf(c.get('user'), avatarBase(c))));
