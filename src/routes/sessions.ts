import { Hono } from 'hono';
import * as z from 'zod';
import { ACCESS_TOKEN_LIFETIME_S, signAccessToken } from '../accounts/access-token.ts';
import { refreshTokenText } from '../accounts/session.ts';
import { signIn } from '../accounts/sign-in.ts';
import { readMacKeys } from '../accounts/signed-token.ts';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';
import { signingSlots, tokenNames } from '../http/authenticate.ts';
import { deviceCookie, setDeviceCookie, setRefreshCookie } from '../http/cookies.ts';
import { currentPassword, email } from '../http/fields.ts';
import { validateJson } from '../http/validate.ts';

const Login = z.object({ email, password: currentPassword });

/** Opening, renewing and ending a session, under `/api/v1/auth`. */
export const sessions = new Hono<AppEnv>().post('/login', validateJson(Login), async (c) => {
  const keys = readMacKeys(c.env.TOKEN_KEYS);
  const result = await signIn(c.get('db'), keys, {
    ...c.req.valid('json'),
    deviceToken: deviceCookie(c),
    userAgent: c.req.header('User-Agent'),
  });
  if (result.outcome === 'INVALID_CREDENTIALS') {
    throw new AppError('INVALID_CREDENTIALS', { message: 'Invalid email or password.' });
  }
  if (result.outcome === 'ACCOUNT_LOCKED') {
    const seconds = result.retryAfterSeconds;
    throw new AppError('ACCOUNT_LOCKED', {
      data: { retry_after_seconds: seconds },
      headers: { 'Retry-After': String(seconds) },
    });
  }
  if (result.outcome !== 'signed-in') throw new AppError(result.outcome);
  const { session, deviceToken } = result;
  setRefreshCookie(c, refreshTokenText(keys, { userId: session.userId, sessionId: session.id, counter: 0 }));
  setDeviceCookie(c, deviceToken);
  return c.json({
    access_token: await signAccessToken(signingSlots(c.env), tokenNames(c.env), session),
    token_type: 'bearer',
    expires_in: ACCESS_TOKEN_LIFETIME_S,
    user_id: session.userId,
  });
});
