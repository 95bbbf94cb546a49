import { identify } from '../http/authenticate.ts';
import { lazy } from '../http/lazy.ts';
import { Router } from '../http/router.ts';

const handlers = () => import('./addresses.handlers.ts');

/** Asking for another address, under `/api/v1/users/me/email`. */
export const ownAddress = new Router().post('/', identify, lazy(handlers, 'requestEmail'));

/** The links of the mails about it, under `/api/v1/auth`. */
export const addresses = new Router()
  .post('/confirm-email', lazy(handlers, 'confirmEmail'))
  .post('/undo-email', lazy(handlers, 'undoEmail'));
