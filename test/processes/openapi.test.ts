import type { Schema } from '@cfworker/json-schema';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { app } from '../../src/api/app.ts';
import { apiDocument } from '../../src/api/document.ts';
import { inputsOf } from '../../src/api/http/validate.ts';
import { documentPath } from '../../src/api/openapi/path.ts';
import { anyCharacter } from '../any-character.ts';
import { flawsOf, resolved } from '../conformance.ts';
import '../learnt-passwords.ts';

// The document, read as somebody does who knows nothing of how it came to be. These tests run in Node, because
// the independent validator compiles code.

type Json = Record<string, any>;
type Operation = Json & { method: string; path: string };

type Named = Record<string, Json>;
type Components = { schemas: Named; responses: Named; headers: Named; securitySchemes: Named };

const built = await apiDocument();
const document = { ...built, components: built.components as unknown as Components };

const operations: Operation[] = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
  Object.entries<Json>(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
);
const operationOf = (id: string): Operation | undefined => operations.find(({ operationId }) => operationId === id);
const named = operations.map((operation) => [operation['operationId'] as string, operation] as const);

/** Every object of the document, with the way to it. */
const walk = (value: unknown, way: string[] = []): [string[], Json][] => {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, below]) => walk(below, [...way, key]));
  return Array.isArray(value) ? inner : [[way, value as Json], ...inner];
};
const places = walk(document);

/** What an operation answers, in each media type; responses that are shared are resolved. */
const contentsOf = (operation: Operation): { status: string; mediaType: string; schema: Schema; examples: Json }[] =>
  Object.entries<Json>(operation['responses']).flatMap(([status, response]) =>
    Object.entries<Json>(resolved<Json>(response)['content'] ?? {}).map(([mediaType, { schema, examples = {} }]) => ({
      status,
      mediaType,
      schema,
      examples,
    })),
  );

const valuesOf = (examples: Json): any[] => Object.values(examples).map((example) => resolved<Json>(example)['value']);

describe('the document', () => {
  it('is valid OpenAPI 3.1, as an independent validator sees it', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(document.info.version).toBe(packageJson.version);
  });

  it('leads every reference somewhere, and keeps no component that nothing refers to', () => {
    const references = new Set(places.flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : [])));
    for (const reference of references) expect(() => resolved({ $ref: reference })).not.toThrow();
    const general = ['NotFound', 'MethodNotAllowed', 'AdminNotFound', 'AdminMethodNotAllowed'];
    const { securitySchemes: _, ...components } = document.components;
    const unused = Object.entries(components).flatMap(([kind, ofKind]) =>
      Object.keys(ofKind).filter((name) => !references.has(`#/components/${kind}/${name}`)),
    );
    expect(unused.filter((name) => !general.includes(name))).toEqual([]);
  });

  it('says in sentences what everything is for', () => {
    const descriptions = places.flatMap(([way, { description }]) =>
      typeof description === 'string' ? [[way.join(' › '), description]] : [],
    );
    expect(descriptions.length).toBeGreaterThan(100);
    for (const [way, description] of descriptions) expect(description, way).toMatch(/^[^\s].*\.$/s);
  });

  it('tells of every field what it is, unless it has one value only', () => {
    const properties = places
      .filter(([way]) => way.at(-1) === 'properties' && way[1] === 'schemas')
      .flatMap(([way, fields]) => Object.entries<Json>(fields).map(([name, field]) => ({ way, name, field })));
    expect(properties.length).toBeGreaterThan(50);
    const isTold = (field: Json) => ['description', 'const', '$ref', 'properties'].some((keyword) => keyword in field);
    expect(properties.filter(({ field }) => !isTold(field)).map(({ way, name }) => [...way, name])).toEqual([]);
  });

  it('shows of a field and of a header what fits it', () => {
    const fields = places.filter(([, { examples }]) => Array.isArray(examples));
    const headers = Object.entries<Json>(document.components.headers);
    expect(Math.min(fields.length, headers.length)).toBeGreaterThan(5);
    for (const [way, { examples, ...schema }] of fields) {
      for (const example of examples) expect(flawsOf(schema, example), way.join(' › ')).toEqual([]);
    }
    for (const [name, { schema, example }] of headers) expect(flawsOf(schema, example), name).toEqual([]);
  });

  // ASVS 15.3.1
  it('lets answers have the keys that it names, and no other', () => {
    const requests = new Set(
      places.flatMap(([way, { $ref }]) => (way.includes('requestBody') && $ref ? [$ref.split('/').at(-1)] : [])),
    );
    const isOfAnswers = (way: string[]) =>
      !way.includes('requestBody') && !(way[1] === 'schemas' && requests.has(way[2]));
    const open = places.filter(
      ([way, schema]) => schema['type'] === 'object' && schema['additionalProperties'] !== false && isOfAnswers(way),
    );
    expect(open.map(([way]) => way.slice(1, 3).join(' '))).toEqual(Array(3).fill('/openapi.json get'));
  });
});

describe('the codes of errors', () => {
  it('are shown where they occur, each of them', () => {
    const { responses, schemas } = document.components;
    const general = ['NotFound', 'MethodNotAllowed'].map((name) => responses[name]?.['content']['application/json']);
    const shown = [...operations.flatMap(contentsOf), ...general].flatMap(({ examples }) => valuesOf(examples));
    const codeOf = (name: string) => schemas[name]?.['properties'].code;
    const plain = ['Error', 'ValidationError'].flatMap((name) => codeOf(name).enum);
    const codes = [...plain, codeOf('AccountLockedError').const, codeOf('EventsExpiredError').const];
    expect(new Set(shown.flatMap(({ code }) => code ?? []))).toEqual(new Set(codes));
  });
});

describe.each(named)('the operation %s', (operationId, operation) => {
  // ASVS 8.1.1
  it('has an id, a tag, a summary and a security of its own, and general refusals', () => {
    expect(operations.filter((other) => other['operationId'] === operationId)).toHaveLength(1);
    expect(operationId).toMatch(/^[a-z]+(?:[A-Z][a-z]+)*$/);
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(operation['tags']));
    expect(operation['summary']).toMatch(/^[A-Z].*[^.]$/);
    expect(Object.keys(document.components.securitySchemes)).toEqual(
      expect.arrayContaining(operation['security'].flatMap(Object.keys)),
    );
    expect(Object.keys(operation['responses'])).toEqual(expect.arrayContaining(['429', '500']));
    expect(Object.keys(operation['responses']).sort()).toEqual(Object.keys(operation['responses']));
  });

  // ASVS 2.1.1
  it('names the parameters of its path, and tells of each parameter', () => {
    const parameters: Json[] = operation['parameters'] ?? [];
    for (const { name, description, schema } of parameters) {
      expect([name, description, schema]).toEqual([name, expect.any(String), expect.any(Object)]);
    }
    const inPath = parameters.filter((parameter) => parameter['in'] === 'path');
    expect(inPath.map(({ name, required }: Json) => [`{${name}}`, required])).toEqual(
      (operation.path.match(/\{\w+\}/g) ?? []).map((name) => [name, true]),
    );
  });

  it('shows of each answer an example that fits its schema', () => {
    for (const { status, mediaType, schema, examples } of contentsOf(operation)) {
      const values = valuesOf(examples);
      if (mediaType === 'application/json') expect(values, status).not.toEqual([]);
      for (const value of values) expect(flawsOf(schema, value), status).toEqual([]);
      const codes = values.flatMap(({ code }) => code ?? []);
      expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(values.length);
      const told = walk(schema).flatMap(([, { enum: words }]) => words ?? []);
      if (codes.length > 0) expect([...new Set(codes)].sort(), status).toEqual(told.sort());
    }
  });

  it('shows requests that fit their schemas, and that the API takes', () => {
    for (const [type, { schema, examples }] of Object.entries<Json>(operation['requestBody']?.content ?? {})) {
      const values = valuesOf(examples);
      expect(values).not.toEqual([]);
      for (const value of values) {
        expect(flawsOf(schema, value)).toEqual([]);
        expect(validatorOf(operation, type).safeParse(value).error).toBeUndefined();
      }
    }
  });

  it('leads to operations that exist, with what it has', () => {
    for (const response of Object.values<Json>(operation['responses'])) {
      for (const link of Object.values<Json>(resolved<Json>(response)['links'] ?? {})) {
        const target = operationOf(link['operationId']);
        expect(target, link['operationId']).toBeDefined();
        for (const [name, expression] of Object.entries<string>(link['parameters'] ?? {})) {
          expect(target?.['parameters'].map((parameter: Json) => parameter['name'])).toContain(name);
          expect(
            valuesAt(operation, response, expression).filter((value) => value !== undefined),
            expression,
          ).not.toEqual([]);
        }
        if (link['requestBody']) {
          expect(link['requestBody']).toBe('$request.body');
          const [{ schema }] = Object.values<Json>(target?.['requestBody'].content) as [Json];
          const [body] = valuesAt(operation, response, '$request.body#');
          expect(flawsOf(schema as Schema, body)).toEqual([]);
        }
      }
    }
  });
});

/** What a runtime expression of a link leads to, in each of the examples. */
const valuesAt = (operation: Operation, response: Json, expression: string): unknown[] => {
  const [, source, pointer = ''] = /^\$(request|response)\.body#(.*)$/.exec(expression) ?? [];
  const place = source === 'request' ? operation['requestBody'] : response;
  const [{ examples }] = Object.values<Json>(place.content) as [Json];
  const names = pointer.split('/').slice(1);
  return valuesOf(examples).map((value) => names.reduce((below, name) => below?.[name], value));
};

/** The schema by which the app validates a body of an operation. */
const validatorOf = (operation: Operation, type: string) => {
  const inputs = app.routes
    .filter(({ method, path }) => method === operation.method && documentPath(path) === operation.path)
    .flatMap(({ handler }) => inputsOf(handler));
  const found = inputs.find(({ mediaType }) => mediaType === type);
  if (!found) throw new Error(`${operation.method} ${operation.path} takes no ${type}.`);
  return found.schema;
};

const bodies = operations.flatMap((operation) =>
  Object.entries<Json>(operation['requestBody']?.content ?? {})
    .filter(([type]) => type === 'application/json')
    .map(([type, { schema, examples }]) => ({
      operationId: operation['operationId'] as string,
      validator: validatorOf(operation, type),
      schema: schema as Schema,
      examples: valuesOf(examples) as Json[],
    })),
);

describe('what the document says of a body', () => {
  const anything = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.mixedCase(fc.constantFrom('zh-cmn-hans-cn', 'sgn-be-fr', ' ada@EXAMPLE.com ', 'ÖL@example.com', 'x'.repeat(90))),
    fc.constantFrom('ﷺ', 'ﷺ'.repeat(7), 'a\u0301'.repeat(128), 'a'.repeat(128), ' Ada '.padEnd(1000)),
    fc.maxSafeInteger().map(String),
    fc.jsonValue(),
    fc.maxSafeInteger(),
  );

  it.each(bodies)('is true: $operationId takes nothing that it forbids', ({ validator, schema, examples }) => {
    const fields = Object.keys(resolved<Json>(schema as Json)['properties']);
    const changed = fc
      .tuple(fc.constantFrom(...examples), fc.constantFrom(...fields), anything)
      .map(([example, field, value]) => ({ ...example, [field]: value }));
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(changed, fc.constantFrom(...examples), fc.jsonValue()), (body) => {
        if (!validator.safeParse(body).success) return;
        taken += 1;
        expect(flawsOf(schema, body)).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(0);
  });
});
