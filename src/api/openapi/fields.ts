import * as z from 'zod';

// The fields of answers.

/** A time as the API writes it. */
export const time = (description: string) =>
  z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
    .meta({ format: 'date-time', description, examples: ['2026-03-14T12:00:00Z'] });

export const nullableTime = (description: string) => time(description).nullable();

/** The id of a user: never given twice. */
export const userId = z.int().min(1).meta({ description: 'The id of the user, which is never given twice.' });

export const email = z.string().meta({
  format: 'idn-email',
  description: 'The address in its canonical form: NFC, lower-cased, the domain in letters.',
});

export const languageTag = (description: string) =>
  z
    .string()
    .min(2)
    .max(64)
    .meta({ description, examples: ['pt-BR'] });
