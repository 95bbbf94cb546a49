import type { Context } from 'hono';
import type * as z from 'zod/mini';
import { type FormPart, readParts } from './form.ts';
import { bodyOf, isOfType, type Validator, validate } from './validate.ts';

/** Whether a request says that its body is a form with files. */
export const isMultipart = (c: Context): boolean =>
  c.req.header('Content-Type') !== undefined && isOfType(c, 'multipart/form-data');

const readForm = async (c: Context, maxBytes: number): Promise<FormPart[]> => {
  const limits = { maxBytes, tooLarge: 'FILE_TOO_LARGE', unreadable: 'MALFORMED_BODY' } as const;
  const body = await bodyOf(c, 'multipart/form-data', limits);
  return readParts(body, c.req.header('Content-Type') ?? '');
};

/** A part that holds nothing and names no file: what a browser sends for a file that nobody picked. */
const isNotPicked = (part: FormPart): boolean =>
  'text' in part ? part.text === '' : part.file.length === 0 && !part.hasFileName;

// Not as a `File`, which holds a copy: eight pictures at once fill an isolate.
const contentOf = (part: FormPart): string | Uint8Array => ('text' in part ? part.text : part.file);

/** A form as an object. A file that nobody picked is left out. A part that is there twice becomes a list, which no field takes. */
const toObject = (parts: readonly FormPart[], fileFields: readonly string[]): Record<string, unknown> => {
  const sent = parts.filter((part) => !(fileFields.includes(part.name) && isNotPicked(part)));
  return Object.fromEntries(
    [...Map.groupBy(sent, ({ name }) => name)].map(([name, ofName]) => {
      const values = ofName.map(contentOf);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
};

/**
 * Validates a `multipart/form-data` body of at most `maxBytes` against a schema; what is longer is 413
 * `FILE_TOO_LARGE`, since only a file makes a form long.
 */
export const validateMultipart = <Schema extends z.ZodMiniType>(
  schema: Schema,
  { maxBytes, fileFields }: { maxBytes: number; fileFields: readonly string[] },
): Validator<'form', Schema> =>
  validate({ target: 'form', mediaType: 'multipart/form-data', schema }, async (c) =>
    toObject(await readForm(c, maxBytes), fileFields),
  );
