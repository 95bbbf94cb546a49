import { describe, expect, it, vi } from 'vitest';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from '../src/accounts/passwords/password.ts';
import { ONE_TIME_TOKEN_LIFETIME_MS, type OneTimePurpose } from '../src/accounts/tokens/one-time-token.ts';
import { CATALOGUES } from '../src/web/pages/catalogues.ts';
import type { PageCatalogue } from '../src/web/pages/locales/catalogue.ts';
import { en } from '../src/web/pages/locales/en.ts';
import { READER_LANGUAGES, type ReaderLanguage } from '../src/workers/reader-language.ts';
import { type Answer, call, failing } from './client.ts';

const PURPOSES = Object.keys(ONE_TIME_TOKEN_LIFETIME_MS) as OneTimePurpose[];
const PAGES = PURPOSES.flatMap((purpose) => READER_LANGUAGES.map((language) => [purpose, language] as const));
const STYLE = '/pages/page.css';
const SCRIPT = '/pages/page.js';
const FILES = [...PURPOSES.map((purpose) => `/${purpose}`), STYLE, SCRIPT];
// Of the other pages nobody has an account yet, or cannot sign in to it: they send a new link.
const isAboutAddress = (purpose: OneTimePurpose): boolean => ['confirm-email', 'undo-email'].includes(purpose);
// Uncompressed, and as they travel.
const PAGE_MAX_BYTES = 20_000;
const PAGE_MAX_GZIP_BYTES = 7_500;

const pageIn = (purpose: string, language: string): Promise<Answer> => call('GET', `/${purpose}?lang=${language}`);
const inLanguage = (acceptLanguage: string): Promise<Answer> =>
  call('GET', '/verify-email', { headers: { 'Accept-Language': acceptLanguage } });

const attributesOf = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value);

const gzipBytes = async (bytes: Uint8Array<ArrayBuffer>): Promise<number> => {
  const packed = new Response(bytes).body?.pipeThrough(new CompressionStream('gzip'));
  return (await new Response(packed ?? null).arrayBuffer()).byteLength;
};

describe('a page that a mail opens', () => {
  // ASVS 3.2.2, 3.4.3, 3.4.6, 3.6.1
  // Threat read-link, foreign-page
  it.each(PURPOSES)('runs and loads nothing but its own files, and sends forms nowhere: %s', async (purpose) => {
    const policy = (await pageIn(purpose, 'en')).headers.get('Content-Security-Policy') ?? '';
    expect(policy.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      "trusted-types 'none'",
    ]);
  });

  it.each(FILES)('is asked for anew each time, and sent again only when it has changed: %s', async (path) => {
    const answer = await call('GET', path);
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-cache']);
    const tag = answer.headers.get('ETag') ?? '';
    expect(tag).toMatch(/^"\w+"$/);
    const again = await call('GET', path, { headers: { 'If-None-Match': tag } });
    expect([again.status, again.text, again.headers.get('ETag')]).toEqual([304, '', tag]);
    expect(again.headers.get('Content-Security-Policy')).toBe(answer.headers.get('Content-Security-Policy'));
    const other = await call('GET', path, { headers: { 'If-None-Match': '"other"' } });
    expect([other.status, other.text]).toEqual([200, answer.text]);
  });

  // ASVS 4.1.1
  it.each(FILES)(
    'names its type with its charset, also where nothing but the headers is asked for: %s',
    async (path) => {
      const type = path.endsWith('.css') ? 'text/css' : path.endsWith('.js') ? 'text/javascript' : 'text/html';
      for (const method of ['GET', 'HEAD']) {
        const answer = await call(method, path);
        expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, `${type}; charset=utf-8`]);
        expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer');
        expect(answer.text === '').toBe(method === 'HEAD');
      }
    },
  );

  it.each([
    '/pages',
    '/pages/',
    '/pages/nothing.js',
    '/pages/verify-email.de.html',
    '/verify-email.de.html',
    '/verify-email/',
  ])('has no other address: %s', async (path) => {
    expect((await call('GET', path)).body).toMatchObject({ status_code: 404, code: 'NOT_FOUND' });
  });

  it('cannot be posted to', async () => {
    const answer = await call('POST', '/verify-email', { body: 'token=a' });
    expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    ['the platform does not answer', failing<Fetcher>('internal error')],
    ['it answers with an error', { fetch: async () => new Response('oops', { status: 500 }) }],
  ])('is 503 where %s, like all that storage keeps', async (_, assets) => {
    vi.spyOn(console, 'error').mockReturnValue();
    for (const path of FILES) {
      const answer = await call('GET', path, { env: { ASSETS: assets as Fetcher } });
      expect(answer.body).toMatchObject({ status_code: 503, code: 'SERVICE_UNAVAILABLE' });
      expect(answer.headers.get('Retry-After')).toBe('5');
      expect(answer.headers.get('Content-Security-Policy')).not.toContain("'self'");
    }
  });
});

describe('the language of a page', () => {
  it.each([
    ['de', 'de'],
    ['de-AT,en;q=0.5', 'de'],
    ['pt-BR', 'pt'],
    ['TR-tr', 'tr'],
    ['zh-Hant-TW, en;q=0.8', 'zh'],
    ['yue', 'zh'],
    ['en;q=0.1, fr;q=0.9', 'fr'],
    ['de;q=0, fr;q=0.1', 'fr'],
    ['uk, ru;q=0.5', 'ru'],
    ['uk', 'en'],
    ['ca-ES', 'en'],
    ['*', 'en'],
    ['', 'en'],
    ['__proto__, ;;==", constructor', 'en'],
  ])('is the closest of those that the browser prefers: "%s" gives %s', async (preferred, language) => {
    const answer = await inLanguage(preferred);
    expect(answer.headers.get('Content-Language')).toBe(language);
    expect(answer.headers.get('Vary')).toBe('Accept-Language');
    expect(answer.text).toContain(`<html lang="${language}"`);
  });

  it('is English where the browser prefers none', async () => {
    expect((await call('GET', '/verify-email')).headers.get('Content-Language')).toBe('en');
  });

  it('is rather the one that was chosen on the page', async () => {
    const answer = await call('GET', '/reset-password?lang=ja', { headers: { 'Accept-Language': 'de' } });
    expect(answer.headers.get('Content-Language')).toBe('ja');
    const unknown = await call('GET', '/reset-password?lang=tlh', { headers: { 'Accept-Language': 'de' } });
    expect(unknown.headers.get('Content-Language')).toBe('de');
  });

  it('has a tag of its own, so that no cache takes one for another', async () => {
    const tags = await Promise.all(READER_LANGUAGES.map(async (language) => (await inLanguage(language)).headers));
    expect(new Set(tags.map((headers) => headers.get('ETag'))).size).toBe(READER_LANGUAGES.length);
  });
});

describe.each(PAGES)('%s in %s', (purpose, language) => {
  it('holds no script, style or handler of its own', async () => {
    const { text } = await pageIn(purpose, language);
    expect(text).not.toMatch(
      /<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc="\/pages\/page\.js"><\/script>)/i,
    );
    const style = /<link rel="stylesheet" href="([^"]+)">/.exec(text)?.[1];
    expect([...attributesOf(text, 'src'), style]).toEqual(['/pages/page.js', '/pages/page.css']);
    expect(text.match(/<link /g)).toHaveLength(1);
  });

  it('says in its language what it is, and what it needs', async () => {
    const { text } = await pageIn(purpose, language);
    const { heading } = CATALOGUES[language].pages[purpose];
    expect(text).toContain(`<html lang="${language}" dir="ltr"`);
    expect(readable(text)).toContain(`<title>${heading}</title>`);
    expect(readable(text)).toContain(`<noscript><p>${CATALOGUES[language].noScript}</p></noscript>`);
  });

  it('leads to itself in every language, and knows which one it is in', async () => {
    const { text } = await pageIn(purpose, language);
    expect(attributesOf(text, 'href').filter((href) => href.startsWith('?'))).toEqual(
      READER_LANGUAGES.map((other) => `?lang=${other}`),
    );
    expect(text.match(/\saria-current="true">([^<]+)</)?.[1]).toBe(CATALOGUES[language].name);
  });

  it('has a template for everything that its script may say, and each sentence of the catalogue', async () => {
    const { text } = await pageIn(purpose, language);
    const templates = attributesOf(text, 'id').filter((id) => text.includes(`<template id="${id}">`));
    expect(new Set(templates).size).toBe(templates.length);
    const script = (await call('GET', '/pages/page.js')).text;
    const named = [
      ...['start', 'done', 'expired', 'invalid', 'missing', 'working', 'retry'],
      isAboutAddress(purpose) ? 'taken' : 'sent',
      ...['offline', 'unavailable', 'tooMany', 'unexpected'],
      ...['short', 'long', 'refused', 'next'].flatMap((attribute) => attributesOf(text, `data-${attribute}`)),
      ...(purpose === 'reset-password' ? ['same'] : []),
    ];
    expect(templates.sort()).toEqual([...new Set(named)].sort());
    for (const name of ['unavailable', 'tooMany', 'unexpected', 'offline']) expect(script).toContain(`'${name}'`);
    const { pages, password, inbox, address, headings, signIn, ...shared } = CATALOGUES[language];
    const { sent, taken, ...outcomes } = headings;
    const said = readable(text);
    const own = {
      ...(purpose === 'reset-password' ? { password } : {}),
      ...(purpose === 'undo-email' ? {} : { signIn }),
      ...(isAboutAddress(purpose) ? { taken } : { sent, inbox, address }),
    };
    for (const [place, sentence] of sentencesOf({ ...shared, ...outcomes, ...own, page: pages[purpose] })) {
      for (const part of sentence.split('<wait>')) expect(said, place).toContain(part);
    }
  });

  it('is small, together with its script and its style', async () => {
    const files = [await pageIn(purpose, language), await call('GET', STYLE), await call('GET', SCRIPT)];
    const sizes = files.map(({ bytes }) => bytes.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(PAGE_MAX_BYTES);
    const packed = await Promise.all(files.map(({ bytes }) => gzipBytes(bytes)));
    expect(packed.reduce((sum, size) => sum + size)).toBeLessThan(PAGE_MAX_GZIP_BYTES);
  });
});

/** What somebody reads: without escapes, and with the hyphens of the catalogue. */
function readable(html: string): string {
  return html
    .replaceAll('\u2011', '-')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Every sentence of a catalogue, by where it stands. */
function sentencesOf(catalogue: object, place = ''): [string, string][] {
  return Object.entries(catalogue).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'object') return sentencesOf(value, `${place} ${name}`);
    return [[`${place} ${name}`, typeof value === 'function' ? value('<wait>') : value]];
  });
}

const LATIN = /^[\P{L}\p{Script=Latin}]*$/u;
const SCRIPTS: Partial<Record<ReaderLanguage, RegExp>> = {
  ru: /^[\P{L}\p{Script=Cyrillic}]*\p{Script=Cyrillic}[\P{L}\p{Script=Cyrillic}]*$/u,
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u,
  zh: /^(?!.*[\p{Script=Hiragana}\p{Script=Katakana}]).*\p{Script=Han}/u,
  ko: /^[\P{L}\p{Script=Hangul}]*\p{Script=Hangul}[\P{L}\p{Script=Hangul}]*$/u,
};

describe.each(READER_LANGUAGES)('the sentences in %s', (language) => {
  const catalogue = CATALOGUES[language];

  it('are written in its own script, without a gap', () => {
    for (const [place, sentence] of sentencesOf(catalogue)) {
      expect(sentence.replace('JavaScript', '').replace('<wait>', ''), place).toMatch(SCRIPTS[language] ?? LATIN);
      expect(sentence, place).not.toMatch(/^\s|\s$| {2}| [,.、。，]|\.\.|。。|undefined|\$\{/);
    }
  });

  it('say how long to wait, how long a link works and how long a password is', () => {
    for (const problem of ['unavailable', 'tooMany'] as const) {
      expect(catalogue.problems[problem]('<wait>')).toContain('<wait>');
    }
    const number = (count: number) => new RegExp(`(?<!\\d)${count}(?!\\d)`);
    const [hours, minutes] = [60 * 60_000, 60_000];
    expect(catalogue.pages['verify-email'].expired).toMatch(number(ONE_TIME_TOKEN_LIFETIME_MS['verify-email'] / hours));
    expect(catalogue.pages['reset-password'].expired).toMatch(
      number(ONE_TIME_TOKEN_LIFETIME_MS['reset-password'] / minutes),
    );
    expect(catalogue.pages['confirm-email'].expired).toMatch(
      number(ONE_TIME_TOKEN_LIFETIME_MS['confirm-email'] / hours),
    );
    expect(catalogue.pages['undo-email'].expired).toMatch(number(ONE_TIME_TOKEN_LIFETIME_MS['undo-email'] / hours));
    const { rules, flaws } = catalogue.password;
    for (const text of [rules, flaws.short]) expect(text).toMatch(number(PASSWORD_MIN_LENGTH));
    for (const text of [rules, flaws.long]) expect(text).toMatch(number(PASSWORD_MAX_LENGTH));
  });
});

describe('the catalogues of the pages', () => {
  it('share no sentence: none was left in another language', () => {
    const all = READER_LANGUAGES.flatMap((language) => {
      const sentences = new Set(sentencesOf(CATALOGUES[language]).map(([, sentence]) => sentence));
      return [...sentences].filter((sentence) => sentence.split(' ').length > 3);
    });
    expect(all.filter((sentence, number) => all.indexOf(sentence) !== number)).toEqual([]);
  });

  it('do not compile where a sentence is missing', () => {
    const { retry, ...withoutLine } = en;
    const { short, ...withoutFlaw } = en.password.flaws;
    const { used, ...withoutOutcome } = en.pages['verify-email'];
    const { taken, ...withoutTaken } = en.pages['undo-email'];
    const catalogues: PageCatalogue[] = [
      // @ts-expect-error a line of both pages is missing
      withoutLine,
      // @ts-expect-error a flaw of a password is missing
      { ...en, password: { ...en.password, flaws: withoutFlaw } },
      // @ts-expect-error an outcome of a page is missing
      { ...en, pages: { ...en.pages, 'verify-email': withoutOutcome } },
      // @ts-expect-error an outcome of a page about another address is missing
      { ...en, pages: { ...en.pages, 'undo-email': withoutTaken } },
    ];
    expect([catalogues.length, retry, short, used, taken]).not.toContain('');
  });
});
