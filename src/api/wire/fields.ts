import * as z from 'zod/mini';
import { normalizePassword, passwordWeakness } from '../../accounts/passwords/password.ts';
import { canonicalEmail } from '../../accounts/users/email-address.ts';
import { fullNameFlaw, normalizeFullName } from '../../accounts/users/full-name.ts';
import { canonicalLanguageTag } from '../../accounts/users/language.ts';

/** The code of a schema's issue that names a language, so that the answer has a code of its own. */
export const INVALID_LANGUAGE = { params: { code: 'INVALID_LANGUAGE_CODE' } } as const;

// The fields that several routes take. Each turns what a client sent into the form that is stored. zod/mini brings no
// sentences of its own, so every check names what it says.

type Issue = { message: string; params?: Record<string, unknown> };

/** What is sent, as `read` reads it; refused with `issue` where that is nothing. */
export const readBy = <Sent, Read>(read: (sent: Sent) => Read | undefined, issue: Issue) =>
  z.transform((sent: Sent, ctx): Read => {
    const value = read(sent);
    if (value !== undefined) return value;
    ctx.issues.push({ code: 'custom', input: sent, ...issue });
    return z.NEVER;
  });

/** Refuses what has a flaw, in the words of `flawOf`. */
const flawless = (flawOf: (text: string) => string | undefined) =>
  z.superRefine<string>((text, ctx) => {
    const flaw = flawOf(text);
    if (flaw) ctx.addIssue({ code: 'custom', message: flaw });
  });

const text = z.string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be a string') });

const INVALID_EMAIL = 'must be a valid e-mail address';

// An address of 254 bytes or a password of 128 characters takes no more letters, however they are put together: of four at the
// most. To put a thousand marks in order takes milliseconds.
const LONGEST_SENT = 512;

/** An address in any spelling, in its canonical form. */
export const email = z.pipe(
  text.check(z.maxLength(LONGEST_SENT, INVALID_EMAIL)),
  readBy(canonicalEmail, { message: INVALID_EMAIL }),
);

/** A password that proves who one is: any text; whether it is right is not the schema's to say. */
export const currentPassword = z.pipe(
  text.check(z.maxLength(LONGEST_SENT, 'must have at most 128 characters')),
  z.transform(normalizePassword),
);

/** A password that somebody chooses. */
export const newPassword = currentPassword.check(flawless(passwordWeakness));

const LONGEST_SPELLING = 4000;

/**
 * Refuses a text that stays too long in NFC, which makes one character of four at the most, and whatever is left out of it.
 * Asked before, since NFC takes the square of marks out of order.
 */
const atMost = (most: number) => {
  const error = `must have at most ${most} characters`;
  const seen = (text: string): string => text.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim();
  return [
    z.maxLength(LONGEST_SPELLING, error),
    z.refine<string>((text) => text.length > LONGEST_SPELLING || [...seen(text)].length <= 4 * most, error),
  ] as const;
};

/** A name, normalised; null clears it. */
export const fullName = z.nullable(
  z
    .pipe(z.string({ error: 'must be a string or null' }).check(...atMost(255)), z.transform(normalizeFullName))
    .check(flawless(fullNameFlaw)),
);

/**
 * A language tag in its canonical form. Whatever else was sent, of whatever type, is an invalid language; the type that
 * a typed client takes is text.
 */
export const language = z.pipe(
  z.unknown() as z.ZodMiniType<unknown, string>,
  readBy((tag: unknown) => (typeof tag === 'string' ? canonicalLanguageTag(tag) : undefined), {
    message: 'must be a valid language tag (BCP 47)',
    ...INVALID_LANGUAGE,
  }),
);

/** The token of a mail link. */
export const linkToken = text.check(z.minLength(1, 'is required'), z.maxLength(512, 'is not a token'));

const MALFORMED_ID = 'must be a positive integer';

/** A user's id: the number or the same digits as text, 1 to 2^53−1. */
export const userId = z
  .pipe(
    z.union(
      [
        z.int(MALFORMED_ID).check(z.minimum(1, MALFORMED_ID)),
        z.string().check(z.regex(/^[1-9]\d{0,15}$/, MALFORMED_ID)),
      ],
      { error: MALFORMED_ID },
    ),
    z.transform(Number),
  )
  .check(z.refine(Number.isSafeInteger, MALFORMED_ID));

/** A time with its offset (RFC 3339): `2026-03-14T12:00:00Z`. */
export const time = z.pipe(
  z.iso.datetime({ offset: true, error: 'must be a time like 2026-03-14T12:00:00Z' }),
  z.transform((text: string) => new Date(text)),
);

/** The name of a room, as its service has it: 1 to 128 characters, none of which controls anything. */
export const roomId = text.check(
  z.maxLength(256, 'must have at most 128 characters'),
  z.refine((id) => id !== '', 'must not be empty'),
  z.refine((id) => [...id].length <= 128, 'must have at most 128 characters'),
  z.refine((id) => !/[\p{Cc}\p{Cs}]/u.test(id), 'must not contain control characters'),
);

const writtenReason = z
  .pipe(
    z.string({ error: 'must be a string' }).check(...atMost(500)),
    z.transform((text: string) => text.replace(/\r\n?/g, '\n').normalize('NFC').trim()),
  )
  .check(
    z.refine((text) => [...text].length <= 500, 'must have at most 500 characters'),
    z.refine(
      (text) => !/(?![\n\t])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text),
      'must not contain control characters',
    ),
  );

/**
 * Why an administrator suspends somebody: up to 500 characters, shown in the mail; an empty one is none. Lines are
 * allowed; whatever the client's system ends them with, a line feed is kept.
 */
export const reason = z.pipe(
  z.nullish(writtenReason),
  z.transform((text: string | null | undefined) => text || null),
);
