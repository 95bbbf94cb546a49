import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { namesTag } from '../src/api/http/entity-tag.ts';
import { appRoutes } from './app-routes.ts';
import { call, newAccount } from './client.ts';
import { picture } from './picture.ts';

/** Every address that answers with a tag. */
let tagged: [path: string, tag: string][];

beforeAll(async () => {
  const { token } = await newAccount();
  const form = new FormData();
  form.set('avatar', new File([picture('columns.png')], 'columns.png'));
  const { body } = await call('PATCH', '/api/v1/users/me', { token, body: form });
  const paths = [
    ...appRoutes().flatMap(({ method, path, pattern }) => (method === 'GET' && !pattern.includes(':') ? [path] : [])),
    ...['/docs/reference.js', '/docs/swagger-ui-bundle.js'],
    new URL(body.avatar_url).pathname,
  ];
  const answers = await Promise.all(paths.map(async (path) => [path, (await call('GET', path)).headers.get('ETag')]));
  tagged = answers.filter((answer): answer is [string, string] => answer[1] !== null);
});

const asked = (method: string, path: string, ifNoneMatch: string) =>
  call(method, path, { headers: { 'If-None-Match': ifNoneMatch } });

describe('a file or a picture', () => {
  it('is one of several: there are some of each', () => {
    const paths = tagged.map(([path]) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['/openapi.json', '/docs', '/docs/reference.js', '/verify-email', '/pages/page.js']),
    );
    expect(paths.filter((path) => path.startsWith('/avatars/'))).toHaveLength(1);
  });

  it.each(['GET', 'HEAD'])('is not sent again to who has it, however that is said: %s', async (method) => {
    for (const [path, tag] of tagged) {
      const whole = await call(method, path);
      for (const text of [tag, `W/${tag}`, `"other", ${tag}`, `W/"a,b" ,,${tag},`, '*', ' * ']) {
        const { status, headers, bytes } = await asked(method, path, text);
        expect([status, bytes.length, headers.get('ETag')], `${path} ${text}`).toEqual([304, 0, tag]);
        expect([headers.get('Content-Type'), headers.get('Content-Length')]).toEqual([null, null]);
        for (const name of ['Cache-Control', 'Vary', 'Content-Security-Policy', 'Access-Control-Allow-Origin'])
          expect(headers.get(name), `${path} ${name}`).toBe(whole.headers.get(name));
      }
    }
  });

  it.each(['GET', 'HEAD'])('is sent to who has another: %s', async (method) => {
    for (const [path, tag] of tagged) {
      for (const text of ['"other"', 'W/"other", "another"', tag.slice(1, -1), '""', '', 'nonsense', '"*"', '"a", *']) {
        const { status, headers } = await asked(method, path, text);
        expect([status, headers.get('ETag')], `${path} ${text}`).toEqual([200, tag]);
      }
    }
  });

  it('is let go of where it is not sent', async () => {
    const cancelled: unknown[] = [];
    const fetch = async (request: Request) => {
      const file = await env.ASSETS.fetch(request);
      if (file.body) cancelled.push(vi.spyOn(file.body, 'cancel'));
      return file;
    };
    for (const path of ['/docs', '/openapi.json']) {
      const [, tag = ''] = tagged.find(([named]) => named === path) ?? [];
      const sent = { headers: { 'If-None-Match': tag }, env: { ASSETS: { fetch } as unknown as Fetcher } };
      expect((await call('GET', path, sent)).status).toBe(304);
    }
    expect(cancelled).toHaveLength(2);
    for (const cancel of cancelled) expect(cancel).toHaveBeenCalledOnce();
  });
});

describe('a list of tags', () => {
  it.each([
    ['"a"', '"a"'],
    ['W/"a"', '"a"'],
    ['"a"', 'W/"a"'],
    ['"x", "a"', '"a"'],
    ['"x","a"', '"a"'],
    ['"x,y", "a"', '"a"'],
    ['"a,b"', '"a,b"'],
    ['""', '""'],
    ['*', '"a"'],
  ])('%s names %s', (list, tag) => expect(namesTag(list, tag)).toBe(true));

  it.each([
    [undefined, '"a"'],
    ['', '"a"'],
    ['a', '"a"'],
    ['"A"', '"a"'],
    ['"a,b"', '"a"'],
    ['"*"', '"a"'],
    ['"a", *', '"b"'],
    ['""', '"a"'],
  ])('%s does not name %s', (list, tag) => expect(namesTag(list, tag)).toBe(false));
});
