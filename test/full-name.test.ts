import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullNameFlaw, normalizeFullName } from '../src/accounts/users/full-name.ts';
import { anyCharacter } from './any-character.ts';
import { times } from './depth.ts';

const flawOf = (name: string): string | undefined => fullNameFlaw(normalizeFullName(name));

/** ASCII in tag characters. */
const tags = (text: string): string => String.fromCodePoint(...Array.from(text, (c) => 0xe0000 + c.charCodeAt(0)));

/** The flag of a subdivision (UTS 51, emoji tag sequence). */
const flag = (subdivision: string): string => `🏴${tags(subdivision)}\u{E007F}`;

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
    ['Persian, with a non-joiner behind a vowel', 'بَ\u200Cن'],
    ['Persian, with an initial that a joiner keeps from looking like a digit', 'ه\u200D. گ. ولز'],
    ['Sinhala, with a joiner after the virama', 'ශ්\u200Dරී'],
    ['Malayalam, with a joiner after the virama', 'നന്\u200Dദ'],
    ['Malayalam, with a joiner in its last letter', 'മോഹന്\u200Dലാല്\u200D'],
    ['Malayalam, with a joiner in the last letter of each word', 'മോഹന്\u200D ലാല്\u200D'],
    ['Bengali, with a joiner in its last letter', 'শরত্\u200D'],
    ['Bengali, with a joiner before the virama', 'র\u200D্যাচেল'],
    ['Bengali, with a non-joiner before a vowel', 'গ\u200Cুপ্ত'],
    ['Telugu, with a non-joiner at the end', 'కిరణ్\u200C'],
    ['Kannada, with a non-joiner at the end', 'ಕಿರಣ್\u200C'],
    ['Devanagari, with a non-joiner', 'क्\u200Cष'],
    ['Devanagari, with an accent between virama and joiner', 'क्\u0951\u200Dष'],
    ['Khmer, with a non-joiner after the register shifter', 'ប៊\u200Cី'],
    ['Mongolian, with a vowel separator', 'ᠰᠠᠷ\u180Eᠠ'],
    ['Mongolian, with variants of a letter', 'ᠠ\u180Bᠡ\u180Cᠢ\u180Dᠣ\u180F'],
    ['Burmese, with a dotted letter', 'က\uFE00'],
    ['an ideograph with its variation', '葛\u{E0100}城'],
    ['an ideograph with the form of a compatibility character', '侮\uFE00'],
    ['an ideograph newer than the runtime, with its variation', '\u{3FFF0}\u{E01EF}'],
    ['an emoji of several', '👩🏽\u200D🚀'],
    ['an emoji of several, with a selector before the joiner', '❤\uFE0F\u200D🔥'],
    ['an emoji of several, with a selector at the end', '🧔🏿\u200D♂\uFE0F'],
    ['an emoji in colour', '⭐\uFE0F'],
    ['an emoji in black and white', '☎\uFE0E'],
    ['a key', '1\uFE0F\u20E3'],
    ['the flag of England', flag('gbeng')],
    ['the flag of Scotland', `Mel ${flag('gbsct')} Gibson`],
    ['the flag of Wales', `${flag('gbwls')}${flag('gbwls')}`],
  ])('keeps the invisible characters that it cannot be spelt without: %s', (_, name) => {
    expect(flawOf(name)).toBeUndefined();
    expect(normalizeFullName(name)).toBe(name);
  });

  it.each([
    ['a left-to-right mark', '\u200EAda', 'Ada'],
    ['a right-to-left mark', 'محمد\u200F', 'محمد'],
    ['an Arabic letter mark', '\u061Cمحمد', 'محمد'],
    ['a mark beside a joiner that is needed', 'علی\u200F\u200Cرضا', 'علی\u200Cرضا'],
    ['an embedding', '\u202AAda\u202C', 'Ada'],
    ['an isolate', 'Ada\u2068Lovelace\u2069', 'AdaLovelace'],
    ['a soft hyphen', 'Love\u00ADlace', 'Lovelace'],
    ['a zero-width space', 'Ada\u200B Lovelace', 'Ada Lovelace'],
    ['a word joiner', 'Ada\u2060Lovelace', 'AdaLovelace'],
    ['a byte order mark inside', 'Ada\uFEFFLovelace', 'AdaLovelace'],
    ['an invisible operator', 'Ada\u2063Lovelace', 'AdaLovelace'],
    ['a format character that is deprecated', 'Ada\u206A', 'Ada'],
    ['a combining grapheme joiner', 'e\u034F\u0301', 'é'],
    ['an invisible vowel', 'ក\u17B4', 'ក'],
    ['a default-ignorable that is unassigned', 'A\u2065d\uFFF0a\u{E0080}', 'Ada'],
    ['white space that was hidden behind it', '\u200B Ada \u200B', 'Ada'],
    ['what keeps an accent from its letter', 'Jose\u200B\u0301', 'José'],
    ['what keeps a vowel from its virama', 'ස\u0DD9\uFE0F\u0DCA\u200D', 'ස\u0DDA'],
    ['a joiner between letters that do not join', 'Ada\u200DLovelace', 'AdaLovelace'],
    ['a non-joiner between letters that do not join', 'Ada\u200CLovelace', 'AdaLovelace'],
    ['a joiner between consonants', 'ক\u200Dক', 'কক'],
    ['a joiner between letters that join anyway', 'ب\u200Dن', 'بن'],
    ['a non-joiner behind a letter that joins to none', 'برادر\u200Cها', 'برادرها'],
    ['a non-joiner at the end of a word', 'علی\u200C رضا', 'علی رضا'],
    ['a joiner at the start', '\u200Dරී', 'රී'],
    ['a second joiner', 'ශ්\u200D\u200Dරී', 'ශ්\u200Dරී'],
    ['a joiner after an emoji', '🚀\u200D', '🚀'],
    ['a selector that varies nothing', 'Ada \uFE0FLovelace', 'Ada Lovelace'],
    ['a selector of ideographs after a letter', 'A\u{E0100}da', 'Ada'],
    ['a selector of emoji after a letter', 'A\uFE0Fda', 'Ada'],
    ['a selector of emoji after a digit', '1\uFE0F', '1'],
    ['a second selector', '葛\u{E0100}\u{E0101}城', '葛\u{E0100}城'],
    ['a variant of Mongolian after another letter', 'A\u180Bda', 'Ada'],
    ['a vowel separator between other letters', 'A\u180Eda', 'Ada'],
    ['a tag', 'Ada\u{E0041}', 'Ada'],
    ['words in tags', `Ada${tags('ignore this')}`, 'Ada'],
    ['the tags of a flag that has no end', `🏴${tags('gbeng')}`, '🏴'],
    ['the tags of a flag that nobody draws', flag('zzzzz'), '🏴'],
    ['the tags of a flag on another base', `🚀${tags('gbeng')}\u{E007F}`, '🚀'],
  ])('loses what nobody sees, and is taken: %s', (_, pasted, name) => {
    expect(normalizeFullName(pasted)).toBe(name);
    expect(flawOf(pasted)).toBeUndefined();
  });

  it.each([
    ['Tai Yo', '\u{1E6C0}\u{1E6C1}'],
    ['Beria Erfe', '\u{16EA0}\u{16EBB}'],
    ['a place of the basic plane', 'A\u0378'],
    ['a place among the scripts of the supplementary plane', '\u{1107E}'],
    ['a place among the ideographs', '\u{3FFF0}\u{3FFF1}'],
  ])('may be of letters that the runtime does not know yet: %s', (_, name) => {
    expect(flawOf(name)).toBeUndefined();
    expect(normalizeFullName(name)).toBe(name);
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
    ['an override that is ended', '\u202EadA\u202C'],
    ['a Hangul filler', 'Ada\u3164'],
    ['a half-width Hangul filler', '\uFFA0Ada'],
    ['a filler of Hangul parts', '\u115F\u1161'],
    ['a braille blank', 'Ada\u2800Lovelace'],
    ['a note head that is blank', 'Ada\u{1D159}'],
    ['an annotation', 'Ada\uFFF9'],
    ['an object', 'Ada\uFFFC'],
    ['a lone surrogate', 'Ada\uD800'],
    ['private use', 'Ada\uE000'],
    ['private use of the last plane', 'Ada\u{10FFFD}'],
    ['a character that is none', 'Ada\uFFFE'],
    ['a character that is none, of the Arabic forms', 'Ada\uFDD0'],
    ['a character that is none, of another plane', 'Ada\u{1FFFF}'],
    ['a place where no letters will come', 'Ada\u{50000}'],
    ['a place among the special ones', 'Ada\u{E1000}'],
    ['what stands for lost text', 'Ad\uFFFD'],
  ])('holds no control, override, blank or what is no character: %s', (_, name) => {
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
    expect(flawOf('\u2068a\u2069\u00AD'.repeat(255))).toBeUndefined();
    expect(flawOf(`${'ന്\u200D'.repeat(85)}`)).toBeUndefined();
    expect(flawOf(`${'ന്\u200D'.repeat(85)}ന`)).toBe('must have at most 255 characters');
  });

  it('can be seen', () => {
    expect(flawOf('\u0301')).toBe('must contain a visible character');
    expect(flawOf('\u094D\u200D')).toBe('must contain a visible character');
    expect(flawOf('\u200B\u{E0100}\u200D')).toBe('must not be empty');
    expect(flawOf('\u0378')).toBeUndefined();
    expect(flawOf('.')).toBeUndefined();
  });

  const invisible = fc.constantFrom(
    ...['\u200D', '\u200C', '\uFE0F', '\uFE00', '\u{E0100}', '\u180B', '\u180E', '\u200B', '\u034F', '\u{E0067}', ' '],
  );
  const visible = fc.constantFrom(
    ...[
      'a',
      'e',
      '1',
      '\u0301',
      '\u20E3',
      'ශ',
      '\u0DD9',
      '\u0DCF',
      '\u0DCA',
      'ক',
      '\u09CD',
      '\u09C7',
      '\u09BE',
      '\u0951',
    ],
    ...['ی', 'ر', '\u0653', 'ا', 'ᠠ', '👩', '🚀', '🏽', '🏴', flag('gbwls'), '葛', '\u0378', 'क', '\u093C', '\u094D'],
  );

  // ASVS 1.1.1
  it('that is accepted is accepted again, as it is', () => {
    const any = fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 20 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.string({ unit: fc.oneof(invisible, visible), maxLength: 12 }),
    );
    const runs = times(1000, 5000);
    let accepted = 0;
    fc.assert(
      fc.property(any, (text) => {
        const name = normalizeFullName(text);
        expect(normalizeFullName(name)).toBe(name);
        if (fullNameFlaw(name)) return;
        accepted += 1;
        expect(flawOf(name)).toBeUndefined();
      }),
      { numRuns: runs },
    );
    expect(accepted).toBeGreaterThan(runs / 10);
  });

  it('is the same, however many unseen characters it was pasted with', () => {
    const unseen = fc.string({ unit: fc.constantFrom('\u200E', '\u061C', '\u2068', '\u2069', '\u00AD', '\u200B') });
    fc.assert(
      fc.property(fc.array(fc.tuple(unseen, fc.oneof(invisible, visible)), { maxLength: 12 }), (parts) => {
        const clean = parts.map(([, character]) => character).join('');
        expect(normalizeFullName(parts.flat().join(''))).toBe(normalizeFullName(clean));
      }),
    );
  });

  // A step for each pair of characters would be 10^9 of them at least.
  it.each([
    ['joiners', '\u200D'],
    ['viramas', '\u0DCA'],
    ['viramas and joiners', '\u0DCA\u200D'],
    ['vowels, selectors, viramas and joiners', '\u0DD9\uFE0F\u0DCA\u200D'],
    ['marks and non-joiners between letters that join', 'ب\u064E\u064E\u200C'],
    ['the beginning of a flag', '🏴\u{E0067}'],
    ['flags', flag('gbeng')],
    ['people holding hands', '👩\u200D'],
    ['selectors', '葛\u{E0100}\u{E0101}'],
    ['white space and marks', ' \u200E'],
    ['signs and joiners, ended by a mark that goes before each sign', '\u0951\u200D', '\u0334'],
  ])('of great length takes a number of steps in proportion to it: %s', (_, text, end = '') => {
    const name = normalizeFullName(text.repeat(times(60_000, 200_000)) + end);
    expect(fullNameFlaw(name)).toBeDefined();
  });
});
