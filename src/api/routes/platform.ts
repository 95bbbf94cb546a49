import { publicKeySet } from '../../accounts/tokens/access-token.ts';
import { signingSlots } from '../http/authenticate.ts';
import { Router } from '../http/router.ts';

// Long enough to spare the route, short enough that a new key is known everywhere before it signs (an hour).
const KEY_SET_MAX_AGE_S = 15 * 60;

/** What machines ask: whether the Worker answers, and the keys that verify its tokens. */
export const platform = new Router()
  .get('/health', (c) => {
    c.header('Cache-Control', 'no-store');
    return c.json({ status: 'ok' });
  })
  .get('/.well-known/jwks.json', (c) => {
    c.header('Cache-Control', `public, max-age=${KEY_SET_MAX_AGE_S}`);
    c.header('Access-Control-Allow-Origin', '*');
    return c.json(publicKeySet(signingSlots(c.env)));
  });
