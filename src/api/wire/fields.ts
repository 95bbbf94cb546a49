import * as z from 'zod';
import { normalizePassword, passwordWeakness } from '../../accounts/passwords/password.ts';
import { canonicalEmail } from '../../accounts/users/email-address.ts';
import { fullNameFlaw, normalizeFullName } from '../../accounts/users/full-name.ts';
import { canonicalLanguageTag } from '../../accounts/users/language.ts';

/** The code of a schema's issue that names a language, so that the answer has a code of its own. */
export const INVALID_LANGUAGE = { params: { code: 'INVALID_LANGUAGE_CODE' } } as const;

// The fields that several routes take. Each turns what a client sent into the form that is stored.

const text = z.string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be a string') });

/** An address in any spelling, in its canonical form. */
export const email = text.max(1000, 'must be a valid e-mail address').transform((spelling, ctx): string => {
  const address = canonicalEmail(spelling);
  if (address !== undefined) return address;
  ctx.addIssue({ code: 'custom', message: 'must be a valid e-mail address' });
  return z.NEVER;
});

/** A password that proves who one is: any text; whether it is right is not the schema's to say. */
export const currentPassword = text.max(1000, 'must have at most 128 characters').transform(normalizePassword);

/** A password that somebody chooses. */
export const newPassword = currentPassword.superRefine((password, ctx) => {
  const weakness = passwordWeakness(password);
  if (weakness) ctx.addIssue({ code: 'custom', message: weakness });
});

/** A name, normalised; null clears it. The first bound keeps NFC short, which takes the square of marks out of order. */
export const fullName = z
  .string({ error: 'must be a string or null' })
  .max(4000, 'must have at most 255 characters')
  .transform(normalizeFullName)
  .superRefine((name, ctx) => {
    const flaw = fullNameFlaw(name);
    if (flaw) ctx.addIssue({ code: 'custom', message: flaw });
  })
  .nullable();

/**
 * A language tag in its canonical form. Whatever else was sent, of whatever type, is an invalid language; the type that
 * a typed client takes is text.
 */
export const language = (z.unknown() as z.ZodType<unknown, string>).transform((value, ctx): string => {
  const tag = typeof value === 'string' ? canonicalLanguageTag(value) : undefined;
  if (tag !== undefined) return tag;
  ctx.addIssue({ code: 'custom', message: 'must be a valid language tag (BCP 47)', ...INVALID_LANGUAGE });
  return z.NEVER;
});

/** The token of a mail link. */
export const linkToken = text.min(1, 'is required').max(512, 'is not a token');

const MALFORMED_ID = 'must be a positive integer';

/** A user's id: the number or the same digits as text, 1 to 2^53−1. */
export const userId = z
  .union([z.int(MALFORMED_ID).min(1, MALFORMED_ID), z.string().regex(/^[1-9]\d{0,15}$/, MALFORMED_ID)], {
    error: MALFORMED_ID,
  })
  .transform(Number)
  .refine(Number.isSafeInteger, MALFORMED_ID);

/** A time with its offset (RFC 3339): `2026-03-14T12:00:00Z`. */
export const time = z.iso
  .datetime({ offset: true, error: 'must be a time like 2026-03-14T12:00:00Z' })
  .transform((text) => new Date(text));

/** The name of a room, as its service has it: 1 to 128 characters, none of which controls anything. */
export const roomId = text
  .max(256, 'must have at most 128 characters')
  .refine((id) => id !== '', 'must not be empty')
  .refine((id) => [...id].length <= 128, 'must have at most 128 characters')
  .refine((id) => !/[\p{Cc}\p{Cs}]/u.test(id), 'must not contain control characters');

/**
 * Why an administrator suspends somebody: up to 500 characters, shown in the mail; an empty one is none. Lines are
 * allowed; whatever the client's system ends them with, a line feed is kept. The first bound keeps NFC short.
 */
export const reason = z
  .string({ error: 'must be a string' })
  .max(4000, 'must have at most 500 characters')
  .transform((text) => text.replace(/\r\n?/g, '\n').normalize('NFC').trim())
  .refine((text) => [...text].length <= 500, 'must have at most 500 characters')
  .refine(
    (text) => !/(?![\n\t])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text),
    'must not contain control characters',
  )
  .transform((text) => text || null)
  .nullish()
  .transform((text) => text ?? null);
