import { authenticate, identify } from '../http/authenticate.ts';
import { lazy } from '../http/lazy.ts';
import { Router } from '../http/router.ts';

const handlers = () => import('./factors.handlers.ts');

/** One's own second factors, under `/api/v1/users/me/factors`. */
export const factors = new Router()
  .get('/', authenticate, lazy(handlers, 'listOwn'))
  .post('/passkeys/options', authenticate, lazy(handlers, 'beginPasskey'))
  .post('/passkeys', identify, lazy(handlers, 'addOwnPasskey'))
  .post('/authenticators/options', authenticate, lazy(handlers, 'beginAuthenticator'))
  .post('/authenticators', identify, lazy(handlers, 'addOwnAuthenticator'))
  .post('/recovery-codes', identify, lazy(handlers, 'makeRecoveryCodes'))
  // The paths above are no ids, so that another method on them is refused as such.
  .patch('/:id{(?!passkeys$|authenticators$|recovery-codes$)[^/]+}', identify, lazy(handlers, 'renameOwn'))
  .delete('/:id{(?!passkeys$|authenticators$|recovery-codes$)[^/]+}', identify, lazy(handlers, 'removeOwn'));
