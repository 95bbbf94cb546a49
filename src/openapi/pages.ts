import * as z from 'zod';
import type { Description } from './operation.ts';

/** What is served as a file. */
export const pages: Record<string, Description> = {
  'GET /openapi.json': {
    operationId: 'getOpenApiDocument',
    head: 'getOpenApiDocumentHead',
    tag: 'Platform',
    summary: 'Show this document',
    description: 'Serves the document that describes this API, in OpenAPI 3.1.',
    parameters: {
      'If-None-Match': {
        in: 'header',
        description: 'The `ETag` of a document that is there already.',
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
};
