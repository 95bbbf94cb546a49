import { authenticate } from '../http/authenticate.ts';
import { lazy } from '../http/lazy.ts';
import { Router } from '../http/router.ts';

const handlers = () => import('./second-factors.handlers.ts');

/** Signing in with a second factor, or with a passkey alone, under `/api/v1/auth`. */
export const secondFactors = new Router()
  .post('/login/second-factor', lazy(handlers, 'completeSignIn'))
  .post('/login/passkey-options', lazy(handlers, 'beginPasskeySignIn'))
  .post('/login/passkey', lazy(handlers, 'signInWithPasskey'))
  .post('/prove/passkey-options', authenticate, lazy(handlers, 'beginPasskeyProof'));
