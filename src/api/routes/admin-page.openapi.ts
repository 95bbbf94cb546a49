import * as z from 'zod';
import { READER_LANGUAGES } from '../../workers/reader-language.ts';
import { described } from '../openapi/described.ts';
import { refusal } from '../openapi/refusal.ts';
import { adminPage } from './admin-page.ts';
import { IF_NONE_MATCH, KEPT, PAGES_OFF, UNCHANGED } from './pages.openapi.ts';

const Texts = z.strictObject({
  reason: z.string().meta({ description: 'With `{reason}` where the reason stands.' }),
  none: z.string().meta({ description: 'Where no reason is given.' }),
});

const SuspensionMail = z.strictObject({
  subject: z.string().meta({ description: 'With `{app}` where the service is named, as in the texts.' }),
  named: Texts.meta({ description: 'With `{name}` where the person is greeted.' }),
  nameless: Texts.meta({ description: 'To whom no name is known, or none that is greeted by.' }),
  unfit: z.string().meta({ description: 'A name in which this regular expression is found is not greeted by.' }),
});

const EXAMPLE: z.infer<typeof SuspensionMail> = {
  subject: 'Your account at {app} has been suspended',
  named: { reason: 'Hello {name},\n\n…\n\n> {reason}', none: 'Hello {name},\n\n…' },
  nameless: { reason: 'Hello,\n\n…\n\n> {reason}', none: 'Hello,\n\n…' },
  unfit: '://',
};

/** The page of administrators. */
export const describedAdminPage = described(adminPage, {
  'GET /admin': {
    operationId: 'getAdminPage',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show the page of administrators',
    description:
      'Holds no data: on it an administrator who signs in finds people, suspends them, helps them, and sees how the service is.',
    parameters: IF_NONE_MATCH,
    answers: {
      200: { description: 'The page, in English.', headers: KEPT, content: { 'text/html': { type: 'string' } } },
      304: UNCHANGED,
    },
    refusals: [PAGES_OFF, 'SERVICE_UNAVAILABLE'],
  },
  'GET /admin/suspension-mails/:language': {
    operationId: 'getSuspensionMail',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show what the mail of a suspension says',
    description: 'What that page shows of the mail before it is sent, in the language of whom it is for.',
    parameters: {
      language: { description: 'The language.', schema: { type: 'string', enum: [...READER_LANGUAGES] } },
      ...IF_NONE_MATCH,
    },
    answers: {
      200: {
        description: 'The texts of the mail.',
        headers: KEPT,
        schema: SuspensionMail,
        examples: { english: { value: EXAMPLE } },
      },
      304: UNCHANGED,
    },
    refusals: [
      refusal('NOT_FOUND', { when: 'There are no mails in that language, or `PAGES` is `off`.' }),
      'SERVICE_UNAVAILABLE',
    ],
  },
});
