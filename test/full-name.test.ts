import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullNameFlaw, normalizeFullName } from '../src/accounts/full-name.ts';

const flawOf = (name: string): string | undefined => fullNameFlaw(normalizeFullName(name));

describe('a name', () => {
  it.each([
    ['Ada Lovelace'],
    ["Siobhán O'Brien-Ó Néill"],
    ['José María Núñez'],
    ['Нина Симонэ'],
    ['李小龍'],
    ['さくら　ももこ'],
    ['محمد بن سلمان'],
    ['ยิ่งลักษณ์'],
    ['Nguyễn Thị Minh Khai'],
    ['X Æ A-12'],
    ['2Pac'],
    ['⭐️ Stella ⭐️'],
  ])('may be written in any script: %s', (name) => {
    expect(flawOf(name)).toBeUndefined();
  });

  it.each([
    ['Persian, with a non-joiner between letters', 'علی\u200Cرضا'],
    ['Sinhala, with a joiner after the virama', 'ශ්\u200Dරී'],
    ['Malayalam, with a joiner after the virama', 'നന്\u200Dദ'.replace('\u200Dദ', '\u200Dദ')],
    ['Devanagari, with a non-joiner', 'क्\u200Cष'],
    ['an ideograph with its variation', '葛\u{E0100}城'],
    ['an emoji of several', '👩🏽\u200D🚀'],
    ['an emoji of several, with a selector before the joiner', '❤\uFE0F\u200D🔥'],
  ])('may hold the invisible characters that it cannot be spelt without: %s', (_, name) => {
    expect(flawOf(name)).toBeUndefined();
  });

  it.each([
    ['a line feed', 'Ada\nLovelace'],
    ['a tabulator', 'Ada\tLovelace'],
    ['a null', 'Ada\0'],
    ['an escape', 'Ada\u001B[31m'],
    ['a delete', 'Ada\u007F'],
    ['a C1 control', 'Ada\u0085Lovelace'],
    ['a line separator', 'Ada\u2028Lovelace'],
    ['a right-to-left override', 'Ada\u202Eecalevol'],
    ['a left-to-right override', 'Ada\u202D'],
    ['an embedding', 'Ada\u202A'],
    ['an isolate', 'Ada\u2066Lovelace\u2069'],
    ['a right-to-left mark', 'Ada\u200F'],
    ['an Arabic letter mark', 'Ada\u061C'],
    ['a zero-width space', 'Ada\u200BLovelace'],
    ['a word joiner', 'Ada\u2060Lovelace'],
    ['a byte order mark inside', 'Ada\uFEFFLovelace'],
    ['a soft hyphen', 'Ada\u00ADLovelace'],
    ['a Hangul filler', 'Ada\u3164'],
    ['a half-width Hangul filler', '\uFFA0Ada'],
    ['a braille blank', 'Ada\u2800Lovelace'],
    ['a combining grapheme joiner', 'Ada\u034FLovelace'],
    ['a tag', 'Ada\u{E0041}'],
    ['an invisible operator', 'Ada\u2063Lovelace'],
    ['a joiner between letters that do not join', 'Ada\u200DLovelace'],
    ['a non-joiner between letters that do not join', 'Ada\u200CLovelace'],
    ['a joiner at the end', 'ශ්\u200D'],
    ['a joiner at the start', '\u200Dරී'],
    ['two joiners', 'ශ්\u200D\u200Dරී'],
    ['a selector that varies nothing', 'Ada \uFE0FLovelace'],
    ['two selectors', '葛\u{E0100}\u{E0101}城'],
    ['a lone surrogate', 'Ada\uD800'],
    ['private use', 'Ada\uE000'],
    ['a character that is none', 'Ada\uFFFE'],
    ['what stands for lost text', 'Ad\uFFFD'],
  ])('holds no control, override or invisible character: %s', (_, name) => {
    expect(flawOf(name)).toBe('must not contain control or invisible characters');
  });

  it('is trimmed, and composed', () => {
    expect(normalizeFullName(' \t\u00A0Ada \u3000\n')).toBe('Ada');
    expect(normalizeFullName('Jose\u0301')).toBe('José');
    expect(normalizeFullName('\uFEFFAda')).toBe('Ada');
  });

  it('has 1 to 255 characters, counted as code points after they are composed', () => {
    expect(flawOf('')).toBe('must not be empty');
    expect(flawOf(' \u3000 ')).toBe('must not be empty');
    expect(flawOf('𝒜'.repeat(255))).toBeUndefined();
    expect(flawOf('𝒜'.repeat(256))).toBe('must have at most 255 characters');
    expect(flawOf('e\u0301'.repeat(255))).toBeUndefined();
    expect(flawOf(` ${'a'.repeat(255)} `)).toBeUndefined();
  });

  it('can be seen', () => {
    expect(flawOf('\u0301')).toBe('must contain a visible character');
    expect(flawOf('.')).toBeUndefined();
  });

  it('that is accepted is accepted again, as it is', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.string({
        unit: fc.constantFrom(
          'a',
          'e',
          '\u0301',
          ' ',
          '\u200D',
          '\u200C',
          'ශ',
          '්',
          '\uFE0F',
          '👩',
          '🚀',
          '葛',
          '\u{E0100}',
        ),
        maxLength: 12,
      }),
    );
    let accepted = 0;
    fc.assert(
      fc.property(any, (text) => {
        const name = normalizeFullName(text);
        expect(normalizeFullName(name)).toBe(name);
        if (fullNameFlaw(name)) return;
        accepted += 1;
        expect(flawOf(name)).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});
