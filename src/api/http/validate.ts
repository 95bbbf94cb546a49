import { zValidator } from '@hono/zod-validator';
import type { Context, Handler, MiddlewareHandler, TypedResponse, ValidationTargets } from 'hono';
import { matchedRoutes } from 'hono/route';
import type * as z from 'zod/mini';
import { INVALID_LANGUAGE } from '../wire/fields.ts';
import { type BodyLimits, readBody } from './body.ts';
import type { AppEnv } from './env.ts';
import { AppError, type FieldError } from './error.ts';

/** What a middleware validates: where it lies in the request, of what media type it is if it is a body, and its schema. */
export type ValidatedInput = { target: keyof ValidationTargets; mediaType?: string; schema: z.ZodMiniType };

const INPUTS = Symbol('validated inputs');

/** Notes on a middleware what it validates, so that the API's document is made of the very schemas that decide. */
export const noteInputs = <Middleware extends object>(
  middleware: Middleware,
  inputs: readonly ValidatedInput[],
): Middleware => Object.assign(middleware, { [INPUTS]: inputs });

/** What a handler of the app validates; nothing, where it is no validator. */
export const inputsOf = (handler: object): readonly ValidatedInput[] =>
  (handler as { [INPUTS]?: readonly ValidatedInput[] })[INPUTS] ?? [];

export type Issue = { path: readonly PropertyKey[]; message: string; params?: Record<string, unknown> | undefined };

const WHERE: Partial<Record<keyof ValidationTargets, string>> = { json: 'body', form: 'body', param: 'path' };

/** Turns a schema's issues into the refusal that names every field that is wrong, as the client wrote it. */
export const validationError = (target: keyof ValidationTargets, issues: readonly Issue[]): AppError => {
  const place = WHERE[target] ?? target;
  const errors: FieldError[] = issues.map(({ path, message }) => ({ field: [place, ...path].join('.'), message }));
  const isLanguage = issues.some(({ params }) => params?.['code'] === INVALID_LANGUAGE.params.code);
  return new AppError(isLanguage ? 'INVALID_LANGUAGE_CODE' : 'VALIDATION_ERROR', { data: { errors } });
};

export type Validator<Target extends keyof ValidationTargets, Schema extends z.ZodMiniType> = MiddlewareHandler<
  AppEnv,
  string,
  { in: { [Where in Target]: z.input<Schema> }; out: { [Where in Target]: z.output<Schema> } }
>;

/** Validates what `read` takes from a request; what does not fit is refused before the handler runs. */
export const validate = <Target extends keyof ValidationTargets, Schema extends z.ZodMiniType>(
  input: ValidatedInput & { target: Target; schema: Schema },
  read: (c: Context) => unknown,
): Validator<Target, Schema> =>
  noteInputs(
    async (c, next) => {
      const result = input.schema.safeParse(await read(c));
      if (!result.success) throw validationError(input.target, result.error.issues as readonly Issue[]);
      c.req.addValidatedData(input.target, result.data as object);
      return next();
    },
    [input],
  );

/** The values of a query of these names. What cannot be decoded stands for nothing (U+FFFD). */
const valuesIn = (url: string, names: readonly string[]): Record<string, string[]> => {
  const query = new URL(url).searchParams;
  // Others may stand there by the thousand: nobody looks at them.
  return Object.fromEntries(names.filter((name) => query.has(name)).map((name) => [name, query.getAll(name)]));
};

/** Validates the query against a schema. */
export const validateQuery = <Schema extends z.ZodMiniObject>(schema: Schema): Validator<'query', Schema> => {
  const check = zValidator('query', schema, (result) => {
    if (!result.success) throw validationError('query', result.error.issues as readonly Issue[]);
  }) as MiddlewareHandler<AppEnv>;
  const names = Object.keys(schema.shape);
  return noteInputs(
    (c, next) => {
      // The platform reads it: Hono tries what is undecodable piece by piece.
      c.req.queries = (() => valuesIn(c.req.url, names)) as typeof c.req.queries;
      return check(c, next);
    },
    [{ target: 'query', schema }],
  );
};

const mediaType = (c: Context): string =>
  (c.req.header('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Whether a request carries a body. Over HTTP/2 it need not say how long, so a missing length tells nothing. */
const hasBody = (c: Context): boolean => c.req.raw.body !== null && c.req.header('Content-Length') !== '0';

/** Whether the body is of that media type; no body at all passes as an empty object of any type. */
export const isOfType = (c: Context, type: string): boolean => {
  const given = mediaType(c);
  return given === type || (given === '' && !hasBody(c));
};

/** Where a method's answer names the types that a path takes (RFC 5789 §3.1; Accept-Post of LDP 1.0, §7.1). */
const ACCEPT: Record<string, string> = { PATCH: 'Accept-Patch', POST: 'Accept-Post' };

const acceptHeaders = (method: string, types: readonly string[]): Record<string, string> =>
  ACCEPT[method] ? { [ACCEPT[method]]: types.join(', ') } : {};

/** The refusal of a body that is of none of the types that a path takes. */
export const unsupportedType = (method: string, types: readonly string[]): AppError =>
  new AppError('UNSUPPORTED_MEDIA_TYPE', {
    message: `The request body must be ${types.join(' or ')}.`,
    headers: acceptHeaders(method, types),
  });

/** The refusal of a body with a content coding, such as gzip. `Accept-Encoding` tells it from one of a wrong type (RFC 9110 §12.5.3). */
export const codedBody = (method: string, types: readonly string[]): AppError =>
  new AppError('UNSUPPORTED_MEDIA_TYPE', {
    message: 'The request body must not be compressed or encoded otherwise (Content-Encoding).',
    headers: { ...acceptHeaders(method, types), 'Accept-Encoding': 'identity' },
  });

const isCoded = (c: Context): boolean =>
  /[^\s,]/.test((c.req.header('Content-Encoding') ?? '').replace(/\bidentity\b/gi, ''));

/** The types of body that the request's route takes, as its validators note them. */
const typesTaken = (c: Context): string[] =>
  matchedRoutes(c)
    .flatMap(({ handler }) => inputsOf(handler))
    .flatMap(({ mediaType }) => mediaType ?? []);

/**
 * The one way to a body: its type and coding are refused first, then its length and its slowness, while reading. Where
 * it stands behind the check of who calls, a stranger hears nothing of the body.
 */
export const bodyOf = async (c: Context, type: string, limits: BodyLimits): Promise<Uint8Array<ArrayBuffer>> => {
  if (!isOfType(c, type)) throw unsupportedType(c.req.method, typesTaken(c));
  if (isCoded(c)) throw codedBody(c.req.method, typesTaken(c));
  return readBody(c.req.raw, limits);
};

const JSON_LIMITS: BodyLimits = { maxBytes: 64 * 1024, tooLarge: 'PAYLOAD_TOO_LARGE', unreadable: 'MALFORMED_JSON' };

// A parser takes its time for brackets within brackets, and may set a limit (RFC 8259 §9). Nothing here is three levels deep.
const MOST_LEVELS = 1000;

/** Whether a JSON text goes deeper than that. What stands in quotes counts for nothing. */
const isTooDeep = (bytes: Uint8Array): boolean => {
  let levels = 0;
  let isQuoted = false;
  for (let at = 0; at < bytes.length && levels <= MOST_LEVELS; at += 1) {
    const sign = String.fromCharCode(bytes[at] ?? 0);
    if (sign === '\\') at += 1;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (sign === '[' || sign === '{')) levels += 1;
    else if (!isQuoted && (sign === ']' || sign === '}')) levels -= 1;
  }
  return levels > MOST_LEVELS;
};

/**
 * The object that a JSON body is; no body at all is an empty one. What is no object is refused as a whole, whatever the
 * schema, and so are bytes that are no UTF-8 (RFC 8259 §8.1): two passwords must not become one by what a decoder puts in.
 */
const readJson = async (c: Context): Promise<object> => {
  const bytes = await bodyOf(c, 'application/json', JSON_LIMITS);
  if (mediaType(c) === '') return {};
  if (isTooDeep(bytes)) throw new AppError('MALFORMED_JSON');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new AppError('MALFORMED_JSON', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw validationError('json', [{ path: [], message: 'must be an object' }]);
};

/** Validates a JSON body of at most 64 KiB against a schema. */
export const validateJson = <Schema extends z.ZodMiniType>(schema: Schema): Validator<'json', Schema> =>
  validate({ target: 'json', mediaType: 'application/json', schema }, readJson);

/** A handler that takes a JSON body, and validates it itself: one that is loaded by need brings its schema along. */
export const takingJson = <Schema extends z.ZodMiniType, Answer extends Response | TypedResponse>(
  schema: Schema,
  handle: (c: Context<AppEnv>, form: z.output<Schema>) => Promise<Answer>,
): Handler<AppEnv, string, { in: { json: z.input<Schema> }; out: { json: z.output<Schema> } }, Promise<Answer>> => {
  const validator = validateJson(schema);
  return noteInputs(async (c) => {
    await validator(c, async () => undefined);
    return handle(c, c.req.valid('json'));
  }, inputsOf(validator));
};

/** The same of the query. */
export const takingQuery = <Schema extends z.ZodMiniObject, Answer extends Response | TypedResponse>(
  schema: Schema,
  handle: (c: Context<AppEnv>, query: z.output<Schema>) => Promise<Answer>,
): Handler<AppEnv, string, { in: { query: z.input<Schema> }; out: { query: z.output<Schema> } }, Promise<Answer>> => {
  const validator = validateQuery(schema);
  return noteInputs(async (c) => {
    await validator(c, async () => undefined);
    return handle(c, c.req.valid('query'));
  }, inputsOf(validator));
};
