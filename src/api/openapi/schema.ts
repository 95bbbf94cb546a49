import * as z from 'zod';
import { fieldNotes } from '../wire/fields.openapi.ts';

/** A JSON Schema (draft 2020-12), as it stands in the document. */
export type JsonSchema = { [keyword: string]: unknown };

type Names = z.core.$ZodRegistry<{ id: string }>;

const refTo = (id: string): string => `#/components/schemas/${id}`;

const answers: Names = z.registry();

/** Gives a schema of answers its name among the document's components. */
export const component = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  answers.add(schema, { id });
  return schema;
};

/** `anyOf: [X, null]` as one type or null, which says the same in fewer words. */
const foldNull = (schema: JsonSchema): JsonSchema => {
  const [value, none, ...others] = (schema['anyOf'] ?? []) as JsonSchema[];
  const isFoldable = others.length === 0 && none?.['type'] === 'null' && typeof value?.['type'] === 'string';
  if (!isFoldable || 'enum' in value || 'const' in value) return schema;
  const { anyOf, ...rest } = schema;
  return { ...value, type: [value['type'], 'null'], ...rest };
};

/** The converter's result in the form of the document: without its marks, nullable values in one place. */
const tidied = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(tidied);
  if (typeof value !== 'object' || value === null) return value;
  const { $schema, $id, ...schema } = value as JsonSchema;
  return foldNull(Object.fromEntries(Object.entries(schema).map(([keyword, inner]) => [keyword, tidied(inner)])));
};

const FILE: JsonSchema = { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' };

const REQUEST = {
  io: 'input',
  // The one kind of input that JSON Schema has no word for.
  unrepresentable: ({ zodSchema }) => (zodSchema._zod.def.type === 'custom' ? { ...FILE } : 'throw'),
  override: ({ zodSchema, jsonSchema }) => Object.assign(jsonSchema, fieldNotes.get(zodSchema)),
} satisfies z.core.ToJSONSchemaParams;

const ANSWER = { io: 'output' } satisfies z.core.ToJSONSchemaParams;

const componentsOf = (names: Names, params: z.core.ToJSONSchemaParams): Record<string, JsonSchema> => {
  const { schemas } = z.toJSONSchema(names, { ...params, uri: refTo });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, tidied(schema) as JsonSchema]));
};

/** The schemas of bodies that requests carry, by name. What a request is turned into is not told, only what it may be. */
export const requestSchemas = (schemas: Record<string, z.core.$ZodType>): Record<string, JsonSchema> => {
  const names: Names = z.registry();
  for (const [id, schema] of Object.entries(schemas)) names.add(schema, { id });
  return componentsOf(names, REQUEST);
};

/** The schemas of answers that have a name. */
export const answerSchemas = (): Record<string, JsonSchema> => componentsOf(answers, ANSWER);

/** The schema of an answer where it is used: a reference, if it has a name. */
export const answerSchema = (schema: z.ZodType): JsonSchema => {
  const named = answers.get(schema);
  return named ? { $ref: refTo(named.id) } : (tidied(z.toJSONSchema(schema, ANSWER)) as JsonSchema);
};

/** The properties of a query, and which of them have to be there. */
export const querySchema = (
  schema: z.core.$ZodType,
): { properties: Record<string, JsonSchema>; required: string[] } => {
  const { properties = {}, required = [] } = tidied(z.toJSONSchema(schema, REQUEST)) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return { properties, required };
};
