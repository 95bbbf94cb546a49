import { describe, expect, it } from 'vitest';
import { PEOPLE_CATALOGUES } from '../src/web/people/catalogues.ts';
import type { PeopleCatalogue } from '../src/web/people/locales/catalogue.ts';
import { en } from '../src/web/people/locales/en.ts';
import { READER_LANGUAGES, type ReaderLanguage } from '../src/workers/reader-language.ts';
import { type Answer, call } from './client.ts';

const PATHS = ['/sign-up', '/sign-in', '/account'];
const PAGES = PATHS.flatMap((path) => READER_LANGUAGES.map((language) => [path, language] as const));
const FILES = ['/pages/people.css', ...PATHS.map((path) => `/pages${path}.js`)];
const PAGE_MAX_GZIP_BYTES = 40_000;

const pageIn = (path: string, language: string): Promise<Answer> => call('GET', `${path}?lang=${language}`);

const gzipBytes = async (bytes: Uint8Array<ArrayBuffer>): Promise<number> => {
  const packed = new Response(bytes).body?.pipeThrough(new CompressionStream('gzip'));
  return (await new Response(packed ?? null).arrayBuffer()).byteLength;
};

/** What a page loads by itself: its scripts, its styles, its pictures. */
const loadedBy = (html: string): string[] =>
  [...html.matchAll(/<(?:script|link|img)\b[^>]*\s(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);

describe('a page of the account', () => {
  // ASVS 3.2.2, 3.4.3, 3.4.6, 3.6.1
  it.each(PATHS)('runs and loads nothing but its own files, and sends forms nowhere: %s', async (path) => {
    const policy = (await pageIn(path, 'en')).headers.get('Content-Security-Policy') ?? '';
    expect(policy.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      ...(path === '/account' ? [expect.stringMatching(/^img-src 'self' blob: https?:\/\/[\w.:]+$/)] : []),
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      "trusted-types 'none'",
    ]);
  });

  it('takes pictures from the host that they have of their own', async () => {
    const env = { AVATAR_BASE_URL: 'https://pictures.example.com' };
    const policy = (await call('GET', '/account', { env })).headers.get('Content-Security-Policy');
    expect(policy).toContain("img-src 'self' blob: https://pictures.example.com");
  });

  it.each([...PATHS, ...FILES])('is asked for anew each time, and names its type: %s', async (path) => {
    const answer = await call('GET', path);
    const type = path.endsWith('.css') ? 'text/css' : path.endsWith('.js') ? 'text/javascript' : 'text/html';
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-cache']);
    expect(answer.headers.get('Content-Type')).toBe(`${type}; charset=utf-8`);
    const again = await call('GET', path, { headers: { 'If-None-Match': answer.headers.get('ETag') ?? '' } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it.each(['/account/', '/account.de.html', '/pages/account.de.html', '/pages/nothing.js', '/pages/..%5cdocs.html'])(
    'has no other address: %s',
    async (path) => {
      expect((await call('GET', path)).body).toMatchObject({ status_code: 404, code: 'NOT_FOUND' });
    },
  );
});

describe('what a page says of its deployment', () => {
  const served = (env: object, path = '/account') => call('GET', path, { env });

  it.each(['/sign-in', '/reset-password', '/'])('is whose service it is, as text: %s', async (path) => {
    const headers = { Accept: 'text/html' };
    const { text } = await call('GET', path, { headers, env: { APP_NAME: `Söhne & <b>"Co"</b> $&` } });
    expect(text).toContain(
      '<header><p class="small">Söhne &#38; &#60;b&#62;&#34;Co&#34;&#60;/b&#62; $&#38;</p></header>',
    );
    expect(text).not.toContain('{{');
  });

  it('is in how many days what is closed is erased, and whether there is a page to sign in', async () => {
    const { text } = await served({ DELETION_GRACE_DAYS: '7' });
    expect(text).toContain(' data-grace-days="7" data-pages="on">');
    expect((await served({ PAGES: 'off' }, '/verify-email')).text).toContain(' data-pages="off">');
  });

  it.each(['/sign-in', '/reset-password', '/'])('is where people find help: %s', async (path) => {
    const env = { SUPPORT_URL: 'mailto:help@example.com?subject="Help"' };
    const { text } = await call('GET', path, { headers: { Accept: 'text/html' }, env });
    expect(text).toContain(
      '<footer><p class="small"><a href="mailto:help@example.com?subject=&#34;Help&#34;" target="_blank" rel="noopener">Help and support</a></p></footer>',
    );
  });

  it.each(READER_LANGUAGES)('is where its terms are, which whoever signs up accepts: %s', async (language) => {
    const env = { TERMS_URL: 'https://example.com/terms?of="us"&more' };
    const { text } = await served(env, `/sign-up?lang=${language}`);
    const [, before, linked, after] =
      /data-short="termsFlaw"><span>(.*)<a id="terms-link" href="[^"]+" target="_blank" rel="noopener">(.+)<\/a>(.*)<\/span>/.exec(
        text,
      ) ?? [];
    expect(text).toContain(' href="https://example.com/terms?of=&#34;us&#34;&#38;more" target="_blank"');
    expect(`${before}[${linked}]${after}`).toBe(PEOPLE_CATALOGUES[language].signUp.terms);
  });

  it('makes the page another one for whoever has kept it', async () => {
    const before = await served({ APP_NAME: 'One' });
    const headers = { 'If-None-Match': before.headers.get('ETag') ?? '' };
    expect((await call('GET', '/account', { headers, env: { APP_NAME: 'One' } })).status).toBe(304);
    const after = await call('GET', '/account', { headers, env: { APP_NAME: 'Another' } });
    expect([after.status, after.text.includes('Another')]).toEqual([200, true]);
    const head = await call('HEAD', '/account', { env: { APP_NAME: 'One' } });
    expect([head.status, head.text, head.headers.get('ETag')]).toEqual([200, '', headers['If-None-Match']]);
  });
});

const LATIN = /^[\P{L}\p{Script=Latin}]*$/u;
const SCRIPTS: Partial<Record<ReaderLanguage, RegExp>> = {
  ru: /\p{Script=Cyrillic}/u,
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u,
  zh: /^(?!.*[\p{Script=Hiragana}\p{Script=Katakana}]).*\p{Script=Han}/u,
  ko: /\p{Script=Hangul}/u,
};

/** Every sentence of a catalogue, by where it stands. */
const sentencesOf = (catalogue: object, place = ''): [string, string][] =>
  Object.entries(catalogue).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[`${place} ${name}`, value]] : sentencesOf(value, `${place} ${name}`),
  );

describe.each(READER_LANGUAGES)('the sentences in %s', (language) => {
  const sentences = sentencesOf(PEOPLE_CATALOGUES[language]);

  it('are written in its own script, without a gap', () => {
    for (const [place, sentence] of sentences) {
      if (place.endsWith(' file')) expect(sentence).toMatch(/^[a-z-]+$/);
      else expect(sentence, place).toMatch(SCRIPTS[language] ?? LATIN);
      expect(sentence, place).not.toMatch(/^\s|\s$| {2}| [,.、。，]|\.\.|。。|!|！|undefined|\$\{/);
    }
  });

  it('have the holes that the English ones have', () => {
    const holes = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();
    const english = new Map(sentencesOf(en));
    for (const [place, sentence] of sentences) expect(holes(sentence), place).toEqual(holes(english.get(place) ?? ''));
  });
});

describe('the catalogues', () => {
  it('share no sentence: none was left in another language', () => {
    const all = READER_LANGUAGES.flatMap((language) =>
      [...new Set(sentencesOf(PEOPLE_CATALOGUES[language]).map(([, sentence]) => sentence))].filter(
        (sentence) => sentence.split(' ').length > 3,
      ),
    );
    expect(all.filter((sentence, n) => all.indexOf(sentence) !== n)).toEqual([]);
  });

  it('do not compile where a sentence or its hole is missing', () => {
    const { action, ...withoutAction } = en.signUp;
    const catalogues: PeopleCatalogue[] = [
      // @ts-expect-error a sentence is missing
      { ...en, signUp: withoutAction },
      // @ts-expect-error a sentence has lost its hole
      { ...en, problems: { ...en.problems, tooMany: 'Later.' } },
    ];
    expect([catalogues.length, action]).not.toContain('');
  });
});

describe.each(PAGES)('%s in %s', (path, language) => {
  it('is small, loads a style and a script, and nothing stands inline', async () => {
    const page = await pageIn(path, language);
    expect(page.text).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
    expect(loadedBy(page.text)).toEqual(['/pages/people.css', `/pages${path}.js`]);
    const files = [page, ...(await Promise.all(loadedBy(page.text).map((file) => call('GET', file))))];
    const packed = await Promise.all(files.map(({ bytes }) => gzipBytes(bytes)));
    expect(packed.reduce((sum, size) => sum + size)).toBeLessThan(PAGE_MAX_GZIP_BYTES);
  });

  it('gives no two things of a view one name, and no sentence the name of a thing', async () => {
    const { text } = await pageIn(path, language);
    const [, ...templates] = text.split('<template ');
    const names = templates.map((template) => /^id="([^"]+)"/.exec(template)?.[1]);
    const idsIn = (html: string) => [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    for (const template of templates) {
      const ids = idsIn(template.slice(template.indexOf('>')));
      expect(ids.filter((id, n) => ids.indexOf(id) !== n || names.includes(id))).toEqual([]);
    }
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
  });

  it('leads to itself in every language, and says which one it is in', async () => {
    const { text, headers } = await pageIn(path, language);
    expect(headers.get('Content-Language')).toBe(language);
    expect(text).toContain(`<html lang="${language}" dir="ltr"`);
    const links = [...text.matchAll(/<a href="(\?[^"]+)"/g)].map(([, href]) => href);
    expect(links).toEqual(READER_LANGUAGES.map((other) => `?lang=${other}`));
  });
});
