import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { apiDocument } from '../src/api/document.ts';
import type { AppEnv } from '../src/api/http/env.ts';
import { validateJson } from '../src/api/http/validate.ts';
import { type Access, accessOf } from '../src/api/openapi/access.ts';
import { described } from '../src/api/openapi/described.ts';
import { openApiDocument } from '../src/api/openapi/document.ts';
import type { Description } from '../src/api/openapi/operation.ts';
import { documentPath } from '../src/api/openapi/path.ts';
import { appRoutes } from './app-routes.ts';
import { call } from './client.ts';
import './learnt-passwords.ts';

const PATH = '/openapi.json';

const document = await apiDocument();

describe('the document of the API', () => {
  // ASVS 13.4.5
  it('has every route of the app, and the app every one of the document', () => {
    const served = appRoutes().map(({ method, pattern }) => `${method} ${documentPath(pattern)}`);
    const told = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item)
        // It comes with GET.
        .filter((method) => method !== 'head')
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(told.sort()).toEqual(served.sort());
  });

  it('is served as it is committed, which is as it is made, to tools of every origin', async () => {
    const answer = await call('GET', PATH, { headers: { Origin: 'https://tool.example' } });
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/json']);
    expect(answer.body).toEqual(document);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
  });

  it('is asked for each time, and sent again only when it has changed', async () => {
    const { headers } = await call('GET', PATH);
    expect(headers.get('Cache-Control')).toBe('no-cache');
    const again = await call('GET', PATH, { headers: { 'If-None-Match': headers.get('ETag') ?? '' } });
    expect([again.status, again.text, again.headers.get('ETag')]).toEqual([304, '', headers.get('ETag')]);
    expect((await call('GET', PATH, { headers: { 'If-None-Match': '"another"' } })).status).toBe(200);
  });

  it('has a head of its own', async () => {
    const [whole, head] = [await call('GET', PATH), await call('HEAD', PATH)];
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['Content-Type', 'ETag', 'Cache-Control']) {
      expect(head.headers.get(name)).toBe(whole.headers.get(name));
    }
  });
});

describe('a document of routes and of what is told of them', () => {
  const told: Description = {
    operationId: 'getNote',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show a note',
    description: 'Shows it.',
    parameters: { id: { description: 'Its id.' } },
    answers: { 200: { description: 'The note.' } },
  };
  const notes = () => new Hono<AppEnv>().get('/:id{\\d+}', (c) => c.body('A note.'));
  const appOf = (router: Hono<AppEnv>) => new Hono<AppEnv>().get('/other', (c) => c.body('')).route('/notes', router);

  it('tells of a route under the path that the app gives to its router', async () => {
    const router = notes();
    const app = new Hono<AppEnv>().route('/notes', router);
    const { paths } = await openApiDocument(app, [described(router, { 'GET /:id': told })]);
    expect(Object.keys(paths)).toEqual(['/notes/{id}']);
    expect(paths['/notes/{id}']?.['get']).toMatchObject({ operationId: 'getNote' });
  });

  it('is none while one is without the other', async () => {
    const router = notes();
    const both = described(router, { 'GET /:id': told });
    await expect(openApiDocument(appOf(router), [both])).rejects.toThrow('There is no description of GET /other.');
    const one = new Hono<AppEnv>().route('/notes', router);
    // @ts-expect-error: a route has to be described.
    await expect(openApiDocument(one, [described(router, {})])).rejects.toThrow('no description of GET /notes/:id.');
    // @ts-expect-error: so has what is described to be a route.
    const more = described(router, { 'GET /:id': told, 'PUT /:id': told });
    await expect(openApiDocument(one, [more])).rejects.toThrow('its router does not serve: PUT /:id.');
    const elsewhere = described(notes(), { 'GET /:id': told });
    await expect(openApiDocument(one, [both, elsewhere])).rejects.toThrow(
      'does not serve what is described: GET /:id.',
    );
  });

  it('is one of who may do what as well, which is none while something is undecided', () => {
    const router = notes();
    const app = new Hono<AppEnv>().route('/notes', router);
    const accessWith = (access: Access) => accessOf(app, [described(router, { 'GET /:id': { ...told, ...access } })]);
    const [note] = accessWith({ audience: 'user', exceptions: { 'another user': 'NOT_FOUND' } });
    expect([note?.name, note?.done]).toEqual(['GET /notes/{id}', 200]);
    expect(note?.cells).toMatchObject({ nobody: 'INVALID_CREDENTIALS', user: 'passes', 'another user': 'NOT_FOUND' });
    expect(() => accessWith({ audience: 'user' })).toThrow(
      'What another user is answered under /notes/{id} is undecided.',
    );
    expect(() => accessWith({ audience: 'service' })).toThrow('What another service is answered');
    expect(() => accessWith({ audience: 'anybody', exceptions: { erased: 'passes' } })).toThrow('is no exception.');
    expect(() => accessOf(app, [])).toThrow('There is no description of GET /notes/:id.');
    // @ts-expect-error: whom a route is for has to be said.
    expect(described(router, { 'GET /:id': { ...told, audience: undefined } })).toBeDefined();
  });

  it('is none while a field of a body is told nothing of', async () => {
    const router = new Hono<AppEnv>().post('/', validateJson(z.object({ text: z.string() })), (c) => c.body(''));
    const app = new Hono<AppEnv>().route('/notes', router);
    const body = (note: object) => ({
      ...{ operationId: 'addNote', audience: 'anybody' as const, tag: 'Platform' as const },
      ...{ summary: 'Add a note', description: 'Adds it.' },
      bodies: { 'application/json': { name: 'Note', properties: { text: { ...note } }, examples: {} } },
      wrong: { json: [{ text: 1 }] },
      answers: { 200: { description: 'It is added.' } },
    });
    const documentOf = (note: object) => openApiDocument(app, [described(router, { 'POST /': body(note) })]);
    await expect(documentOf({})).rejects.toThrow('Nothing is told of text, which Note has.');
    const { components } = await documentOf({ description: 'The note.' });
    expect(components.schemas['Note']).toMatchObject({ properties: { text: { description: 'The note.' } } });
  });
});
