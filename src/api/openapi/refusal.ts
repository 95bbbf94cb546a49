import { Hono } from 'hono';
import type { AppEnv } from '../http/env.ts';
import { AppError, type ErrorCode } from '../http/error.ts';
import { refuse } from '../http/refusals.ts';
import { codedBody, unsupportedType } from '../http/validate.ts';
import { WHEN } from './error.ts';
import { type HeaderName, headersOf, type Presence } from './header.ts';
import type { JsonSchema } from './schema.ts';

// What a middleware sends along with these.
const HEADERS: Partial<Record<ErrorCode, Record<string, string>>> = {
  RATE_LIMIT_EXCEEDED: { 'Retry-After': '60' },
  METHOD_NOT_ALLOWED: { Allow: 'GET, HEAD' },
};

/** One way in which a request is refused: the name of its example, the refusal itself, and when it is told. */
export type Refusal = { name: string; when: string; error: AppError; isPlain: boolean };

/** The refusal that a code stands for; or another sentence, other data or other headers of the same code. */
export const refusal = (
  code: ErrorCode,
  options: {
    name?: string;
    when?: string;
    message?: string;
    data?: Record<string, unknown>;
    headers?: Record<string, string>;
  } = {},
): Refusal => ({
  name: options.name ?? code,
  when: options.when ?? WHEN[code],
  error: new AppError(code, { headers: HEADERS[code] ?? {}, ...options }),
  isPlain: Object.keys(options).length === 0,
});

/** What a path that takes bodies of these types, if any, says of one that is of another type, or coded. */
export const typeRefusals = (method: string, types: readonly string[]): Refusal[] => {
  if (types.length === 0) return [];
  const [wrongType, coded] = [unsupportedType(method, types), codedBody(method, types)];
  return [
    refusal(wrongType.code, { message: wrongType.message, headers: wrongType.headers }),
    refusal(coded.code, {
      name: 'CODED_BODY',
      when: 'The body has a content coding, such as gzip.',
      message: coded.message,
      headers: coded.headers,
    }),
  ];
};

type Body = { status_code: number; code?: ErrorCode; data: object };
type Told = { name: string; isPlain: boolean; whens: string[]; status: number; headers: HeaderName[]; body: Body };

const HEADER_IDS: Record<string, HeaderName> = {
  'retry-after': 'RetryAfter',
  'www-authenticate': 'WwwAuthenticate',
  allow: 'Allow',
  'accept-post': 'AcceptPost',
  'accept-patch': 'AcceptPatch',
  'accept-encoding': 'AcceptEncoding',
  'set-cookie': 'ClearedCookie',
};

/** What a client is told, to the letter: the app's own code refuses. */
const tell = async (path: string, { name, isPlain, when, error }: Refusal): Promise<Told> => {
  const answer = await new Hono<AppEnv>().all('*', (c) => refuse(c, error)).request(path);
  const headers = [...answer.headers.keys()].flatMap((header) => HEADER_IDS[header] ?? []);
  return { name, isPlain, whens: [when], status: answer.status, headers, body: await answer.json() };
};

/** The refusals with one body told as one: the administrator's routes do not say more. */
const distinct = (told: readonly Told[]): Told[] => {
  const byBody = new Map<string, Told>();
  for (const one of told) {
    const body = JSON.stringify(one.body);
    const known = byBody.get(body);
    byBody.set(body, known ? { ...known, whens: [...new Set([...known.whens, ...one.whens])] } : one);
  }
  return [...byBody.values()];
};

const schemaName = ({ code, data }: Body): string => {
  if (code === undefined) return 'AdminError';
  if ('errors' in data) return 'ValidationError';
  if ('oldest' in data) return 'EventsExpiredError';
  return 'retry_after_seconds' in data ? 'AccountLockedError' : 'Error';
};

/** The schema of a status: the shape of its bodies, narrowed to the codes that it can have. */
const schemaOf = (told: readonly Told[]): JsonSchema => {
  const byShape = Map.groupBy(told, ({ body }) => schemaName(body));
  const shapes = [...byShape].map(([shape, ofShape]) => {
    const codes = [...new Set(ofShape.flatMap(({ body }) => body.code ?? []))];
    const properties = {
      status_code: { const: ofShape[0]?.status },
      ...(codes.length > 0 ? { code: { enum: codes } } : {}),
    };
    return { allOf: [{ $ref: `#/components/schemas/${shape}` }, { properties }] };
  });
  const [only, ...others] = shapes;
  return only && others.length === 0 ? only : { oneOf: shapes };
};

const descriptionOf = (told: readonly Told[]): string => {
  const lines = told.flatMap(({ body, whens }) =>
    whens.map((when) => (body.code === undefined ? when : `\`${body.code}\`: ${when}`)),
  );
  return lines.length === 1 ? (told[0]?.whens[0] ?? '') : lines.map((line) => `- ${line}`).join('\n');
};

const exampleName = ({ name, body }: Told): string => (body.code === undefined ? `ADMIN_${name}` : name);

const exampleOf = (told: Told): object =>
  told.isPlain ? { $ref: `#/components/examples/${exampleName(told)}` } : { value: told.body };

const presenceIn = (told: readonly Told[]): Partial<Record<HeaderName, Presence>> =>
  Object.fromEntries(
    told
      .flatMap(({ headers }) => headers)
      .map((header) => [header, told.every(({ headers }) => headers.includes(header)) ? 'always' : 'sometimes']),
  );

type Response = { description: string; headers: object; content: object };

const responseOf = (told: readonly Told[]): Response => ({
  description: descriptionOf(told),
  headers: headersOf(presenceIn(told)),
  content: {
    'application/json': {
      schema: schemaOf(told),
      examples: Object.fromEntries(told.map((one) => [one.name, exampleOf(one)])),
    },
  },
});

const CODES = Object.keys(WHEN);

/** The responses of the refusals that a path can tell, by status; the codes in their one order. */
export const refusalResponses = async (
  path: string,
  refusals: readonly Refusal[],
): Promise<Record<number, Response>> => {
  const inOrder = refusals.toSorted((a, b) => CODES.indexOf(a.error.code) - CODES.indexOf(b.error.code));
  const told = distinct(await Promise.all(inOrder.map((refusal) => tell(path, refusal))));
  return Object.fromEntries([...Map.groupBy(told, ({ status }) => status)].map(([code, of]) => [code, responseOf(of)]));
};

/** Refusals that operations share: the status, and everything that leads to it somewhere. */
const SHARED: Record<string, [status: number, refusals: readonly (ErrorCode | Refusal)[]]> = {
  Unauthorized: [401, ['INVALID_CREDENTIALS', 'TOKEN_REVOKED', 'ACCOUNT_DELETED', 'ACCOUNT_DEACTIVATED']],
  AccountOutOfUse: [403, ['ACCOUNT_DELETED', 'ACCOUNT_DEACTIVATED', 'HTTPS_REQUIRED']],
  Forbidden: [403, ['FORBIDDEN', 'SECOND_FACTOR_REQUIRED', 'HTTPS_REQUIRED']],
  HttpsRequired: [403, ['HTTPS_REQUIRED']],
  NotFound: [404, ['NOT_FOUND']],
  MethodNotAllowed: [405, ['METHOD_NOT_ALLOWED']],
  RequestTimeout: [408, ['REQUEST_TIMEOUT']],
  PayloadTooLarge: [413, ['PAYLOAD_TOO_LARGE']],
  UnsupportedMediaType: [415, typeRefusals('POST', ['application/json'])],
  RateLimited: [429, ['RATE_LIMIT_EXCEEDED']],
  InternalServerError: [500, ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE']],
  ServiceUnavailable: [503, ['SERVICE_UNAVAILABLE']],
};

// The administrator's routes tell of a refusal in a form of their own; any path of either kind stands for it.
const PLACES = { '': '/', Admin: '/api/v1/users' };

/** The responses and examples among the document's components: what the two kinds of routes tell of each plain refusal. */
export const refusalComponents = async () => {
  const responses: Record<string, Response> = {};
  const examples: Record<string, { value: Body }> = {};
  for (const [prefix, path] of Object.entries(PLACES)) {
    for (const code of Object.keys(WHEN) as ErrorCode[]) {
      const told = await tell(path, refusal(code));
      examples[exampleName(told)] = { value: told.body };
    }
    for (const [name, [status, refusals]] of Object.entries(SHARED)) {
      const response = (
        await refusalResponses(
          path,
          refusals.map((one) => (typeof one === 'string' ? refusal(one) : one)),
        )
      )[status];
      if (response) responses[prefix + name] = response;
    }
  }
  return { responses, examples };
};
