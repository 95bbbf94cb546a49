import { authenticate } from '../http/authenticate.ts';
import { lazy } from '../http/lazy.ts';
import { requireAdmin } from '../http/require-admin.ts';
import { Router } from '../http/router.ts';

const handlers = () => import('./operations.handlers.ts');

/** What administrators look at to see how the service is, under `/api/v1/operations`. */
export const operations = new Router()
  .get('/failed-mails', authenticate, requireAdmin, lazy(handlers, 'showFailedMails'))
  .get('/services', authenticate, requireAdmin, lazy(handlers, 'showServices'))
  .get('/erasures', authenticate, requireAdmin, lazy(handlers, 'showErasures'))
  .get('/numbers', authenticate, requireAdmin, lazy(handlers, 'showNumbers'));
