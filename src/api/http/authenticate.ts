import type { Context, MiddlewareHandler } from 'hono';
import { type Caller, callerRefusal, findCaller } from '../../accounts/acts/caller.ts';
import {
  ACCESS_TOKEN_LIFETIME_S,
  type AccessTokenClaims,
  type SigningSlots,
  signAccessToken,
  verifyAccessToken,
} from '../../accounts/tokens/access-token.ts';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';
import { bearerOf, requireService } from './identify-service.ts';

export const signingSlots = (env: Env): SigningSlots => [env.SIGNING_KEY_A, env.SIGNING_KEY_B];
export const tokenNames = (env: Env) => ({ issuer: env.TOKEN_ISSUER, audience: env.TOKEN_AUDIENCE });

/** The claims of the request's bearer token, or undefined where there is none that is ours and still runs. */
export const bearerClaims = async (c: Context<AppEnv>): Promise<AccessTokenClaims | undefined> => {
  const bearer = bearerOf(c);
  return bearer === undefined ? undefined : verifyAccessToken(signingSlots(c.env), tokenNames(c.env), bearer);
};

/** Answers with a fresh access token for a session, in the terms of RFC 6749 §5.1. */
export const accessTokenFor = async (c: Context<AppEnv>, session: { id: string; userId: number }) => ({
  access_token: await signAccessToken(signingSlots(c.env), tokenNames(c.env), session),
  token_type: 'bearer' as const,
  expires_in: ACCESS_TOKEN_LIFETIME_S,
});

/** Whose the request's token is, as the one who acts. */
const callerOf = (c: Context<AppEnv>): Caller => {
  const { userId, sessionId } = c.get('token');
  const needsSecondFactor = c.env.REQUIRE_SECOND_FACTOR === 'admin';
  return { origin: 'http', userId, sessionId, requestId: c.get('requestId'), needsSecondFactor };
};

/** Asks the database whether the caller may go on; throws the refusal that tells why not. */
export const requireCaller = async (c: Context<AppEnv>): Promise<void> => {
  const unasked = c.get('unasked');
  // Whatever comes of it is told, also where nobody answers: it is not asked a second time.
  c.set('unasked', undefined);
  if (unasked === 'service') return requireService(c);
  const by = callerOf(c);
  const found = await findCaller(c.get('db'), by, new Date());
  const refusal = callerRefusal(found, unasked, by);
  if (refusal || !found) throw new AppError(refusal ?? 'INVALID_CREDENTIALS');
  c.set('user', found.user);
  c.set('notAdministrator', callerRefusal(found, 'admin', by));
};

const identified =
  (role: 'user' | 'admin'): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const claims = await bearerClaims(c);
    if (!claims) throw new AppError('INVALID_CREDENTIALS');
    c.set('token', claims);
    c.set('unasked', role);
    return next();
  };

/**
 * For what changes something: lets a request pass whose bearer token is ours. Whether its user is in use and its session
 * lives is asked by the change itself, in its own statement, so that no body which is held back and no race outlives a
 * suspension (ASVS 8.3.2, 15.4.2); the handler hands the question over with `actorOf`.
 */
export const identify: MiddlewareHandler<AppEnv> = identified('user');

/** The same for what only administrators may change. */
export const identifyAdmin: MiddlewareHandler<AppEnv> = identified('admin');

/** Who acts, for the change that asks whether they may: from here on what it answers is told. */
export const actorOf = (c: Context<AppEnv>): Caller => {
  c.set('unasked', undefined);
  return callerOf(c);
};

/**
 * What a refused request is told where nobody has asked yet who sent it: a body was wrong before the change came about.
 * Who may not act hears that, and nothing of the body.
 */
export const callerFirst = async (c: Context<AppEnv>, thrown: Error): Promise<unknown> => {
  if (c.get('unasked') === undefined) return thrown;
  try {
    await requireCaller(c);
    return thrown;
  } catch (refusal) {
    return refusal;
  }
};

/**
 * For what only reads: lets a request pass whose bearer token is ours, whose user is in use and whose session lives. The
 * database is asked at each request, in one statement: a suspension, a deletion or a logout holds at the very next one,
 * everywhere (ASVS 7.4.1, 7.4.2, 8.3.2).
 */
export const authenticate: MiddlewareHandler<AppEnv> = async (c, next) => {
  await identify(c, () => requireCaller(c));
  return next();
};
