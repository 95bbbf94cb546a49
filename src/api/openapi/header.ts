import { CHALLENGE_COOKIE, REFRESH_COOKIE } from '../http/cookies.ts';
import type { JsonSchema } from './schema.ts';

export type Header = { name: string; description: string; schema: JsonSchema; example: unknown };

const COOKIE_ATTRIBUTES = 'Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict';

/** The headers of answers that a client reads or relies on, by their names among the document's components. */
export const HEADERS = {
  RequestId: {
    name: 'X-Request-Id',
    description: 'The id of this request, by which an operator finds it in the log.',
    schema: { type: 'string', format: 'uuid' },
    example: '1f2e0a8c-5b1d-4c57-9f0a-6d8f3b2c4e10',
  },
  RetryAfter: {
    name: 'Retry-After',
    description: 'After how many seconds another try makes sense.',
    schema: { type: 'integer', minimum: 1 },
    example: 60,
  },
  WwwAuthenticate: {
    name: 'WWW-Authenticate',
    description: 'How the API wants to be told who calls.',
    schema: { type: 'string', const: 'Bearer' },
    example: 'Bearer',
  },
  Allow: {
    name: 'Allow',
    description: 'The methods that this path takes.',
    schema: { type: 'string' },
    example: 'GET, HEAD',
  },
  AcceptPost: {
    name: 'Accept-Post',
    description: 'The types of body that this path takes.',
    schema: { type: 'string' },
    example: 'application/json',
  },
  AcceptPatch: {
    name: 'Accept-Patch',
    description: 'The types of body that this path takes.',
    schema: { type: 'string' },
    example: 'application/json, multipart/form-data',
  },
  AcceptEncoding: {
    name: 'Accept-Encoding',
    description: 'Says that the body was refused for its content coding, and not for its type.',
    schema: { type: 'string', const: 'identity' },
    example: 'identity',
  },
  RefreshCookie: {
    name: 'Set-Cookie',
    description: 'The refresh token, which is good for one use within `Max-Age`.',
    schema: { type: 'string', pattern: `^${REFRESH_COOKIE}=[^;]+; Max-Age=\\d+; ${COOKIE_ATTRIBUTES}$` },
    example: `${REFRESH_COOKIE}=1.12345.Xb2k…; Max-Age=604800; ${COOKIE_ATTRIBUTES}`,
  },
  ClearedCookie: {
    name: 'Set-Cookie',
    description: 'Takes the refresh token back.',
    schema: { type: 'string', pattern: `^${REFRESH_COOKIE}=; Max-Age=0; ${COOKIE_ATTRIBUTES}$` },
    example: `${REFRESH_COOKIE}=; Max-Age=0; ${COOKIE_ATTRIBUTES}`,
  },
  ChallengeCookie: {
    name: 'Set-Cookie',
    description: 'Binds the challenge to this browser.',
    schema: { type: 'string', pattern: `^${CHALLENGE_COOKIE}=[^;]+; Max-Age=\\d+; ${COOKIE_ATTRIBUTES}$` },
    example: `${CHALLENGE_COOKIE}=Xb2kQ9vN3mT7rY1wLcE5hA; Max-Age=300; ${COOKIE_ATTRIBUTES}`,
  },
  LoginCookie: {
    name: 'Set-Cookie',
    description:
      'The refresh token, which is good for one use within `Max-Age`; where a second factor is asked for, what binds the challenge to this browser.',
    schema: {
      type: 'string',
      pattern: `^(?:${REFRESH_COOKIE}|${CHALLENGE_COOKIE})=[^;]+; Max-Age=\\d+; ${COOKIE_ATTRIBUTES}$`,
    },
    example: `${REFRESH_COOKIE}=1.12345.Xb2k…; Max-Age=604800; ${COOKIE_ATTRIBUTES}`,
  },
  ClearSiteData: {
    name: 'Clear-Site-Data',
    description: 'Tells a browser to forget what pages of this origin have stored.',
    schema: { type: 'string', const: '"storage"' },
    example: '"storage"',
  },
  ContentDisposition: {
    name: 'Content-Disposition',
    description: 'By which name a browser saves it, and whether it does so unasked.',
    schema: { type: 'string' },
    example: 'attachment; filename="account.json"',
  },
  CacheControl: {
    name: 'Cache-Control',
    description: 'How long the answer may be kept.',
    schema: { type: 'string' },
    example: 'public, max-age=300, must-revalidate',
  },
  ETag: {
    name: 'ETag',
    description: 'Names this state of the file; `If-None-Match` takes it.',
    schema: { type: 'string', pattern: '^(?:W/)?"[^"]*"$' },
    example: '"Xb2kQ9vN3mT7rY1wLcE5hA"',
  },
  AnyOrigin: {
    name: 'Access-Control-Allow-Origin',
    description: 'Pages of every origin may read the answer.',
    schema: { type: 'string', const: '*' },
    example: '*',
  },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof HEADERS;

/** Whether a header is there each time, or in some cases only. */
export type Presence = 'always' | 'sometimes';

/** The headers of an answer as the document writes them; every answer names its request. */
export const headersOf = (headers: Partial<Record<HeaderName, Presence>>): Record<string, object> =>
  Object.fromEntries(
    Object.entries({ RequestId: 'always', ...headers }).map(([id, presence]) => {
      const { name, ...header } = HEADERS[id as HeaderName];
      return [name, presence === 'always' ? { $ref: `#/components/headers/${id}` } : header];
    }),
  );

/** The headers among the document's components. */
export const headerComponents = (): Record<string, object> =>
  Object.fromEntries(
    Object.entries(HEADERS).map(([id, { name: _, description, ...header }]) => [
      id,
      { description, required: true, ...header },
    ]),
  );
