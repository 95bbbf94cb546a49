import { authenticate, identify, identifyAdmin } from '../http/authenticate.ts';
import type { ErrorCode } from '../http/error.ts';
import { FORM_TOO_LARGE, UNKNOWN_ENCODING } from '../http/form.ts';
import { identifyService } from '../http/identify-service.ts';
import { refuseForeignOrigin } from '../http/origin.ts';
import { limitOf } from '../http/rate-limit.ts';
import { isAdminPath } from '../http/refusals.ts';
import { requireAdmin } from '../http/require-admin.ts';
import { type Issue, inputsOf, type ValidatedInput, validationError } from '../http/validate.ts';
import type { Access } from './access.ts';
import { type Answer, answerOf, type Examples } from './answer.ts';
import type { Tag } from './info.ts';
import { pathParameters } from './path.ts';
import { type Refusal, refusal, refusalResponses, typeRefusals } from './refusal.ts';
import { type JsonSchema, querySchema } from './schema.ts';

/** What is told of a parameter; `schema` stands in the place of the validator's, where a query has one. */
export type Parameter = { in?: 'header' | 'query'; description: string; schema?: JsonSchema };

/** What is told of a body: the name of its schema, and of its properties what the fields themselves do not tell. */
export type Body = { name: string; properties?: Record<string, JsonSchema>; encoding?: object; examples: Examples };

/** What is told of an operation beyond what the app's own code tells, and who may call it. */
export type Description = Access & {
  operationId: string;
  tag: Tag;
  summary: string;
  description: string;
  /** Where it is not what the middleware asks for, a bearer token or nothing: each of these alone is enough. */
  security?: readonly ('bearer' | 'serviceToken' | 'refreshCookie')[];
  parameters?: Record<string, Parameter>;
  /** By media type. */
  bodies?: Record<string, Body>;
  /** Inputs that the validators refuse: what they answer is shown. */
  wrong?: Partial<Record<ValidatedInput['target'], readonly object[]>>;
  answers: Record<number, Answer>;
  /** What the handler refuses; what the middleware before it refuses is known. */
  refusals?: readonly (ErrorCode | Refusal)[];
  /** The id of the same operation without a body in the answer, where that is meant to be used. */
  head?: string;
};

/** A route of the app: its path as the document writes it, and the handlers that a request passes. */
export type Route = { method: string; path: string; handlers: readonly object[] };

export const inputsOfRoute = ({ handlers }: Route): ValidatedInput[] => handlers.flatMap(inputsOf);

const CALLER: readonly ErrorCode[] = [
  ...(['INVALID_CREDENTIALS', 'TOKEN_REVOKED', 'ACCOUNT_DELETED', 'ACCOUNT_DEACTIVATED'] as const),
  'SERVICE_UNAVAILABLE',
];

const UNKNOWN_SERVICE = refusal('INVALID_CREDENTIALS', {
  when: 'The token is missing or malformed, was rotated out, or its service has been removed.',
});

const MIDDLEWARE = new Map<object, readonly (ErrorCode | Refusal)[]>([
  [authenticate, CALLER],
  [identify, CALLER],
  [identifyAdmin, [...CALLER, 'FORBIDDEN', 'SECOND_FACTOR_REQUIRED']],
  [requireAdmin, ['FORBIDDEN', 'SECOND_FACTOR_REQUIRED']],
  [identifyService, [UNKNOWN_SERVICE, 'SERVICE_UNAVAILABLE']],
  [refuseForeignOrigin, ['FORBIDDEN_ORIGIN']],
]);

const FORM_REFUSALS: readonly Refusal[] = [
  refusal('PAYLOAD_TOO_LARGE', {
    name: 'FORM_TOO_LARGE',
    when: 'The form has more than 20 parts, or more than 64 KiB of text.',
    message: FORM_TOO_LARGE,
  }),
  refusal('MALFORMED_BODY', {
    name: 'UNKNOWN_ENCODING',
    when: 'A part of the form names a `Content-Transfer-Encoding` other than `base64`, `quoted-printable` and those that change nothing.',
    message: UNKNOWN_ENCODING,
  }),
];

const READERS: Partial<Record<ValidatedInput['target'], readonly (ErrorCode | Refusal)[]>> = {
  json: ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'REQUEST_TIMEOUT'],
  form: ['MALFORMED_BODY', 'FILE_TOO_LARGE', 'REQUEST_TIMEOUT', ...FORM_REFUSALS],
};

const EVERYWHERE: readonly ErrorCode[] = ['HTTPS_REQUIRED', 'RATE_LIMIT_EXCEEDED', 'INTERNAL_SERVER_ERROR'];

const FIRST_FIELD_ONLY = { when: 'Fields are missing or wrong; the message names the first of them.' };

/** The refusal of an input by the very schema that validates it. */
const refusalOf = (path: string, { target, schema }: ValidatedInput, wrong: object): Refusal => {
  const { error } = schema.safeParse(wrong);
  if (!error) throw new Error(`The schema takes ${JSON.stringify(wrong)}, which was meant to be refused.`);
  const { code, data } = validationError(target, error.issues as readonly Issue[]);
  return refusal(code, { data, ...(isAdminPath(path) ? FIRST_FIELD_ONLY : {}) });
};

const refusalsOf = (route: Route, { operationId, wrong = {}, refusals = [] }: Description): Refusal[] => {
  const inputs = inputsOfRoute(route);
  if (inputs.length > 0 && Object.keys(wrong).length === 0) throw new Error(`No input of ${operationId} is wrong.`);
  const codes = [
    ...inputs.flatMap(({ target }) => READERS[target] ?? []),
    ...typeRefusals(
      route.method,
      inputs.flatMap(({ mediaType }) => mediaType ?? []),
    ),
    ...route.handlers.flatMap((handler) => MIDDLEWARE.get(handler) ?? []),
    ...refusals,
    ...EVERYWHERE,
  ];
  return [
    ...inputs.flatMap((input) => (wrong[input.target] ?? []).map((value) => refusalOf(route.path, input, value))),
    ...[...new Set(codes)].map((code) => (typeof code === 'string' ? refusal(code) : code)),
  ];
};

const queryParameters = (route: Route, told: Record<string, Parameter>) =>
  inputsOfRoute(route)
    .filter(({ target }) => target === 'query')
    .map(({ schema }) => querySchema(schema))
    .flatMap(({ properties, required }) =>
      Object.entries(properties).map(([name, schema]) => ({
        name,
        in: 'query',
        required: required.includes(name),
        schema,
        ...told[name],
      })),
    );

const parametersOf = (route: Route, told: Record<string, Parameter>): object[] => {
  const parameters = [
    ...pathParameters(route.path).map((name) => ({ name, in: 'path', required: true, ...told[name] })),
    ...queryParameters(route, told),
    ...Object.entries(told).flatMap(([name, parameter]) => (parameter.in ? { name, ...parameter } : [])),
  ];
  const unknown = Object.keys(told).find((name) => parameters.every((parameter) => parameter.name !== name));
  if (unknown !== undefined) throw new Error(`${route.method} ${route.path} has no parameter ${unknown}.`);
  return parameters;
};

const requestBodyOf = (route: Route, bodies: Record<string, Body>): object => ({
  required: inputsOfRoute(route).some(({ mediaType, schema }) => mediaType && !schema.safeParse({}).success),
  content: Object.fromEntries(
    Object.entries(bodies).map(([mediaType, { name, encoding, examples }]) => [
      mediaType,
      { schema: { $ref: `#/components/schemas/${name}` }, ...(encoding ? { encoding } : {}), examples },
    ]),
  ),
});

const asksForBearer = ({ handlers }: Route): boolean =>
  [authenticate, identify, identifyAdmin].some((middleware) => handlers.includes(middleware));

const securityOf = (route: Route, { security }: Description): object[] => {
  const asked = asksForBearer(route) ? ['bearer'] : route.handlers.includes(identifyService) ? ['serviceToken'] : [];
  return (security ?? asked).map((name) => ({ [name]: [] }));
};

const limitSentence = (path: string): string => {
  const { route, limit } = limitOf(path);
  return route === path ? ` One client may ask ${limit} times a minute.` : '';
};

export type Responses = Record<string, object>;

/** An operation as the document writes it. */
export const operationOf = async (
  route: Route,
  description: Description,
): Promise<{ responses: Responses } & Record<string, unknown>> => {
  const { operationId, tag, summary, parameters = {}, bodies, answers } = description;
  const all = parametersOf(route, parameters);
  const refusals = await refusalResponses(route.path, refusalsOf(route, description));
  return {
    operationId,
    tags: [tag],
    summary,
    description: description.description + limitSentence(route.path),
    security: securityOf(route, description),
    ...(all.length > 0 ? { parameters: all } : {}),
    ...(bodies ? { requestBody: requestBodyOf(route, bodies) } : {}),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)])),
      ...refusals,
    },
  };
};
