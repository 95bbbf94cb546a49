import * as z from 'zod';
import { described } from '../openapi/described.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import { CHALLENGE, PASSKEY_OPTIONS, PasskeyOptions, RECOVERY_CODE, USED_PASSKEY } from '../openapi/webauthn.ts';
import { secondFactors } from './second-factors.ts';
import { accessToken, LoginResponse } from './sessions.openapi.ts';

const PasskeyChallenge = component(
  'PasskeyChallenge',
  z
    .strictObject({
      challenge: z.string().meta({ description: 'Is handed back with what the browser answers.' }),
      expires_in: z.int().min(1).meta({ description: 'For how many seconds it can be used.' }),
      passkey_options: PasskeyOptions,
    })
    .meta({ description: 'A question that a passkey answers.' }),
);

const asked = { challenge: CHALLENGE, expires_in: 300, passkey_options: PASSKEY_OPTIONS };

const signedIn = {
  description: 'The session is open.',
  headers: { RefreshCookie: 'always' as const },
  schema: LoginResponse,
  examples: { signedIn: { value: { ...accessToken, user_id: 1 } } },
  links: {
    getProfile: { operationId: 'getProfile', description: 'With the access token.' },
    refreshToken: { operationId: 'refreshToken', description: 'With the cookie, before the token runs out.' },
  },
};

const passkeyProperties = {
  challenge: { description: 'The challenge that was answered.' },
  passkey: { description: 'What the browser answers, as `PublicKeyCredential.toJSON` makes it.' },
};

const REFUSALS = [
  'CHALLENGE_EXPIRED',
  'INVALID_SECOND_FACTOR',
  'ACCOUNT_DELETED',
  'ACCOUNT_DEACTIVATED',
  'EMAIL_NOT_VERIFIED',
  'SERVICE_UNAVAILABLE',
] as const;

/** Signing in with a second factor, or with a passkey alone. */
export const describedSecondFactors = described(secondFactors, {
  'POST /login/second-factor': {
    operationId: 'completeLogIn',
    audience: 'anybody',
    exceptions: {
      unverified: 'EMAIL_NOT_VERIFIED',
      deactivated: 'ACCOUNT_DEACTIVATED',
      deleted: 'ACCOUNT_DELETED',
      erased: 'CHALLENGE_EXPIRED',
    },
    tag: 'Sessions',
    summary: 'Complete a sign-in',
    description:
      'Completes a sign-in that asked for a second factor, in the browser that began it: with the code of an authenticator app, a recovery code, or a passkey. Each code and each challenge works once. Guesses are slowed like those at a password, and counted apart from them.',
    bodies: {
      'application/json': {
        name: 'LoginCompletion',
        properties: {
          ...passkeyProperties,
          code: { description: 'The code that the app shows: six digits.', examples: ['492039'] },
          recovery_code: { description: 'A recovery code, however it is typed.', examples: [RECOVERY_CODE] },
        },
        examples: {
          code: { value: { challenge: CHALLENGE, code: '492039' } },
          recoveryCode: { value: { challenge: CHALLENGE, recovery_code: RECOVERY_CODE } },
          passkey: { value: { challenge: CHALLENGE, passkey: USED_PASSKEY } },
        },
      },
    },
    wrong: { json: [{ challenge: CHALLENGE }] },
    answers: { 200: signedIn },
    refusals: [
      ...REFUSALS,
      refusal('ACCOUNT_LOCKED', { data: { retry_after_seconds: 900 }, headers: { 'Retry-After': '900' } }),
    ],
  },

  'POST /login/passkey-options': {
    operationId: 'beginPasskeyLogIn',
    audience: 'anybody',
    tag: 'Sessions',
    summary: 'Begin to sign in with a passkey',
    description:
      'Answers what a browser asks for any passkey of this site by, and sets the cookie that binds the challenge to it. Nobody is named, and nothing is stored. There is no body.',
    answers: {
      200: {
        description: 'A passkey can be used.',
        headers: { ChallengeCookie: 'always' },
        schema: PasskeyChallenge,
        examples: { asked: { value: asked } },
        links: { logInWithPasskey: { operationId: 'logInWithPasskey', description: 'Signs in with it.' } },
      },
    },
  },

  'POST /login/passkey': {
    operationId: 'logInWithPasskey',
    audience: 'anybody',
    exceptions: {
      unverified: 'EMAIL_NOT_VERIFIED',
      deactivated: 'ACCOUNT_DEACTIVATED',
      deleted: 'ACCOUNT_DELETED',
      erased: 'INVALID_SECOND_FACTOR',
    },
    tag: 'Sessions',
    summary: 'Sign in with a passkey',
    description:
      'Opens a session by a passkey alone, which its device has unlocked for its user, in the browser that asked for the challenge. No password is needed.',
    bodies: {
      'application/json': {
        name: 'PasskeyLogin',
        properties: passkeyProperties,
        examples: { used: { value: { challenge: CHALLENGE, passkey: USED_PASSKEY } } },
      },
    },
    wrong: { json: [{ challenge: CHALLENGE }] },
    answers: { 200: signedIn },
    refusals: [...REFUSALS],
  },

  'POST /prove/passkey-options': {
    operationId: 'beginPasskeyProof',
    audience: 'user',
    tag: 'Sessions',
    summary: 'Begin to prove with a passkey who one is',
    description: 'Answers what a browser asks for one of the own passkeys by. Nothing is stored. There is no body.',
    answers: {
      200: {
        description: 'A passkey can be used.',
        schema: PasskeyChallenge,
        examples: { asked: { value: asked } },
        links: { prove: { operationId: 'prove', description: 'Takes what the browser answers.' } },
      },
    },
  },
});
