import * as z from 'zod';
import { READER_LANGUAGES } from '../../workers/reader-language.ts';
import type { Answer } from '../openapi/answer.ts';
import { described } from '../openapi/described.ts';
import type { Description, Parameter } from '../openapi/operation.ts';
import { refusal } from '../openapi/refusal.ts';
import { pages } from './pages.ts';

export const IF_NONE_MATCH: Record<string, Parameter> = {
  'If-None-Match': {
    in: 'header',
    description: 'The `ETag` of a file that is there already, a list of such, or `*` for any.',
    schema: { type: 'string' },
  },
};

/** What chooses the language of a page for people. */
const IN_LANGUAGES: Record<string, Parameter> = {
  lang: {
    in: 'query',
    description: 'The language that the reader has chosen on the page; any other value counts as none.',
    schema: { type: 'string', enum: [...READER_LANGUAGES] },
  },
  ...IF_NONE_MATCH,
  'Accept-Language': {
    in: 'header',
    description: 'The languages that the reader prefers; English stands in for those that there are no pages in.',
    schema: { type: 'string', examples: ['de-AT, de;q=0.9'] },
  },
};

/** What an answer with a file carries. */
export const KEPT = { ETag: 'always', CacheControl: 'always' } as const;

export const UNCHANGED: Answer = { description: 'The file is the one that is there already.', headers: KEPT };

/** What a page answers where an operator has no use for it. */
export const PAGES_OFF = refusal('NOT_FOUND', { when: '`PAGES` is `off`.' });

/** A page for people; `refusals` are those besides that of files that are not served. */
export const translatedPage = (
  told: Pick<Description, 'operationId' | 'summary' | 'description'>,
  refusals: Description['refusals'] = [],
): Description => ({
  ...told,
  audience: 'anybody',
  tag: 'Platform',
  parameters: IN_LANGUAGES,
  answers: {
    200: {
      description: "The page, in the closest of its thirteen languages to the reader's.",
      headers: KEPT,
      content: { 'text/html': { type: 'string' } },
    },
    304: UNCHANGED,
  },
  refusals: [...refusals, 'SERVICE_UNAVAILABLE'],
});

/** What is served as a file. */
export const describedPages = described(pages, {
  'GET /openapi.json': {
    operationId: 'getOpenApiDocument',
    audience: 'anybody',
    head: 'getOpenApiDocumentHead',
    tag: 'Platform',
    summary: 'Show this document',
    description: 'Serves the document that describes this API, in OpenAPI 3.1.',
    parameters: {
      'If-None-Match': {
        in: 'header',
        description: 'The `ETag` of a document that is there already, a list of such, or `*` for any.',
        schema: { type: 'string' },
      },
    },
    answers: {
      200: {
        description: 'The document.',
        headers: { ETag: 'always', CacheControl: 'always', AnyOrigin: 'always' },
        schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
        examples: { beginning: { value: { openapi: '3.1.0', info: {}, paths: {} } } },
      },
      304: {
        description: 'The document is the one that is there already.',
        headers: { ETag: 'always', CacheControl: 'always', AnyOrigin: 'always' },
      },
    },
    refusals: ['SERVICE_UNAVAILABLE'],
  },

  'GET /docs': {
    operationId: 'getReference',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show this document to people',
    description: 'The page that shows this document, signs in and tries requests.',
    parameters: IF_NONE_MATCH,
    answers: {
      200: { description: 'The page.', headers: KEPT, content: { 'text/html': { type: 'string' } } },
      304: UNCHANGED,
    },
    refusals: ['SERVICE_UNAVAILABLE'],
  },

  'GET /docs/:file': {
    operationId: 'getReferenceFile',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show a part of that page',
    description: 'What the page at `/docs` loads: its scripts, its style, its icon and the licences of what it uses.',
    parameters: {
      file: {
        description: 'The name of the file.',
        schema: { type: 'string', examples: ['reference.css'] },
      },
      ...IF_NONE_MATCH,
    },
    answers: {
      200: {
        description: 'The file.',
        headers: KEPT,
        content: {
          'text/javascript': { type: 'string' },
          'text/css': { type: 'string' },
          'text/plain': { type: 'string' },
          'image/svg+xml': { type: 'string' },
        },
      },
      304: UNCHANGED,
    },
    refusals: [refusal('NOT_FOUND', { when: 'There is no such file.' }), 'SERVICE_UNAVAILABLE'],
  },
});
