import type { MiddlewareHandler } from 'hono';
import { avatarTag, findAvatar } from '../../accounts/profile/avatar.ts';
import { namesTag } from '../http/entity-tag.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { Router } from '../http/router.ts';

// How long a picture may outlive its removal in a cache; then it is asked for again.
const MAX_AGE_S = 5 * 60;

const PICTURE_HEADERS = {
  'Cache-Control': `public, max-age=${MAX_AGE_S}, must-revalidate`,
  // Pages of other origins show it; opened by itself it is a page that can do nothing.
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  // Whoever saves it gets a name of ours; the one that it was sent under was never kept.
  'Content-Disposition': 'inline; filename="avatar.webp"',
  'Accept-Ranges': 'none',
};

/** Pictures, for everybody who knows their address: under `/avatars`. */
export const avatars = new Router().get('/:key{.+\\.webp}', async (c) => {
  c.header('Cache-Control', 'no-store');
  const key = c.req.param('key');
  const tag = avatarTag(key);
  if (!tag) throw new AppError('NOT_FOUND');
  const isFresh = namesTag(c.req.header('If-None-Match'), tag);
  const withBytes = c.req.method === 'GET' && !isFresh;
  const avatar = await findAvatar(c.get('db'), c.env.AVATARS, key, { withBytes });
  if (!avatar) throw new AppError('NOT_FOUND');
  for (const [name, value] of Object.entries(PICTURE_HEADERS)) c.header(name, value);
  c.header('ETag', tag);
  if (isFresh) return c.body(null, 304);
  c.header('Content-Type', 'image/webp');
  c.header('Content-Length', String(avatar.size));
  return c.newResponse(avatar.body, 200);
});

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

/**
 * Where pictures have a host of their own it serves nothing else, so that no page, cookie or token is ever at home
 * where strangers' files are (ASVS 3.5.4). The API's host goes on serving them: addresses that were handed out stay.
 */
export const keepPicturesApart: MiddlewareHandler<AppEnv> = async (c, next) => {
  const host = hostOf(c.env.AVATAR_BASE_URL);
  const isOwnHost = host !== undefined && host !== hostOf(c.env.APP_URL) && host === new URL(c.req.url).host;
  if (isOwnHost && !c.req.path.startsWith('/avatars/')) throw new AppError('NOT_FOUND');
  return next();
};
