import * as z from 'zod';
import { type HeaderName, headersOf, type Presence } from './header.ts';
import { answerSchema, type JsonSchema } from './schema.ts';

export type Examples = Record<string, { summary?: string; value: unknown }>;

/** Where an answer leads. Parameters and bodies are runtime expressions of OpenAPI. */
export type Link = {
  operationId: string;
  description: string;
  parameters?: Record<string, string>;
  requestBody?: string;
};

/** A success. */
export type Answer = {
  description: string;
  headers?: Partial<Record<HeaderName, Presence>>;
  /** What the JSON of the answer is, and examples of it. */
  schema?: z.ZodType;
  examples?: Examples;
  /** The schema of content that is no JSON, by its media type. */
  content?: Record<string, JsonSchema>;
  links?: Record<string, Link>;
};

/** The body of an act that is done and has nothing else to tell. */
export const done = (message: string): Pick<Answer, 'schema' | 'examples'> => ({
  schema: z.strictObject({ status: z.literal('ok'), message: z.literal(message) }),
  examples: { done: { value: { status: 'ok', message } } },
});

const contentOf = ({ schema, examples = {}, content }: Answer): object => {
  const others = Object.entries(content ?? {}).map(([mediaType, schema]) => [mediaType, { schema }]);
  if (!schema) return content ? { content: Object.fromEntries(others) } : {};
  for (const { value } of Object.values(examples)) schema.parse(value);
  return { content: { 'application/json': { schema: answerSchema(schema), examples } } };
};

/** A success as the document writes it. Throws where an example is none of its schema. */
export const answerOf = (answer: Answer): object => ({
  description: answer.description,
  headers: headersOf(answer.headers ?? {}),
  ...contentOf(answer),
  ...(answer.links ? { links: answer.links } : {}),
});
