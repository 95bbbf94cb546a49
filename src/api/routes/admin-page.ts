import type { Context } from 'hono';
import { READER_LANGUAGES } from '../../workers/reader-language.ts';
import { serveAsset } from '../http/asset.ts';
import { avatarBase } from '../http/avatar-base.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { KEEPING, serveDocument } from '../http/page.ts';
import { Router } from '../http/router.ts';

const serveMail = (c: Context<AppEnv>, asked: string): Promise<Response> => {
  const language = READER_LANGUAGES.find((name) => name === asked);
  if (!language) throw new AppError('NOT_FOUND');
  return serveAsset(c, `/pages/suspension-mail.${language}.json`, KEEPING);
};

/** The page of administrators, in English. It shows nothing by itself: what it asks the API for decides who sees what. */
export const adminPage = new Router()
  .get('/admin', (c) => serveDocument(c, 'admin', 'en', { pictures: `'self' ${avatarBase(c)}` }))
  .get('/admin/suspension-mails/:language{[a-z][a-z]}', (c) => serveMail(c, c.req.param('language')));
