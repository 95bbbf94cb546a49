import { loadHandlers } from '../http/lazy.ts';
import { type DescribedRouter, describedRoutes, type Router } from './described.ts';
import { headerComponents } from './header.ts';
import { INFO, SECURITY_SCHEMES, TAGS } from './info.ts';
import { type Description, inputsOfRoute, operationOf, type Responses, type Route } from './operation.ts';
import { refusalComponents } from './refusal.ts';
import { answerSchemas, type JsonSchema, requestSchemas } from './schema.ts';

const bodiesOf = ([route, { bodies = {} }]: [Route, Description]) =>
  inputsOfRoute(route).flatMap(({ mediaType, schema }) => {
    if (mediaType === undefined) return [];
    const body = bodies[mediaType];
    if (!body) throw new Error(`Nothing is told of the ${mediaType} that ${route.method} ${route.path} takes.`);
    return [{ ...body, schema }];
  });

/** The schemas of requests, each property with all that is told of it. */
const requestComponents = (operations: [Route, Description][]): Record<string, JsonSchema> => {
  const bodies = operations.flatMap(bodiesOf);
  const schemas = requestSchemas(Object.fromEntries(bodies.map(({ name, schema }) => [name, schema])));
  for (const { name, properties = {} } of bodies) {
    const known = schemas[name]?.['properties'] as Record<string, JsonSchema>;
    for (const [property, note] of Object.entries(properties)) {
      if (!known[property]) throw new Error(`${name} has no ${property}.`);
      Object.assign(known[property], note);
    }
    const untold = Object.keys(known).find((property) => !known[property]?.['description']);
    if (untold !== undefined) throw new Error(`Nothing is told of ${untold}, which ${name} has.`);
  }
  return schemas;
};

const sorted = <Value>(record: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The responses of HEAD: what GET would say, without the body. */
const withoutContent = (responses: Responses): Responses =>
  Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const { content: _, ...rest } = response as { content?: unknown };
      return [status, rest];
    }),
  );

/** References in the place of what stands among the components to the letter. */
const referring = (responses: Responses, components: Responses): Responses => {
  const names = new Map(Object.entries(components).map(([name, response]) => [JSON.stringify(response), name]));
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const name = names.get(JSON.stringify(response));
      return [status, name === undefined ? response : { $ref: `#/components/responses/${name}` }];
    }),
  );
};

const pathsOf = async (operations: [Route, Description][], components: Responses) => {
  const paths: Record<string, Record<string, object>> = {};
  for (const [route, description] of operations) {
    const { responses, ...operation } = await operationOf(route, description);
    const { head } = description;
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: { ...operation, responses: referring(responses, components) },
      ...(head ? { head: { ...operation, operationId: head, responses: withoutContent(responses) } } : {}),
    };
  }
  return paths;
};

/** The components that something refers to, by name. */
const used = <Component>(kind: string, components: Record<string, Component>, ...places: object[]) => {
  const text = JSON.stringify(places);
  const names = Object.keys(components).filter((name) => text.includes(`"#/components/${kind}/${name}"`));
  return Object.fromEntries(names.sort().map((name) => [name, components[name]]));
};

const isForAnyPath = (name: string): boolean => /^(?:Admin)?(?:NotFound|MethodNotAllowed)$/.test(name);

/** The document (OpenAPI 3.1) of an app: its routes, the schemas that validate, and what is told of both. */
export const openApiDocument = async (app: Router, routers: readonly DescribedRouter[]) => {
  await loadHandlers(app);
  const operations = describedRoutes(app, routers);
  const { responses, examples } = await refusalComponents();
  const paths = await pathsOf(operations, responses);
  const general = Object.fromEntries(Object.entries(responses).filter(([name]) => isForAnyPath(name)));
  const usedResponses = { ...used('responses', responses, paths), ...general };
  const schemas = { ...answerSchemas(), ...requestComponents(operations) };
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/' }],
    tags: TAGS,
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: used('schemas', schemas, paths, usedResponses, schemas),
      responses: sorted(usedResponses),
      headers: used('headers', headerComponents(), paths, usedResponses),
      examples: used('examples', examples, paths, usedResponses),
    },
  };
};
