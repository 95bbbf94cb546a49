import { describe, expect, it } from 'vitest';
import { READER_LANGUAGES } from '../src/workers/reader-language.ts';
import { type Answer, call } from './client.ts';

const FILES = ['/pages/admin.css', '/pages/admin.js'];
const PAGE_MAX_GZIP_BYTES = 40_000;

const gzipBytes = async ({ bytes }: Answer): Promise<number> => {
  const packed = new Response(bytes).body?.pipeThrough(new CompressionStream('gzip'));
  return (await new Response(packed ?? null).arrayBuffer()).byteLength;
};

describe('the page of administrators', () => {
  // ASVS 3.2.2, 3.4.3, 3.4.6, 3.6.1
  it('runs and loads nothing but its own files, and pictures of people', async () => {
    const policyOf = async (env: Partial<Env> = {}): Promise<string[]> =>
      (await call('GET', '/admin', { env })).headers.get('Content-Security-Policy')?.split('; ').sort() ?? [];
    expect(await policyOf()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' https://api.example.com",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      "trusted-types 'none'",
    ]);
    expect(await policyOf({ AVATAR_BASE_URL: 'https://pictures.example.com' })).toContain(
      "img-src 'self' https://pictures.example.com",
    );
  });

  it('is in English for everybody, and small; nothing stands inline, and no two things have one name', async () => {
    const page = await call('GET', '/admin?lang=de', { headers: { 'Accept-Language': 'de' } });
    expect([page.status, page.headers.get('Content-Language'), page.headers.get('Vary')]).toEqual([200, 'en', null]);
    expect(page.text).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|hreflang/i);
    const loaded = [...page.text.matchAll(/<(?:script|link)\b[^>]*\s(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(loaded).toEqual(FILES);
    const sizes = await Promise.all(
      [page, ...(await Promise.all(FILES.map((file) => call('GET', file))))].map(gzipBytes),
    );
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(PAGE_MAX_GZIP_BYTES);

    // A view is found by its name while another is shown.
    const templates = [...page.text.matchAll(/<template id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(templates).size).toBe(templates.length);
    const others = [...page.text.matchAll(/<(?!template)\w+[^>]*\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(others.filter((id) => templates.includes(id))).toEqual([]);
  });

  it.each(['/admin/suspension-mails/xx', '/admin/suspension-mails', '/admin/', '/pages/suspension-mail.en.json'])(
    'has no other address: %s',
    async (path) => {
      expect((await call('GET', path)).body).toMatchObject({ status_code: 404, code: 'NOT_FOUND' });
    },
  );

  it.each(READER_LANGUAGES)('has the mail of a suspension to show before it is sent, in %s', async (language) => {
    const answer = await call('GET', `/admin/suspension-mails/${language}`);
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/);
    const { subject, named, nameless } = answer.body;
    expect(subject).toContain('{app}');
    for (const [greets, { reason, none }] of [
      [true, named],
      [false, nameless],
    ]) {
      expect(reason).toMatch(/\n\n> \{reason\}\n\n/);
      expect(none).not.toContain('{reason}');
      expect([reason, none].map((text) => text.includes('{name}'))).toEqual([greets, greets]);
    }
  });
});
