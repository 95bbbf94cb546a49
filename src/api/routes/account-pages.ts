import type { Context } from 'hono';
import { serveAsset } from '../http/asset.ts';
import { avatarBase } from '../http/avatar-base.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { KEEPING, servePage } from '../http/page.ts';
import { Router } from '../http/router.ts';

/** A name alone, of a script or a style: the documents beside them have addresses of their own. */
const servePart = (c: Context<AppEnv>, file: string): Promise<Response> => {
  if (!/^[a-z-]+\.(?:css|js)$/.test(file)) throw new AppError('NOT_FOUND');
  return serveAsset(c, `/pages/${file}`, KEEPING);
};

/** The pages on which somebody makes an account, signs in and looks after it. */
export const accountPages = new Router()
  .get('/sign-up', (c) => servePage(c))
  .get('/sign-in', (c) => servePage(c))
  // The picture that is there, and the one that is about to be sent.
  .get('/account', (c) => servePage(c, `'self' blob: ${avatarBase(c)}`))
  .get('/pages/:file', (c) => servePart(c, c.req.param('file')));
