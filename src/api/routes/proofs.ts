import { identify } from '../http/authenticate.ts';
import { lazy } from '../http/lazy.ts';
import { Router } from '../http/router.ts';

/** Proving once more who one is, under `/api/v1/auth`. */
export const proofs = new Router().post(
  '/prove',
  identify,
  lazy(() => import('./proofs.handlers.ts'), 'prove'),
);
