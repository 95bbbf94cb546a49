import type { Context } from 'hono';
import type { AppEnv } from './env.ts';

/** Where pictures are served: a host of their own, or the one that was asked. No slash at the end. */
export const avatarBase = (c: Context<AppEnv>): string =>
  (c.env.AVATAR_BASE_URL || new URL(c.req.url).origin).replace(/\/$/, '');
