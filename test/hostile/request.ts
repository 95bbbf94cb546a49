import fc from 'fast-check';
import { documentPath } from '../../src/api/openapi/path.ts';
import type { AppRoute } from '../app-routes.ts';
import { document, type Operation, resolved } from '../conformance.ts';
import { hostileJson, plainJson } from './bodies.ts';
import type { Cast } from './cast.ts';
import { hostileCoding, hostileContentType } from './content-types.ts';
import { hostileCookie } from './cookies.ts';
import { type Form, formWithPicture, hostileForm } from './forms.ts';
import { hostileHeaders } from './headers.ts';
import { anyMethod, hostilePath, plainPath } from './paths.ts';
import { hostileQuery, plainQuery, type QueryParameter } from './queries.ts';
import { always, type Body, type Of, type Sent, weighted } from './sent.ts';
import { hostileAuthorization } from './tokens.ts';

// A request to a route is at first one that it could answer, by what the app and its document tell of it; then one to three of
// its parts are hostile. So what is hostile reaches what lies behind the first check.

/** The parts of a request that can be hostile. */
export const PARTS = [
  'method',
  'path',
  'query',
  'headers',
  'authorization',
  'cookie',
  'type',
  'coding',
  'json',
  'form',
  'picture',
] as const;
export type Part = (typeof PARTS)[number];

type Headers = [string, string][];
type Sending = { type?: string; body?: Body };

const operationOf = ({ method, pattern }: AppRoute): Operation =>
  document.paths[documentPath(pattern)]?.[method.toLowerCase()] ?? { responses: {} };

const examplesOf = ({ requestBody }: Operation, type: string): object[] =>
  Object.values(requestBody?.content[type]?.examples ?? {}).map(
    (example) => resolved<{ value: object }>(example).value,
  );

type Fields = { properties?: Record<string, { contentMediaType?: string; format?: string }> };

/** The fields of a route's form, and which of them are files. */
const fieldsOf = ({ requestBody }: Operation): { fields: string[]; files: string[] } => {
  const schema = requestBody?.content['multipart/form-data']?.schema;
  const properties = Object.entries((schema ? resolved<Fields>(schema as Fields) : {}).properties ?? {});
  const files = properties.filter(
    ([, { contentMediaType, format }]) => contentMediaType !== undefined || format === 'binary',
  );
  return { fields: properties.map(([name]) => name), files: files.map(([name]) => name) };
};

const BY_SCHEME: Record<string, fc.Arbitrary<Of<Headers>>> = {
  bearer: weighted<Of<Headers>>(
    [1, fc.constant(({ user }: Cast) => [['Authorization', `Bearer ${user.token}`]])],
    [1, fc.constant(({ admin }: Cast) => [['Authorization', `Bearer ${admin.token}`]])],
  ),
  serviceToken: fc.constant(({ service }: Cast) => [['Authorization', `Bearer ${service.token}`]]),
  refreshCookie: fc.constant(({ user }: Cast) => [
    ['Cookie', `__Secure-refresh_token=${user.refresh}; __Secure-device=${user.device}`],
  ]),
};

/** What opens the route by its document. */
const plainCaller = ({ security = [] }: Operation): fc.Arbitrary<Of<Headers>> => {
  const schemes = security.flatMap((scheme) => Object.keys(scheme));
  if (schemes.length === 0) return fc.constant(always<Headers>([]));
  return fc.oneof(
    ...schemes.map((scheme) => {
      const known = BY_SCHEME[scheme];
      if (!known) throw new Error(`Nobody here has what ${scheme} asks for.`);
      return known;
    }),
  );
};

const asJson = (body: fc.Arbitrary<Of<Body>>): fc.Arbitrary<Of<Sending>> =>
  body.map(
    (of): Of<Sending> =>
      async (cast) => ({ type: 'application/json', body: await of(cast) }),
  );
const asForm = (form: fc.Arbitrary<Of<Form>>): fc.Arbitrary<Of<Sending>> => form;

const plainSending = (examples: readonly object[]): fc.Arbitrary<Of<Sending>> =>
  examples.length > 0 ? asJson(plainJson(examples)) : fc.constant(always<Sending>({}));

/** The parts of requests to a route, each as it should be and as it should not. */
const partsOf = (route: AppRoute) => {
  const operation = operationOf(route);
  const parameters = operation.parameters ?? [];
  const query = parameters.filter((parameter) => parameter.in === 'query') as QueryParameter[];
  const told = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
  const examples = examplesOf(operation, 'application/json');
  const { fields, files } = fieldsOf(operation);
  // Where no body is taken one comes all the same.
  const some = <Value>(values: Value[], otherwise: Value): Value[] => (values.length > 0 ? values : [otherwise]);
  return {
    plain: {
      method: fc.constant(always(route.method)),
      path: plainPath(route),
      query: plainQuery(query),
      headers: fc.constant<Headers>([]),
      caller: plainCaller(operation),
      sending: plainSending(examples),
    },
    hostile: {
      method: anyMethod,
      path: hostilePath(route),
      query: hostileQuery(query),
      headers: hostileHeaders(told),
      authorization: hostileAuthorization,
      cookie: hostileCookie,
      type: hostileContentType,
      coding: hostileCoding,
      json: asJson(hostileJson(some(examples, { a: 1 }))),
      form: asForm(hostileForm(some(fields, 'a'))),
      picture: asForm(formWithPicture(some(files, 'a'))),
    } satisfies Record<Part, fc.Arbitrary<unknown>>,
    // What a route takes is tried more often than what it should not even look at.
    weights: {
      ...{ method: 1, path: 3, query: query.length > 0 ? 5 : 1, headers: told.length > 0 ? 4 : 2 },
      ...{ authorization: operation.security?.length ? 4 : 1, cookie: 2, type: examples.length > 0 ? 2 : 1, coding: 1 },
      ...{ json: examples.length > 0 ? 10 : 1, form: fields.length > 0 ? 8 : 1, picture: fields.length > 0 ? 8 : 1 },
    } satisfies Record<Part, number>,
  };
};

/** A request, and which of its parts are hostile. */
export type Request = { parts: Part[]; make: (cast: Cast) => Promise<Sent> };

const partsTried = (weights: Record<Part, number>): fc.Arbitrary<Part[]> =>
  fc.uniqueArray(weighted(...PARTS.map((part): [number, fc.Arbitrary<Part>] => [weights[part], fc.constant(part)])), {
    minLength: 1,
    maxLength: 3,
  });

const withoutBody = ['GET', 'HEAD'];

/** Requests to a route of the app. */
export const requestsTo = (route: AppRoute): fc.Arbitrary<Request> => {
  const { plain, hostile, weights } = partsOf(route);
  return partsTried(weights).chain((parts) => {
    const is = (part: Part): boolean => parts.includes(part);
    const sending = (['picture', 'form', 'json'] as const).find(is);
    return fc
      .record({
        method: is('method') ? hostile.method : plain.method,
        path: is('path') ? hostile.path : plain.path,
        query: is('query') ? hostile.query : plain.query,
        headers: is('headers') ? hostile.headers : plain.headers,
        caller: plain.caller,
        authorization: is('authorization') ? fc.option(hostile.authorization, { freq: 9 }) : fc.constant(undefined),
        cookie: is('cookie') ? fc.option(hostile.cookie, { freq: 9 }) : fc.constant(undefined),
        sending: sending ? hostile[sending] : plain.sending,
        type: is('type') ? fc.option(hostile.type, { freq: 9 }) : fc.constant(undefined),
        coding: is('coding') ? hostile.coding : plain.headers,
      })
      .map((chosen): Request => ({ parts, make: (cast) => made(chosen, cast) }));
  });
};

type Chosen = {
  method: Of<string>;
  path: Of<string>;
  query: Of<string>;
  headers: Headers;
  caller: Of<Headers>;
  /** Undefined leaves it as it should be, null takes it away; so for the next and the type. */
  authorization: Of<string> | null | undefined;
  cookie: Of<string> | null | undefined;
  sending: Of<Sending>;
  type: string | null | undefined;
  coding: Headers;
};

const replaced = async (
  headers: Headers,
  name: string,
  value: Of<string> | null | undefined,
  cast: Cast,
): Promise<Headers> => {
  if (value === undefined) return headers;
  const others = headers.filter(([other]) => other !== name);
  return value === null ? others : [...others, [name, await value(cast)]];
};

const made = async (chosen: Chosen, cast: Cast): Promise<Sent> => {
  const method = await chosen.method(cast);
  const sending = await chosen.sending(cast);
  const caller = await replaced(await chosen.caller(cast), 'Authorization', chosen.authorization, cast);
  const headers = [...(await replaced(caller, 'Cookie', chosen.cookie, cast)), ...chosen.headers, ...chosen.coding];
  const type = chosen.type === undefined ? sending.type : (chosen.type ?? undefined);
  if (type !== undefined) headers.push(['Content-Type', type]);
  const path = (await chosen.path(cast)) + (await chosen.query(cast));
  return { method, path, headers, body: withoutBody.includes(method) ? undefined : sending.body };
};
