import { type Schema, Validator } from '@cfworker/json-schema';
import * as z from 'zod/mini';
import { app } from '../src/api/app.ts';
import { apiDocument } from '../src/api/document.ts';
import { isAdminPath } from '../src/api/http/refusals.ts';
import { documentPath } from '../src/api/openapi/path.ts';
import './learnt-passwords.ts';

// Whether an answer is one that the API's document promises: every answer that a test provokes is looked at here.

type Reference = { $ref: string };
type Header = { required?: boolean; schema: Schema };
type Content = { schema: Schema; examples?: Record<string, { value: ErrorBody } | Reference> };
type Response = { headers?: Record<string, Header | Reference>; content?: Record<string, Content> };
type Parameter = { name: string; in: 'path' | 'query' | 'header'; schema: Schema };
type Body = { content: Record<string, { schema: Schema | Reference; examples?: Record<string, { value: object }> }> };
export type Operation = {
  responses: Record<string, Response | Reference>;
  parameters?: Parameter[];
  requestBody?: Body;
  security?: Record<string, string[]>[];
};
type ErrorBody = { code?: string; message?: string };

type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
};

export type GivenAnswer = { status: number; headers: Headers; text: string };

export const document = (await apiDocument()) as unknown as Document;
// What makes the document brings the sentences of zod along, which the Worker has not.
z.config({ localeError: undefined });

/** What a reference leads to, or the value itself. */
export const resolved = <Value extends object>(value: Value | Reference): Value => {
  if (!('$ref' in value)) return value;
  const [, ...names] = value.$ref.split('/');
  const found = names.reduce<any>((place, name) => place?.[name], document);
  if (found === undefined) throw new Error(`${value.$ref} leads nowhere.`);
  return resolved<Value>(found);
};

const validators = new Map<Schema, Validator>();

/** What of a value does not fit a schema of the document. */
export const flawsOf = (schema: Schema, value: unknown): string[] => {
  // References lead to the components, which therefore come along; a copy, since the validator writes into it.
  const whole = () => structuredClone({ allOf: [schema], components: { schemas: document.components.schemas } });
  const validator = validators.get(schema) ?? new Validator(whole(), '2020-12', false);
  validators.set(schema, validator);
  const { errors } = validator.validate(value);
  return errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error.replace(/\.$/, '')}`);
};

/** The operation of the document that the app's own router leads a request to. */
const operationFor = (method: string, path: string): Operation | undefined => {
  const asked = method === 'HEAD' ? 'GET' : method;
  const [[, route] = []] = app.router.match(asked, path)[0].find(([[, { method }]]) => method !== 'ALL') ?? [];
  if (!route) return undefined;
  const item = document.paths[documentPath(route.path)];
  return item?.[method.toLowerCase()] ?? item?.[asked.toLowerCase()] ?? { responses: {} };
};

const GENERAL: Record<number, string> = {
  404: 'NotFound',
  405: 'MethodNotAllowed',
  429: 'RateLimited',
  500: 'InternalServerError',
};

/** What the document says of a request that no operation takes. */
const generalRefusal = (path: string, status: number): Response | undefined =>
  document.components.responses[`${isAdminPath(path) ? 'Admin' : ''}${GENERAL[status]}`];

const flawsOfHeaders = (headers: Headers, told: Record<string, Header | Reference>): string[] =>
  Object.entries(told).flatMap(([name, header]) => {
    const { required = false, schema } = resolved<Header>(header);
    const given =
      name === 'Set-Cookie' ? headers.getSetCookie() : [headers.get(name)].filter((value) => value !== null);
    if (given.length === 0) return required ? [`${name} is missing`] : [];
    const isTold = given.some((text) => flawsOf(schema, schema.type === 'integer' ? Number(text) : text).length === 0);
    return isTold ? [] : [`${name} is ${given.join(', ')}`];
  });

// Headers that mean something to a client of this API, and are therefore told wherever they occur.
const TOLD = [
  'Set-Cookie',
  'Retry-After',
  'WWW-Authenticate',
  'Allow',
  'Accept-Post',
  'Accept-Patch',
  'Accept-Encoding',
  'ETag',
  'Content-Disposition',
  'Clear-Site-Data',
];

const untoldHeaders = (headers: Headers, told: object): string[] =>
  TOLD.filter((name) => headers.has(name) && !(name in told)).map((name) => `${name} is not told of`);

/** A refusal's sentence stands in an example, unless it names a field. */
const flawsOfMessage = ({ examples = {} }: Content, { code, message = '' }: ErrorBody): string[] => {
  if (message.startsWith('Request validation failed')) return [];
  const shown = Object.values(examples).map((example) => resolved<{ value: ErrorBody }>(example).value);
  const isShown = shown.some((body) => body.code === code && body.message === message);
  return isShown ? [] : [`no example shows ${code ?? ''} "${message}"`];
};

const flawsOfContent = (method: string, { status, headers, text }: GivenAnswer, { content }: Response): string[] => {
  if (method === 'HEAD' || !content) return text === '' ? [] : ['there is a body'];
  const type = headers.get('Content-Type')?.split(';', 1)[0] ?? '';
  const told = content[type];
  if (!told) return [`the content type ${type} is not told of`];
  if (type !== 'application/json') return [];
  const body = JSON.parse(text);
  return [...flawsOf(told.schema, body), ...(status >= 400 ? flawsOfMessage(told, body) : [])];
};

const flawsOfAnswer = (method: string, answer: GivenAnswer, told: Response | Reference | undefined): string[] => {
  if (told === undefined) return ['the status is not told of'];
  const response = resolved<Response>(told);
  const headers = response.headers ?? {};
  return [
    ...flawsOfHeaders(answer.headers, headers),
    ...untoldHeaders(answer.headers, headers),
    ...flawsOfContent(method, answer, response),
  ];
};

/** Throws where the document does not promise an answer. `isOfPictures`: the host was asked that serves nothing else. */
export const expectPromised = (
  method: string,
  url: string,
  answer: GivenAnswer,
  { isOfPictures = false } = {},
): void => {
  const { status } = answer;
  // A preflight is a question of the browser's own.
  if (method === 'OPTIONS' && status === 204) return;
  const path = app.getPath(new Request(url));
  const operation = isOfPictures && status === 404 ? undefined : operationFor(method, path);
  const told = operation ? operation.responses[status] : generalRefusal(path, status);
  const flaws = flawsOfAnswer(method, answer, told);
  if (flaws.length === 0) return;
  throw new Error(`The document does not promise what ${method} ${path} answers: ${status}, ${flaws.join('; ')}.`);
};
