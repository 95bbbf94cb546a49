import { describe, expect, it } from 'vitest';
import document from '../docs/openapi.json' with { type: 'json' };
import { documentPath } from '../src/api/openapi/path.ts';
import { appRoutes } from './app-routes.ts';
import { call } from './client.ts';

const PATH = '/openapi.json';

describe('the document of the API', () => {
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

  it('is served as the JSON that is committed, to tools of every origin', async () => {
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
