import { describe, expect, it } from 'vitest';
import { call } from './client.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const BUNDLE = '/docs/swagger-ui-bundle.js';

/** Every address below /docs that a text names. */
const filesIn = (text: string): string[] => text.match(/\/docs\/[\w.-]+/g) ?? [];

/** Every file that the page loads, and those that its modules load. */
const filesOfThePage = async (): Promise<string[]> => {
  const files = new Set(filesIn((await call('GET', '/docs')).text));
  for (const file of files) {
    if (!file.endsWith('.js') || file === BUNDLE) continue;
    const { text } = await call('GET', file);
    for (const [, name] of text.matchAll(/from '\.\/([\w-]+\.js)'/g)) files.add(`/docs/${name}`);
    for (const named of filesIn(text)) files.add(named);
  }
  return [...files];
};

describe('the reference at /docs', () => {
  // ASVS 3.2.2, 3.4.3, 3.4.6
  it('is a page that may load from its own origin alone, and nothing inline', async () => {
    const page = await call('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('Content-Security-Policy')).toBe(POLICY);
    expect(page.text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]* src=)|https?:/);
  });

  it('carries what every answer carries', async () => {
    for (const path of ['/docs', '/docs/reference.js']) {
      const { headers } = await call('GET', path);
      expect(headers.get('X-Request-Id')).toMatch(/\S/);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('X-Frame-Options')).toBe('DENY');
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
      expect(headers.get('Strict-Transport-Security')).toMatch(/^max-age=31536000/);
    }
  });

  it('tells readers without JavaScript where the document is', async () => {
    expect((await call('GET', '/docs')).text).toMatch(/<noscript>.*href="\/openapi\.json".*<\/noscript>/s);
  });

  it('has every file that it loads, each with its type and a tag by which it is not sent twice', async () => {
    const files = await filesOfThePage();
    expect(files).toEqual(expect.arrayContaining([BUNDLE, '/docs/reference.css', '/docs/session.js']));
    for (const file of files) {
      const { status, headers } = await call('GET', file);
      expect([status, headers.get('Cache-Control')], file).toEqual([200, 'no-cache']);
      expect(headers.get('Content-Type'), file).toMatch(
        /^(?:text\/(?:javascript|css|plain)|image\/svg\+xml); charset=utf-8$/,
      );
      expect(headers.get('Content-Security-Policy'), file).toMatch(/^default-src 'none'; frame-ancestors 'none'/);
      const again = await call('GET', file, { headers: { 'If-None-Match': headers.get('ETag') ?? '' } });
      expect([again.status, again.text], file).toEqual([304, '']);
    }
  });

  it('answers HEAD without a body', async () => {
    for (const path of ['/docs', BUNDLE]) {
      const { status, text, headers } = await call('HEAD', path);
      expect([status, text]).toEqual([200, '']);
      expect(headers.get('ETag')).toBe((await call('GET', path)).headers.get('ETag'));
    }
  });

  // ASVS 13.4.7
  it.each(['/docs/', '/docs.html', '/docs/docs.html', '/docs/nothing.js', '/docs/..%2fopenapi.json', '/docs/a/b'])(
    'does not serve %s',
    async (path) => {
      const { status, body } = await call('GET', path);
      expect([status, body.code]).toEqual([404, 'NOT_FOUND']);
    },
  );

  it('takes no other method', async () => {
    for (const path of ['/docs', '/docs/reference.js']) {
      const { status, headers } = await call('POST', path);
      expect([status, headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('is 503 where the platform does not serve the files', async () => {
    const broken = { fetch: () => Promise.reject(new Error('Internal error')) } as unknown as Env['ASSETS'];
    for (const path of ['/docs', '/docs/reference.js']) {
      const { status, body, headers } = await call('GET', path, { env: { ASSETS: broken } });
      expect([status, body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      expect(headers.get('Retry-After')).toMatch(/^\d+$/);
    }
  });

  it('brings the licences of the library along, which the library names', async () => {
    const { text } = await call('GET', `${BUNDLE}.LICENSE.txt`);
    expect(text).toContain('SmartBear');
    expect(text).toContain('Apache License');
    expect((await call('GET', BUNDLE)).text).toContain('see swagger-ui-bundle.js.LICENSE.txt');
  });
});
