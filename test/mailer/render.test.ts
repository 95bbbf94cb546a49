import fc from 'fast-check';
import registry from 'language-subtag-registry/data/json/registry.json';
import { describe, expect, it } from 'vitest';
import { linkKeys, readOneTimeToken } from '../../src/accounts/tokens/one-time-token.ts';
import { CATALOGUES, readerOf } from '../../src/mailer/language.ts';
import { times } from '../depth.ts';
import { KINDS, parsed, readsHtml, rendered, SETTINGS } from './sample-mail.ts';

const subtagsOf = (type: string) =>
  (registry as { Type: string; Subtag?: string; Macrolanguage?: string }[])
    .filter(({ Type, Subtag }) => Type === type && Subtag && !Subtag.includes('..'))
    .map(({ Subtag = '', Macrolanguage }) => ({ subtag: Subtag, macrolanguage: Macrolanguage }));

describe('the language of a mail', () => {
  it.each([
    ['fr', 'fr'],
    ['pt-BR', 'pt'],
    ['de-Latn-AT-1996', 'de'],
    ['es-419', 'es'],
    ['zh-Hant-TW', 'zh'],
    ['zh-min', 'zh'],
    ['cmn', 'zh'],
    ['yue-HK', 'zh'],
    ['en-GB-oxendict', 'en'],
    ['gsw', 'en'],
    ['uk-UA', 'en'],
    ['i-mingo', 'en'],
    ['qaa', 'en'],
    ['trv', 'en'],
  ])('for %s is %s', (tag, language) => {
    expect(rendered('account-erased', { language: tag })).toEqual(
      expect.objectContaining({
        language,
        html: expect.stringMatching(`^<!doctype html><html lang="${language}" dir="ltr">`),
      }),
    );
  });

  it('is that of the macrolanguage to which the registry counts a language', () => {
    for (const { subtag, macrolanguage = '' } of subtagsOf('language')) {
      const expected = [subtag, macrolanguage].find((language) => Object.hasOwn(CATALOGUES, language)) ?? 'en';
      expect(readerOf(subtag).language, subtag).toBe(expected);
    }
  });

  it('is one that can be rendered, whatever tag somebody has', () => {
    const some = (type: string) => fc.constantFrom(...subtagsOf(type).map(({ subtag }) => subtag));
    const tag = fc
      .tuple(
        fc.oneof(some('language'), fc.constantFrom('en', 'fr', 'zh', 'ru')),
        fc.option(some('script'), { nil: undefined }),
        fc.option(some('region'), { nil: undefined }),
        fc.constantFrom(undefined, '1996', 'u-ca-buddhist', 'u-nu-arab', 'x-zz'),
      )
      .map((subtags) => subtags.filter(Boolean).join('-'));
    const grandfathered = fc.constantFrom('i-mingo', 'i-enochian', 'zh-min', 'cel-gaulish', 'en-GB-oed');
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: tag }, grandfathered), (language) => {
        expect(rendered('account-deleted', { language }).text).toMatch(/2026/);
      }),
      { numRuns: times(200, 5_000) },
    );
  });
});

describe('a date', () => {
  it.each([
    ['en', 'until June 4, 2026 at 3:06 PM UTC.'],
    ['en-GB', 'until 4 June 2026 at 15:06 UTC.'],
    ['en-Latn-GB-oxendict', 'until 4 June 2026 at 15:06 UTC.'],
    ['sv-SE', 'until 4 June 2026 at 15:06 UTC.'],
    ['en-TH', 'until June 4, 2026 at 3:06 PM UTC.'],
    ['en-u-ca-buddhist', 'until June 4, 2026 at 3:06 PM UTC.'],
    ['de-CH', 'bis zum 4. Juni 2026 um 15:06 UTC.'],
    ['fr-CA', 'jusqu’au 4 juin 2026 à 15 h 06 UTC.'],
    ['es', 'hasta el 4 de junio de 2026 a las 15:06 UTC.'],
    ['pt-BR', 'até 4 de junho de 2026 às 15:06 UTC.'],
    ['nl', 'tot 4 juni 2026 om 15:06 UTC.'],
    ['ru', 'до 4 июня 2026 г. в 15:06 UTC.'],
    ['ja', '2026年6月4日 15:06 UTC'],
    ['cmn-TW', '2026年6月4日 下午3:06 UTC'],
    ['ko', '2026년 6월 4일 오후 3:06 UTC.'],
  ])('is written in the manner of %s, and in UTC', (language, words) => {
    expect(rendered('verify-email', { language }).text.replace(/[\u00a0\u202f]/g, ' ')).toContain(words);
  });
});

describe('a link', () => {
  // ASVS 14.2.1
  it('is the same in the button, below it and in the text, and works', () => {
    const { text, html } = rendered('reset-password', { userId: 7 });
    const link = /^https:\S+#(token=\S+)$/m.exec(text);
    const brought = new URLSearchParams(link?.[1]);
    expect(readOneTimeToken(linkKeys(SETTINGS), 'reset-password', brought.get('token') ?? '')).toEqual({
      id: 'token',
      userId: 7,
      expiresAt: new Date(Date.UTC(2026, 5, 4, 15, 6)),
    });
    const written = link?.[0].replace('&', '&amp;');
    expect(html.split(`href="${written}"`)).toHaveLength(3);
    expect(html).toContain(`>${written}</a>`);
  });

  it('to a new password says whose it is, for password managers', () => {
    const brought = (email: string) => {
      const [, fragment] = /#(\S+)$/m.exec(rendered('reset-password', { email }).text) ?? [];
      return Object.fromEntries(new URLSearchParams(fragment));
    };
    for (const email of ['ada+1&token=2#@example.com', 'ada@bücher.example']) {
      expect(brought(email)).toEqual({ token: expect.stringMatching(/^1\./), for: email });
    }
    expect(rendered('verify-email').text).not.toContain('for=');
  });

  it('is signed by the key that a rotation has put beside the other, and works with both', () => {
    const rotated = {
      ...SETTINGS,
      MAIL_LINK_KEYS_B: JSON.stringify({ 2: Buffer.alloc(32, 'b').toString('base64url') }),
    };
    const [, token = ''] = /#token=([^&]+)&for=/.exec(rendered('reset-password', { userId: 7 }, rotated).text) ?? [];
    expect(token).toMatch(/^2\./);
    expect(readOneTimeToken(linkKeys(rotated), 'reset-password', token)?.userId).toBe(7);
    expect(readOneTimeToken(linkKeys(SETTINGS), 'reset-password', token)).toBeUndefined();
  });

  it('stands in no other kind of mail', () => {
    const linked = KINDS.filter((kind) => /#token=/.test(rendered(kind).text + rendered(kind).html));
    expect(linked).toEqual([
      ...['verify-email', 'account-created', 'reset-password', 'email-change', 'email-change-notice', 'email-changed'],
    ]);
  });

  it('of a mail about another address confirms it at the new one, and undoes it at the one before', () => {
    for (const [kind, page] of [
      ['email-change', 'confirm-email'],
      ['email-change-notice', 'undo-email'],
      ['email-changed', 'undo-email'],
    ] as const) {
      const [, path, token = ''] = /^https:\/\/app\.example\/(\S+)#token=(\S+)$/m.exec(rendered(kind).text) ?? [];
      expect([kind, path, readOneTimeToken(linkKeys(SETTINGS), page, token)?.id]).toEqual([kind, page, 'token']);
    }
  });
});

describe('the name of the reader', () => {
  it('is greeted, or a greeting without one stands in', () => {
    expect(rendered('account-restored').text).toMatch(/^Hello Ada Lovelace,\n/);
    expect(rendered('account-restored', { fullName: null }).text).toMatch(/^Hello,\n/);
    expect(rendered('account-restored', { fullName: 'J. R. R. Tolkien, M.D.' }).text).toMatch(
      /J\. R\. R\. Tolkien, M\.D\./,
    );
  });

  // ASVS 1.3.3
  // Threat borrowed-voice
  it.each(['Win at https://evil.example', 'www.evil.example', 'Call bob@evil.example', 'злой.рф'])(
    'is left out where a client would make a link of it: %s',
    (fullName) => {
      const { text, html } = rendered('password-changed', { fullName });
      expect(text).toMatch(/^Hello,\n/);
      expect(text + html).not.toContain(fullName);
    },
  );
});

describe('the reason for a suspension', () => {
  const withReason = (reason: string) => rendered('account-deactivated', { data: { reason } });

  it('keeps its lines, in a quotation of its own', () => {
    const { text, html } = withReason('One\n\nTwo\r\nThree');
    expect(text).toContain('\n\nThe reason given:\n\n> One\n> \n> Two\n> Three\n\nIf you think');
    expect(html).toMatch(/<blockquote [^>]*dir="auto">One<br\/><br\/>Two<br\/>Three<\/blockquote>/);
  });

  it('counts as none where it is blank', () => {
    expect(withReason(' \n')).toEqual(rendered('account-deactivated', { data: { reason: null } }));
  });
});

describe('the document', () => {
  // ASVS 14.2.3
  it('loads nothing, and no sender learns that it was opened', () => {
    for (const kind of KINDS) {
      const { html } = rendered(kind);
      expect(html).not.toMatch(
        /<(?:img|script|link|iframe|object|video|form|input)\b|\b(?:src|background)=|url\(|@import/i,
      );
      for (const [, url] of html.matchAll(/https?:([^"<]*)/g)) expect(url).toMatch(/^\/\/app\.example\//);
    }
  });

  it('shows its first sentence in the list of an inbox', () => {
    const { html } = rendered('account-reactivated');
    expect(html).toMatch(
      /<body [^>]*><div hidden="" style="display:none[^>]*>Your account at Edge Accounts is no longer/,
    );
  });

  it('knows dark schemes, and no style was changed by escaping', () => {
    const { html } = rendered('verify-email');
    expect(html).toContain('<meta name="color-scheme" content="light dark"/>');
    expect(html).toContain('@media (prefers-color-scheme:dark){.page{');
    expect(/<style>(.*)<\/style>/.exec(html)?.[1]).not.toMatch(/[&<>"']/);
    for (const [, style = ''] of html.matchAll(/style="([^"]*)"/g)) expect(style).not.toMatch(/&/);
  });
});

describe('whatever a name, a reason and the name of the app contain', () => {
  // Without line ends, each of which is an element of its own.
  const hostile = fc
    .oneof(
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        '</style></title></p></blockquote><b>',
        '<!--',
        '-->',
        ']]>',
        '&lt;b&gt;',
        "' onload='",
        '$& $1 $`',
      ),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: fc.constantFrom(...'<>&"\'/=;!-{}$`ab'), minLength: 1 }),
    )
    .map((text) => text.replace(/[\n\r\u2028\u2029]/g, '-'));

  // ASVS 1.1.2, 1.2.1, 1.3.7
  it.runIf(readsHtml)('the document has the same elements and shows those words', async () => {
    const plain = await parsed(rendered('account-deactivated', { data: { reason: 'Plain' } }).html);
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, async (fullName, words, app) => {
        const [reason, appName] = [`(${words})`, `(${app})`];
        const { html } = rendered('account-deactivated', { fullName, data: { reason } }, { APP_NAME: appName });
        const { elements, lines } = await parsed(html);
        expect(elements).toEqual(plain.elements);
        expect(lines).toHaveLength(plain.lines.length);
        expect(lines[0]).toMatch(/^Hello/);
        expect(lines).toContain(reason);
        expect(lines.join('\n')).toContain(`your account at ${appName}`);
      }),
      { numRuns: times(100, 2_000) },
    );
  });

  it('the subject is one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\r', '\n', '\0', '\u2028') }), (appName) => {
        for (const kind of KINDS) {
          expect(rendered(kind, {}, { APP_NAME: appName }).subject).toMatch(/^[^\p{Cc}\u2028\u2029]+$/u);
        }
      }),
    );
  });
});
