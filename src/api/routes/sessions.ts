import type { Context } from 'hono';
import * as z from 'zod/mini';
import { followSignOut } from '../../accounts/follow-up.ts';
import {
  endNamedSessions,
  endOwnSession,
  listSessions,
  readRefreshTokens,
  renewSession,
  type SignedOut,
} from '../../accounts/sessions/session.ts';
import { type SignIn, signIn } from '../../accounts/sign-in/sign-in.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { log } from '../../workers/log.ts';
import { accountLocked } from '../http/account-locked.ts';
import { accessTokenFor, actorOf, authenticate, bearerClaims, identify } from '../http/authenticate.ts';
import {
  clearRefreshCookie,
  deviceCookie,
  refreshCookies,
  setDeviceCookie,
  setRefreshCookie,
} from '../http/cookies.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { clearSiteData } from '../http/headers.ts';
import { refuseForeignOrigin } from '../http/origin.ts';
import { requireOutcome } from '../http/outcome.ts';
import { Router } from '../http/router.ts';
import { validateJson } from '../http/validate.ts';
import { currentPassword, email } from '../wire/fields.ts';
import { sessionOf } from '../wire/session.ts';

const Login = z.object({ email, password: currentPassword });

const tellOf = (c: Context<AppEnv>, ended: SignedOut): void =>
  c.executionCtx.waitUntil(followSignOut(c.get('db'), c.env, ended));

const LOGGED_OUT = { status: 'ok', message: 'Successfully logged out.' };

/** Opening, renewing and ending a session, under `/api/v1/auth`. */
export const sessions = new Router()
  .post('/login', validateJson(Login), async (c) => {
    const credentials = {
      ...c.req.valid('json'),
      deviceToken: deviceCookie(c),
      refreshTokens: refreshCookies(c),
      userAgent: c.req.header('User-Agent'),
    };
    const later = (work: Promise<void>) => c.executionCtx.waitUntil(work);
    const result = await signIn(c.get('db'), tokenKeys(c.env), credentials, later);
    log('info', 'sign-in', { outcome: result.outcome, user_id: result.userId, request_id: c.get('requestId') });
    if (result.outcome === 'second-factor-required') {
      const { demand } = await import('./second-factors.handlers.ts');
      return demand(c, result.user);
    }
    return answerSignIn(c, result);
  })
  .post('/refresh-token', refuseForeignOrigin, async (c) => {
    const cookies = refreshCookies(c).filter((cookie) => cookie !== '');
    if (cookies.length === 0) throw new AppError('MISSING_REFRESH_TOKEN');
    const { renewal, reused } = await renewSession(c.get('db'), tokenKeys(c.env), cookies);
    for (const reuse of reused) {
      log('warn', 'refresh-token-reused', { user_id: reuse.userId, request_id: c.get('requestId') });
      tellOf(c, reuse);
    }
    if (renewal.outcome !== 'renewed') clearRefreshCookie(c);
    const { session } = requireOutcome(renewal, 'renewed');
    setRefreshCookie(c, session.refreshToken);
    return c.json(await accessTokenFor(c, session));
  })
  // By the token where it still runs, and then under the rules of every protected route; else by the cookie.
  .post('/logout', async (c) => {
    const byToken = (await bearerClaims(c)) !== undefined;
    await (byToken ? identify : refuseForeignOrigin)(c, async () => undefined);
    return byToken ? logoutByToken(c) : logoutByCookie(c);
  });

/** Answers a sign-in that a password alone decides. */
const answerSignIn = async (c: Context<AppEnv>, result: Exclude<SignIn, { outcome: 'second-factor-required' }>) => {
  const signedIn = requireOutcome(result, 'signed-in', {
    INVALID_CREDENTIALS: ['INVALID_CREDENTIALS', 'Invalid email or password.'],
    ACCOUNT_LOCKED: accountLocked,
  });
  const { session } = signedIn;
  tellOf(c, signedIn);
  setRefreshCookie(c, session.refreshToken);
  setDeviceCookie(c, signedIn.deviceToken);
  return c.json({ ...(await accessTokenFor(c, session)), user_id: session.userId });
};

const logoutByToken = async (c: Context<AppEnv>) => {
  const token = c.get('token');
  const result = await endOwnSession(c.get('db'), actorOf(c), token.sessionId, token);
  // What its own state refuses has no session that lives.
  tellOf(c, requireOutcome(result, 'ended', { NO_SESSION: 'TOKEN_REVOKED' }));
  clearRefreshCookie(c);
  clearSiteData(c);
  return c.json(LOGGED_OUT);
};

/** Ends the session that the cookie names, whichever of its tokens it holds. A session that has ended already is logged out. */
const logoutByCookie = async (c: Context<AppEnv>) => {
  const tokens = readRefreshTokens(tokenKeys(c.env), refreshCookies(c));
  if (tokens.length === 0) throw new AppError('INVALID_CREDENTIALS');
  tellOf(c, await endNamedSessions(c.get('db'), tokens));
  clearRefreshCookie(c);
  clearSiteData(c);
  return c.json(LOGGED_OUT);
};

/** One's own sessions, under `/api/v1/users/me/sessions`. */
export const ownSessions = new Router()
  .get('/', authenticate, async (c) => {
    const { userId, sessionId } = c.get('token');
    const found = await listSessions(c.get('db'), userId);
    return c.json({ sessions: found.map((session) => sessionOf(session, sessionId)) });
  })
  .delete('/:id', identify, async (c) => {
    const id = c.req.param('id');
    const result = await endOwnSession(c.get('db'), actorOf(c), id);
    tellOf(c, requireOutcome(result, 'ended', { NO_SESSION: 'NOT_FOUND' }));
    if (id === c.get('token').sessionId) {
      clearRefreshCookie(c);
      clearSiteData(c);
    }
    return c.body(null, 204);
  });
