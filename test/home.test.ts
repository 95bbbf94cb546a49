import { describe, expect, it } from 'vitest';
import { OPTIONAL_PAGES } from '../src/api/http/pages-off.ts';
import { HOME_TEXTS } from '../src/web/home/texts.ts';
import { PEOPLE_CATALOGUES } from '../src/web/people/catalogues.ts';
import { READER_LANGUAGES } from '../src/workers/reader-language.ts';
import { type Answer, call } from './client.ts';

const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

const toBrowser = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  call('GET', path, { headers: { ...BROWSER, ...headers } });

/** What a client sees of an answer, but for its id. */
const seen = ({ status, headers, text }: Answer) => {
  const { 'x-request-id': _, ...others } = Object.fromEntries(headers);
  return { status, headers: others, text };
};

describe('the first page', () => {
  it.each(READER_LANGUAGES)('says what this is, and leads on, in %s', async (language) => {
    const page = await toBrowser('/', { 'Accept-Language': language });
    expect([page.status, page.headers.get('Content-Language')]).toEqual([200, language]);
    const { heading, about, control, docs } = HOME_TEXTS[language];
    const { signIn, signUp, account } = PEOPLE_CATALOGUES[language];
    const said = page.text.replaceAll('&#39;', "'").replaceAll('\u2011', '-');
    expect(said).toContain(`<h1>${heading}</h1>\n<p>${about} ${control}</p>`);
    expect([...said.matchAll(/<a href="(\/[^"]*)">([^<]+)</g)].map(([, path, name]) => [path, name])).toEqual([
      [`/sign-in?lang=${language}`, signIn.heading],
      [`/sign-up?lang=${language}`, signUp.heading],
      [`/account?lang=${language}`, account.heading],
      ['/docs', docs],
    ]);
    expect(page.text).not.toMatch(/\/dev\/|<script/);
    expect((await toBrowser(`/?lang=${language}`)).text).toBe(page.text);
  });

  it('tells caches by what it differs, and is sent again only when it has changed', async () => {
    const page = await toBrowser('/');
    expect(page.headers.get('Vary')?.split(', ').sort()).toEqual(['Accept', 'Accept-Language']);
    const again = await toBrowser('/', { 'If-None-Match': page.headers.get('ETag') ?? '' });
    expect([again.status, again.headers.get('Vary')]).toEqual([304, page.headers.get('Vary')]);
    expect((await call('HEAD', '/', { headers: BROWSER })).status).toBe(200);
    expect((await call('GET', '/home', { headers: BROWSER })).status).toBe(404);
  });

  it.each([
    ['nothing', {}],
    ['anything', { Accept: '*/*' }],
    ['JSON', { Accept: 'application/json' }],
    ['all but HTML', { Accept: 'text/html;q=0, */*' }],
  ])('is not there for a program, which accepts %s', async (_, headers) => {
    const answer = await call('GET', '/', { headers });
    expect(answer.text).toBe(
      '{"status":"error","status_code":404,"code":"NOT_FOUND","message":"The requested resource was not found.","data":{}}',
    );
    expect([answer.status, answer.headers.get('Vary')]).toEqual([404, 'Accept']);
  });
});

describe('with PAGES off', () => {
  const env = { PAGES: 'off' };

  it.each([...OPTIONAL_PAGES, '/admin/suspension-mails/en'])(
    '%s is a path that nobody knows, whatever the method',
    async (path) => {
      for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS']) {
        const [answer, unknown] = await Promise.all(
          [path, '/nothing'].map((asked) => call(method, asked, { headers: BROWSER, env })),
        );
        expect(answer && seen(answer), method).toEqual(unknown && seen(unknown));
        expect(answer?.status).toBe(404);
      }
    },
  );

  it.each(['/verify-email', '/reset-password', '/confirm-email', '/undo-email', '/pages/page.js', '/docs'])(
    '%s stays',
    async (path) => {
      expect((await call('GET', path, { env })).status).toBe(200);
    },
  );
});
