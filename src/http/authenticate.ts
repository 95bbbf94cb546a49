import type { Context, MiddlewareHandler } from 'hono';
import {
  ACCESS_TOKEN_LIFETIME_S,
  type AccessTokenClaims,
  type SigningSlots,
  signAccessToken,
  verifyAccessToken,
} from '../accounts/access-token.ts';
import { isBlacklisted } from '../accounts/blacklist.ts';
import { findUserWithSession, outOfUse } from '../accounts/user.ts';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';

export const signingSlots = (env: Env): SigningSlots => [env.SIGNING_KEY_A, env.SIGNING_KEY_B];
export const tokenNames = (env: Env) => ({ issuer: env.TOKEN_ISSUER, audience: env.TOKEN_AUDIENCE });

/** The claims of the request's bearer token, or undefined where there is none that is ours and still runs. */
export const bearerClaims = async (c: Context<AppEnv>): Promise<AccessTokenClaims | undefined> => {
  const bearer = /^Bearer +([\w.~+/=-]+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];
  return bearer === undefined ? undefined : verifyAccessToken(signingSlots(c.env), tokenNames(c.env), bearer);
};

/** Answers with a fresh access token for a session, in the terms of RFC 6749 §5.1. */
export const accessTokenFor = async (c: Context<AppEnv>, session: { id: string; userId: number }) => ({
  access_token: await signAccessToken(signingSlots(c.env), tokenNames(c.env), session),
  token_type: 'bearer' as const,
  expires_in: ACCESS_TOKEN_LIFETIME_S,
});

/**
 * Lets a request pass whose bearer token is ours, whose user is in use and whose session lives. The database and the
 * blacklist are asked side by side, at each request: a suspension, a deletion or a logout holds at the very next one,
 * everywhere, although KV takes its time to spread (ASVS 7.4.1, 7.4.2, 8.3.2).
 */
export const authenticate: MiddlewareHandler<AppEnv> = async (c, next) => {
  const claims = await bearerClaims(c);
  if (!claims) throw new AppError('INVALID_CREDENTIALS');
  const [found, revoked] = await Promise.all([
    findUserWithSession(c.get('db'), claims.userId, claims.sessionId),
    isBlacklisted(c.env.REVOKED_TOKENS, claims),
  ]);
  if (!found) throw new AppError('INVALID_CREDENTIALS');
  c.set('user', found.user);
  c.set('token', claims);
  const refusal = outOfUse(found.user);
  if (refusal) throw new AppError(refusal);
  if (!found.sessionLives || revoked) throw new AppError('TOKEN_REVOKED');
  return next();
};
