import packageJson from '../../../package.json' with { type: 'json' };
import { ACCESS_TOKEN_LIFETIME_S } from '../../accounts/tokens/access-token.ts';
import { REFRESH_COOKIE } from '../http/cookies.ts';
import { limitOf } from '../http/rate-limit.ts';

const CONVENTIONS = `Sign-up, sign-in, sessions, profiles and their administration.

## Requests and answers

Paths are strict: a slash at the end makes another path. Bodies are JSON in UTF-8, of at most 64 KiB; a profile's picture comes as a form, of at most 20 parts and 64 KiB of text beside the picture. A body has no content coding and arrives within 30 seconds. Keys that nobody knows are ignored. Times are \`YYYY-MM-DDTHH:MM:SSZ\`, in UTC. Lengths count Unicode code points. Ids of users are integers and never given twice; where a request names one, the number and the same digits in a string are the same id. \`GET\` paths take \`HEAD\` too.

Every answer carries \`X-Request-Id\`. What is said about accounts is \`Cache-Control: no-store\`.

## Errors

Every error has one shape: \`status\` ("error"), \`status_code\`, \`code\` for programs, \`message\` for people, and \`data\`. A request with wrong fields is answered with \`VALIDATION_ERROR\`, and \`data.errors\` names every one of them; if a language is among them, the code is \`INVALID_LANGUAGE_CODE\`. The administrator's routes leave \`code\` out, and \`data\` is always empty there.

A path that is not in this document is 404 \`NOT_FOUND\`, and a known path with another method 405 \`METHOD_NOT_ALLOWED\`, with the methods that it takes in \`Allow\`. A body of a type that a path does not take is 415 \`UNSUPPORTED_MEDIA_TYPE\`, with those that it takes in \`Accept-Post\` or \`Accept-Patch\`. Where a part of the platform does not answer, the status is 503 and \`Retry-After\` says when to try again; the administrator's routes say 500.

## Who calls

An access token lives for ${ACCESS_TOKEN_LIFETIME_S / 60} minutes and goes into \`Authorization: Bearer …\`. It is a JWT (RFC 9068), signed with Ed25519; its keys are at \`/.well-known/jwks.json\`. Session and account are looked up at each request, so an end of either holds at the very next one.

The refresh token lies in the cookie \`${REFRESH_COOKIE}\`, which only \`/api/v1/auth\` is sent and no script reads. It lives for 7 days and is replaced at each use, for 90 days at most since the sign-in. A second cookie, \`__Secure-device\`, marks a browser that has signed in before, so that a stranger's failures do not lock it out.

A page of another origin may call with credentials if the operator has allowed its origin, and read \`Content-Disposition\`, \`Retry-After\` and \`X-Request-Id\` of the answers.

## Limits

One client (an IPv4 address, or an IPv6 network of 64 bits) may send ${limitOf('/').limit} requests a minute, and fewer to some paths, which say so. A service has as many for itself, from wherever it asks. Beyond that the answer is 429, with \`Retry-After\`.`;

export const INFO = {
  title: 'edge-accounts',
  version: packageJson.version,
  summary: packageJson.description,
  description: CONVENTIONS,
  license: { name: packageJson.license, identifier: packageJson.license },
};

/** What the operations are sorted by, in the order in which an account lives. */
const TAG_DESCRIPTIONS = {
  'Sign-up': "Opening an account and proving that its address is one's own.",
  Sessions: 'Signing in, staying signed in, and signing out; on this device and on others.',
  'Second factors': 'Passkeys, authenticator apps, and recovery codes for when they are lost.',
  Passwords: 'Forgotten and changed passwords.',
  Profile: 'What a user sees and changes of the own account.',
  Account: "Taking one's data along, and leaving.",
  Administration:
    'Finding, making, suspending and reactivating accounts, and helping their users back in. Only for users whose role is `admin`, which is read at each request. Errors have four keys here and no code.',
  Operations:
    'How the service is: mails that failed, other services, erasures and numbers. Only for administrators, with their errors.',
  Services:
    'For other programs of the operator, each with a token of its own: looking people up, hearing what happened, and confirming what was done about it.',
  Pictures: 'What profiles show, for everybody who knows the address.',
  Platform: 'What machines and developers ask.',
};

export type Tag = keyof typeof TAG_DESCRIPTIONS;

export const TAGS = Object.entries(TAG_DESCRIPTIONS).map(([name, description]) => ({ name, description }));

export const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token of a login or a refresh.',
  },
  serviceToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The token of a service, which the operator makes by script. It opens the routes of services and no other.',
  },
  refreshCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: REFRESH_COOKIE,
    description: 'The refresh token. A browser keeps it and sends it by itself.',
  },
};
