import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmailAddress, normalizeEmail } from '../src/accounts/email-address.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

const atomCharacter = fc.constantFrom(..."abcxyz0189!#$%&'*+/=?^_`{|}~-äñжλ中あ");
const atom = fc.string({ unit: atomCharacter, minLength: 1, maxLength: 8 });
const local = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'));
const edge = fc.constantFrom(...'abcxyz019äñжλ中');
const inner = fc.string({ unit: fc.constantFrom(...'abcxyz019-äñжλ中'), maxLength: 8 });
const label = fc.tuple(edge, inner, edge).map((letters) => letters.join(''));
const domain = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom('com', 'example', 'рф', 'xn--p1ai', '中国'))
  .map(([labels, top]) => [...labels, top].join('.'));
const address = fc.tuple(local, domain).map((parts) => parts.join('@'));

// What separates, quotes or ends in a header, in SMTP, in a list of recipients or on a line.
const INJECTIONS = [...'"(),:;<>@[\\] \t\r\n\0\v\f\u0085\u00a0\u2028\u2029\u200b\u202e\ufeff\u00ad\u{e0001}\ud800'];

describe('an e-mail address', () => {
  it('of letters, digits and the signs of RFC 5322 is one, in any script', () => {
    fc.assert(fc.property(address, (text) => isEmailAddress(normalizeEmail(text))));
  });

  it.each([
    'a@b.co',
    'ada+tag@example.com',
    "o'hara@example.com",
    'first.last@sub.domain.example',
    'a@xn--bcher-kva.example',
    'ärger@bücher.example',
    '用户@例子.中国',
    '1@1.example',
    'a@1e100.net',
  ])('may be %s', (text) => expect(isEmailAddress(text)).toBe(true));

  it.each([
    '',
    '@',
    'a',
    'a@',
    '@b.co',
    'a@b',
    'a@b.',
    'a@.co',
    'a@b..co',
    'a@-b.co',
    'a@b-.co',
    'a@b_c.co',
    '.a@b.co',
    'a.@b.co',
    'a..b@b.co',
    'a@b@c.co',
    'a b@c.co',
    '"a b"@c.co',
    'a(comment)@b.co',
    'Ada <a@b.co>',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@b.co.',
    'a@b,c.co',
    'a@b.co,c@d.co',
    'a@b.co;c@d.co',
    'a@b.co\nBcc: c@d.co',
    'a@b.co%0ABcc:c@d.co',
    'mailto:a@b.co',
    'a@b/c.co',
    'a@b.co?bcc=c@d.co',
  ])('is not %j', (text) => expect(isEmailAddress(text)).toBe(false));

  it('holds nothing that injects, wherever it stands', () => {
    fc.assert(
      fc.property(address, fc.constantFrom(...INJECTIONS), fc.nat(), (text, injection, place) => {
        const at = place % (text.length + 1);
        const injected = text.slice(0, at) + injection + text.slice(at);
        expect(isEmailAddress(injected), JSON.stringify(injected)).toBe(false);
      }),
    );
  });

  it('may be any text at all: whatever is taken fits into one header, and nothing throws', () => {
    const piece = fc.oneof(
      fc.constantFrom('@', '.', 'a', 'example.com', '"', '\r\n', 'xn--'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const text = normalizeEmail(pieces.join(''));
        if (!isEmailAddress(text)) return;
        expect(text).toMatch(/^[^\s@<>"(),:;[\]\\\p{C}]+@[^\s@<>"(),:;[\]\\\p{C}]+$/u);
        expect(bytes(text)).toBeLessThanOrEqual(254);
      }),
    );
  });

  it('has at most 254 bytes, 64 of them before the sign and 63 in a label', () => {
    const labels = (last: number) => `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(last)}`;
    expect(isEmailAddress(`${'a'.repeat(64)}@b.co`)).toBe(true);
    expect(isEmailAddress(`${'a'.repeat(65)}@b.co`)).toBe(false);
    expect(isEmailAddress(`${'ä'.repeat(32)}@b.co`)).toBe(true);
    expect(isEmailAddress(`${'ä'.repeat(33)}@b.co`)).toBe(false);
    expect(isEmailAddress(`a@${'b'.repeat(63)}.co`)).toBe(true);
    expect(isEmailAddress(`a@${'b'.repeat(64)}.co`)).toBe(false);
    const longest = `${'a'.repeat(64)}@${labels(61)}`;
    expect([bytes(longest), isEmailAddress(longest)]).toEqual([254, true]);
    expect(isEmailAddress(`${'a'.repeat(64)}@${labels(62)}`)).toBe(false);
  });

  it('is looked at in little time, however it was made to take long', () => {
    const started = Date.now();
    for (const hostile of [`${'a.'.repeat(100_000)}@b.co`, `a@${'b-'.repeat(100_000)}`, `a@${'b.'.repeat(100_000)}`]) {
      expect(isEmailAddress(hostile)).toBe(false);
    }
    for (const hostile of [`a@${'-'.repeat(240)}.co`, `a@b${'-'.repeat(61)}.co`, `${'a'.repeat(63)}.@b.co`]) {
      expect(isEmailAddress(hostile)).toBe(false);
    }
    expect(Date.now() - started).toBeLessThan(1000);
  });
});

describe('the stored form of an address', () => {
  it('is trimmed and lower-cased as Unicode does', () => {
    expect(normalizeEmail('  Ada@EXAMPLE.com\n')).toBe('ada@example.com');
    expect(normalizeEmail('ÄRGER@BÜCHER.example')).toBe('ärger@bücher.example');
    expect(normalizeEmail('ЖУК@ПОЧТА.рф')).toBe('жук@почта.рф');
    expect(normalizeEmail('ΟΔΟΣ@example.com')).toBe('οδος@example.com');
  });

  it('is one form: it is its own, and the same for every way to write it in capitals', () => {
    fc.assert(
      fc.property(address, (text) => {
        const form = normalizeEmail(text);
        expect(normalizeEmail(form)).toBe(form);
        expect(normalizeEmail(` ${text}\t`)).toBe(form);
        expect(normalizeEmail(text.replace(/[a-zäñж]/g, (letter) => letter.toUpperCase()))).toBe(form);
      }),
    );
  });
});
