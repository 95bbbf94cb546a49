import { zValidator } from '@hono/zod-validator';
import type { Context, ValidationTargets } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type * as z from 'zod';
import { AppError, type FieldError } from '../error.ts';

/** What a middleware validates: where it lies in the request, of what media type it is if it is a body, and its schema. */
export type ValidatedInput = { target: keyof ValidationTargets; mediaType?: string; schema: z.ZodType };

const INPUTS = Symbol('validated inputs');

/** Notes on a middleware what it validates, so that the API's document is made of the very schemas that decide. */
export const noteInputs = <Middleware extends object>(
  middleware: Middleware,
  inputs: readonly ValidatedInput[],
): Middleware => Object.assign(middleware, { [INPUTS]: inputs });

/** What a handler of the app validates; nothing, where it is no validator. */
export const inputsOf = (handler: object): readonly ValidatedInput[] =>
  (handler as { [INPUTS]?: readonly ValidatedInput[] })[INPUTS] ?? [];

/** The code of a schema's issue that names a language, so that the answer has a code of its own. */
export const INVALID_LANGUAGE = { params: { code: 'INVALID_LANGUAGE_CODE' } } as const;

export type Issue = { path: readonly PropertyKey[]; message: string; params?: Record<string, unknown> | undefined };

const WHERE: Partial<Record<keyof ValidationTargets, string>> = { json: 'body', form: 'body', param: 'path' };

/** Turns a schema's issues into the refusal that names every field that is wrong, as the client wrote it. */
export const validationError = (target: keyof ValidationTargets, issues: readonly Issue[]): AppError => {
  const place = WHERE[target] ?? target;
  const errors: FieldError[] = issues.map(({ path, message }) => ({ field: [place, ...path].join('.'), message }));
  const isLanguage = issues.some(({ params }) => params?.['code'] === INVALID_LANGUAGE.params.code);
  return new AppError(isLanguage ? 'INVALID_LANGUAGE_CODE' : 'VALIDATION_ERROR', { data: { errors } });
};

/** Validates the path, the query or a form against a schema; a value that does not fit is refused before the handler runs. */
export const validate = <Target extends keyof ValidationTargets, Schema extends z.ZodType>(
  target: Target,
  schema: Schema,
) => {
  const validator = zValidator(target, schema, (result) => {
    if (!result.success) throw validationError(target, result.error.issues as readonly Issue[]);
  });
  return noteInputs(validator, [{ target, schema }]);
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

const JSON_MAX_BYTES = 64 * 1024;

const limitLength = bodyLimit({
  maxSize: JSON_MAX_BYTES,
  onError: () => {
    throw new AppError('PAYLOAD_TOO_LARGE');
  },
});

/**
 * Validates a JSON body. The type is refused first (without it the validator would see an empty object), then the
 * length, while reading. Where it stands behind `authenticate`, a stranger hears nothing of the body.
 */
export const validateJson = <Schema extends z.ZodType>(schema: Schema) => {
  const validator = validate('json', schema);
  const guarded: typeof validator = async (c, next) => {
    if (!isOfType(c, 'application/json')) throw new AppError('UNSUPPORTED_MEDIA_TYPE');
    await limitLength(c, async () => undefined);
    return validator(c, next);
  };
  return noteInputs(guarded, [{ target: 'json', mediaType: 'application/json', schema }]);
};
