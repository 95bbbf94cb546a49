import { avatarBase } from '../http/avatar-base.ts';
import { serveDocument } from '../http/page.ts';
import { Router } from '../http/router.ts';

/** The page of administrators, in English. It shows nothing by itself: what it asks the API for decides who sees what. */
export const adminPage = new Router().get('/admin', (c) =>
  serveDocument(c, 'admin', 'en', { pictures: `'self' ${avatarBase(c)}` }),
);
