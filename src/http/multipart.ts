import type { Context, MiddlewareHandler } from 'hono';
import type * as z from 'zod';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';
import { type Issue, isOfType, noteInputs, validationError } from './validate.ts';

/** Whether a request says that its body is a form with files. */
export const isMultipart = (c: Context): boolean =>
  c.req.header('Content-Type') !== undefined && isOfType(c, 'multipart/form-data');

/**
 * Reads a form, and no further than `maxBytes` of it: the bytes are counted in front of the parser, whatever length
 * the client declares, so a body that never ends is never held.
 */
const readForm = async (c: Context, maxBytes: number): Promise<FormData> => {
  if (Number(c.req.header('Content-Length') ?? 0) > maxBytes) throw new AppError('FILE_TOO_LARGE');
  let bytes = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new AppError('FILE_TOO_LARGE');
      controller.enqueue(chunk);
    },
  });
  const headers = { 'Content-Type': c.req.header('Content-Type') ?? '' };
  try {
    return await new Response(c.req.raw.body?.pipeThrough(counting) ?? null, { headers }).formData();
  } catch (error) {
    throw error instanceof AppError ? error : new AppError('MALFORMED_BODY', { cause: error });
  }
};

/**
 * A form as an object. A part without a name and without bytes is what a browser sends for a file that nobody picked,
 * so an empty text is left out where a file belongs. A part that is there twice becomes a list, which no field takes.
 */
const toObject = (form: FormData, fileFields: readonly string[]): Record<string, unknown> => {
  const parts = new Map<string, unknown[]>();
  for (const [name, value] of form) {
    if (value === '' && fileFields.includes(name)) continue;
    parts.set(name, [...(parts.get(name) ?? []), value]);
  }
  return Object.fromEntries([...parts].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
};

/**
 * Validates a `multipart/form-data` body of at most `maxBytes` against a schema; what is longer is 413
 * `FILE_TOO_LARGE`, since only a file makes a form long.
 */
export const validateMultipart = <Schema extends z.ZodType>(
  schema: Schema,
  { maxBytes, fileFields }: { maxBytes: number; fileFields: readonly string[] },
): MiddlewareHandler<AppEnv, string, { in: { form: z.input<Schema> }; out: { form: z.output<Schema> } }> =>
  noteInputs(
    async (c, next) => {
      const result = schema.safeParse(toObject(await readForm(c, maxBytes), fileFields));
      if (!result.success) throw validationError('form', result.error.issues as readonly Issue[]);
      c.req.addValidatedData('form', result.data as object);
      return next();
    },
    [{ target: 'form', mediaType: 'multipart/form-data', schema }],
  );
