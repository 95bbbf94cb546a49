import type { Context } from 'hono';
import * as z from 'zod/mini';
import { newChallenge } from '../../accounts/factors/challenge.ts';
import { type GivenFactor, knownPasskeys } from '../../accounts/factors/factor-check.ts';
import { followSignOut } from '../../accounts/follow-up.ts';
import {
  type Completion,
  type Demand,
  demandPasskey,
  demandSecondFactor,
  type FactorSignIn,
  type SignInKeys,
  signInByFactor,
  signInByPasskey,
} from '../../accounts/sign-in/second-factor.ts';
import { factorKeys } from '../../accounts/tokens/factor-secret.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { wakeMailer } from '../../outbox/outbox.ts';
import { log } from '../../workers/log.ts';
import { countAct } from '../../workers/metrics.ts';
import { accountLocked } from '../http/account-locked.ts';
import { accessTokenFor } from '../http/authenticate.ts';
import {
  challengeCookie,
  clearChallengeCookie,
  deviceCookie,
  refreshCookies,
  setChallengeCookie,
  setDeviceCookie,
  setRefreshCookie,
} from '../http/cookies.ts';
import type { AppEnv } from '../http/env.ts';
import { requireOutcome } from '../http/outcome.ts';
import { relyingParty } from '../http/relying-party.ts';
import { takingJson } from '../http/validate.ts';
import { challenge, passkey } from '../wire/factor-fields.ts';
import { givenFactor, givenFields, hasOneGiven } from '../wire/given-factor.ts';

const keysOf = (c: Context<AppEnv>): SignInKeys => ({ tokens: tokenKeys(c.env), factors: factorKeys(c.env) });

const secondsUntil = (expiresAt: Date, now: Date): number => Math.ceil((Number(expiresAt) - Number(now)) / 1000);

/** What a browser is told of a challenge that it has to answer; the cookie binds it to the browser. */
const asking = (c: Context<AppEnv>, { text, expiresAt, browser }: Demand, now: Date) => {
  const expires_in = secondsUntil(expiresAt, now);
  setChallengeCookie(c, browser, expires_in);
  return { challenge: text, expires_in };
};

/** Asks for the second factor of somebody whose password was right. */
export const demand = async (c: Context<AppEnv>, user: Parameters<typeof demandSecondFactor>[3]) => {
  const { passkeyOptions } = await import('../../accounts/factors/webauthn.ts');
  const [site, now] = [relyingParty(c.env), new Date()];
  const demanded = await demandSecondFactor(c.get('db'), tokenKeys(c.env), site, user, challengeCookie(c), now);
  const { factors, passkeys } = demanded;
  const passkey_options = factors.includes('passkey') && (await passkeyOptions(site, passkeys, demanded.id));
  return c.json({
    status: 'second_factor_required' as const,
    ...asking(c, demanded, now),
    factors,
    ...(passkey_options ? { passkey_options } : {}),
  });
};

const completionOf = <Given extends GivenFactor>(c: Context<AppEnv>, text: string, given: Given) => ({
  ...{ challenge: text, given, browser: challengeCookie(c), deviceToken: deviceCookie(c) },
  ...{ refreshTokens: refreshCookies(c), userAgent: c.req.header('User-Agent'), requestId: c.get('requestId') },
});

/** Answers a sign-in that a second factor has completed, as one without is answered. */
const answerSignIn = async (c: Context<AppEnv>, result: FactorSignIn, by: string) => {
  log('info', 'sign-in', { outcome: result.outcome, by, user_id: result.userId, request_id: c.get('requestId') });
  const signedIn = requireOutcome(result, 'signed-in', { ACCOUNT_LOCKED: accountLocked });
  const { session, mails, deviceToken } = signedIn;
  c.executionCtx.waitUntil(followSignOut(c.get('db'), c.env, signedIn));
  c.executionCtx.waitUntil(wakeMailer(c.env.MAIL, mails));
  if (by === 'recovery_code') countAct(c.env.METRICS, 'recovery-code-used', 'http');
  setRefreshCookie(c, session.refreshToken);
  setDeviceCookie(c, deviceToken);
  clearChallengeCookie(c);
  return c.json({ ...(await accessTokenFor(c, session)), user_id: session.userId });
};

const LoginCompletion = z.object({ challenge, ...givenFields }).check(hasOneGiven('code'));

export const completeSignIn = takingJson(LoginCompletion, async (c, form) => {
  const { given, by } = givenFactor(form);
  const completion: Completion = completionOf(c, form.challenge, given);
  const later = (work: Promise<void>) => c.executionCtx.waitUntil(work);
  return answerSignIn(c, await signInByFactor(c.get('db'), keysOf(c), relyingParty(c.env), completion, later), by);
});

export const beginPasskeySignIn = async (c: Context<AppEnv>) => {
  const { passkeyOptions } = await import('../../accounts/factors/webauthn.ts');
  const now = new Date();
  const demanded = demandPasskey(tokenKeys(c.env), challengeCookie(c), now);
  const passkey_options = await passkeyOptions(relyingParty(c.env), [], demanded.id);
  return c.json({ ...asking(c, demanded, now), passkey_options });
};

const PasskeyLogin = z.object({ challenge, passkey });

export const signInWithPasskey = takingJson(PasskeyLogin, async (c, form) => {
  const completion = completionOf(c, form.challenge, givenFactor({ passkey: form.passkey }).given as never);
  return answerSignIn(c, await signInByPasskey(c.get('db'), keysOf(c), relyingParty(c.env), completion), 'passkey');
});

export const beginPasskeyProof = async (c: Context<AppEnv>) => {
  const { passkeyOptions } = await import('../../accounts/factors/webauthn.ts');
  const { userId, sessionId } = c.get('token');
  const [site, now] = [relyingParty(c.env), new Date()];
  const { id, text, expiresAt } = newChallenge(tokenKeys(c.env), 'passkey-proof', [userId, sessionId], now);
  const passkey_options = await passkeyOptions(site, await knownPasskeys(c.get('db'), userId, site.id), id);
  return c.json({ challenge: text, expires_in: secondsUntil(expiresAt, now), passkey_options });
};
