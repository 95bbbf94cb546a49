import * as z from 'zod';
import { ACCESS_TOKEN_LIFETIME_S } from '../../accounts/tokens/access-token.ts';
import { done } from '../openapi/answer.ts';
import { described } from '../openapi/described.ts';
import { time, userId } from '../openapi/fields.ts';
import { HEADERS } from '../openapi/header.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import { CHALLENGE, ONE_OF_THESE, PasskeyOptions } from '../openapi/webauthn.ts';
import type { ListedSession } from '../wire/session.ts';
import { ownSessions, sessions } from './sessions.ts';

const ACCESS_TOKEN =
  'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxIiwic2lkIjoiWGIya1E5dk4zbVQ3clkxd0xjRTVoQSJ9.…';
const SESSION_ID = 'Xb2kQ9vN3mT7rY1wLcE5hA';

const AccessTokenResponse = component(
  'AccessTokenResponse',
  z
    .strictObject({
      access_token: z.string().meta({ description: 'A JWT of RFC 9068.' }),
      token_type: z.literal('bearer'),
      expires_in: z.literal(ACCESS_TOKEN_LIFETIME_S).meta({ description: 'For how many seconds the token is good.' }),
    })
    .meta({ description: 'An access token, in the terms of RFC 6749.' }),
);

export const LoginResponse = component(
  'LoginResponse',
  AccessTokenResponse.extend({ user_id: userId }).meta({ description: 'An access token, and whose it is.' }),
);

const SecondFactorRequired = component(
  'SecondFactorRequired',
  z
    .strictObject({
      status: z.literal('second_factor_required'),
      challenge: z.string().meta({ description: 'Is handed back with the second factor.' }),
      expires_in: z.int().min(1).meta({ description: 'For how many seconds it can be used.' }),
      factors: z
        .array(z.enum(['passkey', 'authenticator', 'recovery_code']))
        .meta({ description: 'By what it can be answered.' }),
      passkey_options: PasskeyOptions.optional(),
    })
    .meta({ description: 'The password was right, and a second factor is asked for.' }),
);

const SessionResponse = component(
  'SessionResponse',
  z
    .strictObject({
      id: z.string().meta({ description: 'The id of the session.' }),
      created_at: time('When the user signed in.'),
      last_used_at: time('When an access token was issued last.'),
      user_agent: z
        .string()
        .max(255)
        .nullable()
        .meta({ description: 'What the browser called itself at the sign-in.' }),
      current: z.boolean().meta({ description: 'Whether it is the session that asks.' }),
    })
    .meta({ description: 'A session that lives.' }),
) satisfies z.ZodType<ListedSession>;

const SessionsResponse = component(
  'SessionsResponse',
  z
    .strictObject({
      sessions: z.array(SessionResponse).meta({ description: 'The one that was used last comes first.' }),
    })
    .meta({ description: 'The sessions of a user.' }),
);

export const accessToken = { access_token: ACCESS_TOKEN, token_type: 'bearer', expires_in: ACCESS_TOKEN_LIFETIME_S };

const clearing = { headers: { 'Set-Cookie': HEADERS.ClearedCookie.example } };

/** Opening, renewing and ending a session. */
export const describedSessions = described(sessions, {
  'POST /login': {
    operationId: 'logIn',
    audience: 'anybody',
    exceptions: {
      unverified: 'EMAIL_NOT_VERIFIED',
      deactivated: 'ACCOUNT_DEACTIVATED',
      deleted: 'ACCOUNT_DELETED',
      erased: 'INVALID_CREDENTIALS',
    },
    tag: 'Sessions',
    summary: 'Sign in',
    description:
      'Opens a session: the answer holds an access token, and sets the refresh cookie and one that marks the browser. Where the account has a second factor, the answer is a challenge instead, which this browser hands back with it within five minutes. A session that the browser had ends. What state the account is in is said after the right password only. Unknown addresses are answered like wrong passwords.',
    bodies: {
      'application/json': {
        name: 'Login',
        examples: { credentials: { value: { email: 'ada@example.com', password: 'correct horse battery staple' } } },
      },
    },
    wrong: { json: [{ email: 'ada@example.com' }] },
    answers: {
      200: {
        description: 'The session is open; or, for an account with a second factor, that is asked for.',
        headers: { LoginCookie: 'always' },
        schema: z.union([LoginResponse, SecondFactorRequired]),
        examples: {
          signedIn: { value: { ...accessToken, user_id: 1 } },
          secondFactor: {
            value: {
              status: 'second_factor_required',
              challenge: CHALLENGE,
              expires_in: 300,
              factors: ['passkey', 'recovery_code'],
              passkey_options: ONE_OF_THESE,
            },
          },
        },
        links: {
          getProfile: { operationId: 'getProfile', description: 'With the access token.' },
          refreshToken: { operationId: 'refreshToken', description: 'With the cookie, before the token runs out.' },
          logOut: { operationId: 'logOut', description: 'With the access token or the cookie.' },
          completeLogIn: { operationId: 'completeLogIn', description: 'With the challenge and the second factor.' },
          getUser: {
            operationId: 'getUser',
            description: 'The same account as administrators see it, if the user is one.',
            parameters: { id: '$response.body#/user_id' },
          },
        },
      },
    },
    refusals: [
      refusal('INVALID_CREDENTIALS', {
        message: 'Invalid email or password.',
        when: 'The address is unknown, or the password is wrong.',
      }),
      'ACCOUNT_DELETED',
      'ACCOUNT_DEACTIVATED',
      'EMAIL_NOT_VERIFIED',
      refusal('ACCOUNT_LOCKED', { data: { retry_after_seconds: 900 }, headers: { 'Retry-After': '900' } }),
      'SERVICE_UNAVAILABLE',
    ],
  },

  'POST /refresh-token': {
    operationId: 'refreshToken',
    audience: 'anybody',
    exceptions: {
      nobody: 'MISSING_REFRESH_TOKEN',
      unverified: 'MISSING_REFRESH_TOKEN',
      deactivated: 'ACCOUNT_DEACTIVATED',
      deleted: 'ACCOUNT_DELETED',
      erased: 'INVALID_REFRESH_TOKEN',
      expired: 'INVALID_REFRESH_TOKEN',
      revoked: 'INVALID_REFRESH_TOKEN',
      'refresh token as bearer': 'MISSING_REFRESH_TOKEN',
      'access token as cookie': 'INVALID_REFRESH_TOKEN',
      service: 'MISSING_REFRESH_TOKEN',
      'another service': 'MISSING_REFRESH_TOKEN',
      'removed service': 'MISSING_REFRESH_TOKEN',
    },
    tag: 'Sessions',
    summary: 'Renew the access token',
    description:
      'Takes the refresh cookie, answers with a new access token and replaces the cookie. A cookie that was replaced within the last 60 seconds is taken for a second tab and gets the same new cookie; an older one ends the session. There is no body.',
    security: ['refreshCookie'],
    answers: {
      200: {
        description: 'The session goes on.',
        headers: { RefreshCookie: 'always' },
        schema: AccessTokenResponse,
        examples: { renewed: { value: accessToken } },
        links: {
          getProfile: { operationId: 'getProfile', description: 'With the new access token.' },
          refreshToken: { operationId: 'refreshToken', description: 'With the new cookie, the next time.' },
        },
      },
    },
    refusals: [
      'MISSING_REFRESH_TOKEN',
      refusal('INVALID_REFRESH_TOKEN', clearing),
      refusal('REFRESH_TOKEN_REUSE', clearing),
      refusal('ACCOUNT_DELETED', clearing),
      refusal('ACCOUNT_DEACTIVATED', clearing),
      'SERVICE_UNAVAILABLE',
    ],
  },

  'POST /logout': {
    operationId: 'logOut',
    audience: 'user',
    exceptions: { expired: 'passes' },
    tag: 'Sessions',
    summary: 'Sign out',
    description:
      'Ends the session that the access token names or, where that has run out, the one that the cookie names. The access token is refused from then on. There is no body.',
    security: ['bearer', 'refreshCookie'],
    answers: {
      200: {
        description: 'The session has ended.',
        headers: { ClearedCookie: 'always', ClearSiteData: 'always' },
        ...done('Successfully logged out.'),
        links: { logIn: { operationId: 'logIn', description: 'Opens another session.' } },
      },
    },
    refusals: [
      refusal('INVALID_CREDENTIALS', {
        when: 'There is neither an access token that holds nor a refresh cookie of ours.',
      }),
      'TOKEN_REVOKED',
      'ACCOUNT_DELETED',
      'ACCOUNT_DEACTIVATED',
      'FORBIDDEN_ORIGIN',
      'SERVICE_UNAVAILABLE',
    ],
  },
});

/** One's own sessions. */
export const describedOwnSessions = described(ownSessions, {
  'GET /': {
    operationId: 'listSessions',
    audience: 'user',
    tag: 'Sessions',
    summary: 'List the own sessions',
    description: 'Lists the sessions of the user that live.',
    answers: {
      200: {
        description: 'The sessions; there is at least the one that asks.',
        schema: SessionsResponse,
        examples: {
          one: {
            value: {
              sessions: [
                {
                  id: SESSION_ID,
                  created_at: '2026-03-14T12:00:00Z',
                  last_used_at: '2026-03-15T08:30:00Z',
                  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
                  current: true,
                },
              ],
            },
          },
        },
        links: {
          endSession: {
            operationId: 'endSession',
            description: 'Ends a session of the list.',
            parameters: { id: '$response.body#/sessions/0/id' },
          },
        },
      },
    },
  },

  'DELETE /:id': {
    operationId: 'endSession',
    audience: 'user',
    exceptions: { 'another user': 'NOT_FOUND' },
    tag: 'Sessions',
    summary: 'End one of the own sessions',
    description: 'Ends a session of the user, on this device or another. Its access token is refused from then on.',
    parameters: {
      id: { description: 'The id of the session.', schema: { type: 'string', examples: [SESSION_ID] } },
    },
    answers: {
      204: {
        description: 'The session has ended. If it is the one that asked, the browser is told to forget it.',
        headers: { ClearedCookie: 'sometimes', ClearSiteData: 'sometimes' },
      },
    },
    refusals: [refusal('NOT_FOUND', { when: 'The user has no such session.' })],
  },
});
