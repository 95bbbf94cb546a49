import { serveAsset } from '../http/asset.ts';
import { KEEPING, servePage } from '../http/page.ts';
import { Router } from '../http/router.ts';

/** The pages that mail links open. The token stays in the link's fragment, which no browser sends. */
export const mailLinks = new Router()
  .get('/verify-email', (c) => servePage(c))
  .get('/reset-password', (c) => servePage(c))
  .get('/confirm-email', (c) => servePage(c))
  .get('/undo-email', (c) => servePage(c))
  .get('/pages/page.css', (c) => serveAsset(c, '/pages/page.css', KEEPING))
  .get('/pages/page.js', (c) => serveAsset(c, '/pages/page.js', KEEPING));
