import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { searchForm, searchPrefix, termsOf, termsOfEmail, termsOfName } from '../src/accounts/users/search-terms.ts';
import { anyCharacter } from './any-character.ts';
import { times } from './depth.ts';

const wordsOf = (name: string): string[] => termsOfName(name).words.map(([term]) => term);
const phrasesOf = (name: string): string[] => termsOfName(name).phrases.map(([term]) => term);

describe('the form in which texts are compared', () => {
  it.each([
    ['İbrahim', 'ibrahim'],
    ['IŞIL ışıl', 'isil isil'],
    ['Straße STRASSE ẞ', 'strasse strasse ss'],
    ['ΟΔΥΣΣΕΥΣ Οδυσσεύς', 'οδυσσευσ οδυσσευσ'],
    ['José Núñez', 'jose nunez'],
    ['Jose\u0301', 'jose'],
    ['Nguyễn Thị', 'nguyen thi'],
    ['Łukasz Søren Đorđe Æsir Œuvre', 'lukasz soren dorde aesir oeuvre'],
    ['ﬁlip Ｗｉｄｅ ①', 'filip wide 1'],
    ['Ёлка Юрий', 'елка юрии'],
    ['أحمد مُحَمَّد', 'احمد محمد'],
    ['עָדָה', 'עדה'],
    ['O’Brien O´Brien', "o'brien o'brien"],
    ['Jean‐Luc Jean–Luc', 'jean-luc jean-luc'],
    ['  Ada \u3000 Lovelace ', 'ada lovelace'],
    ['علی\u200cرضا', 'علیرضا'],
    ['👩\u200d💻', '👩💻'],
  ])('has no case and no accents: %s', (text, form) => {
    expect(searchForm(text)).toBe(form);
  });

  it.each([
    ['が', 'か'],
    ['कि', 'क'],
    ['김', '기'],
    ['ที่', 'ท'],
  ])('keeps marks that make another letter: %s', (text, other) => {
    expect(searchForm(text)).toBe(text.normalize('NFC'));
    expect(searchForm(text)).not.toBe(searchForm(other));
  });

  it('is its own form, in capitals too, whatever the text', () => {
    const text = fc.string({ unit: anyCharacter, maxLength: 12 });
    fc.assert(
      fc.property(text, (given) => {
        expect(searchForm(searchForm(given))).toBe(searchForm(given));
        expect(searchForm(given.normalize('NFD'))).toBe(searchForm(given));
      }),
      { numRuns: times(2_000, 50_000) },
    );
    const odd: string[] = [];
    // The iota that is written below a letter goes as an accent; in capitals it stands beside it.
    const isIotaBelow = (letter: string): boolean => letter.normalize('NFD').includes('\u0345');
    for (let code = 0; code < 0x20000; code += 1) {
      const letter = String.fromCodePoint(code);
      const form = searchForm(letter);
      for (const other of [letter.toUpperCase(), letter.toLowerCase(), form]) {
        if (searchForm(other) !== form && !isIotaBelow(letter)) odd.push(letter);
      }
    }
    expect(odd).toEqual([]);
  });
});

describe('the terms of a name', () => {
  it.each<[string, string[], string[]]>([
    ['Ada', ['ada'], []],
    ['Ada King Lovelace', ['ada', 'king', 'lovelace'], ['ada king lovelace', 'king lovelace']],
    ['Jean-Luc Picard', ['jean-luc', 'luc', 'picard'], ['jean-luc picard', 'luc picard']],
    ["Rosa d'Artagnan", ['artagnan', "d'artagnan", 'rosa'], ["rosa d'artagnan"]],
    ['山田太郎', ['太郎', '山田太郎', '田太郎', '郎'], []],
    ['山田はなこ', ['はなこ', '山田はなこ', '田はなこ'], []],
    ['김철수', ['김철수', '수', '철수'], []],
    ['アレクサンダー', ['アレクサンダー'], []],
    ['สมชาย ใจดี', ['สมชาย', 'ใจดี'], ['สมชาย ใจดี']],
    ['(Ada)', ['(ada)', 'ada)'], []],
    ['🎉 Stella', ['stella', '🎉'], ['🎉 stella']],
    ['Ada Ada', ['ada'], ['ada ada']],
  ])('are its words, and the name from each of them on: %s', (name, words, phrases) => {
    expect(wordsOf(name)).toEqual(words);
    expect(phrasesOf(name)).toEqual(phrases);
  });

  it('say how much each shares with the one before it', () => {
    expect(termsOfName('John Johnson Jones').words).toEqual([
      ['john', 0],
      ['johnson', 4],
      ['jones', 2],
    ]);
    // By code points, as SQLite orders them, and not by the halves that JavaScript compares.
    expect(wordsOf('\u{10400} \uFA0E')).toEqual(['\uFA0E', '\u{10428}']);
  });

  it('are at most sixteen and as many phrases, of at most 255 code points', () => {
    const many = termsOfName(Array.from({ length: 120 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join(' '));
    expect([many.words.length, many.phrases.length]).toEqual([16, 16]);
    const long = termsOfName('\uFDFA'.repeat(200));
    for (const [term] of [...long.words, ...long.phrases]) expect([...term].length).toBeLessThanOrEqual(255);
    expect(termsOfName(null)).toEqual({ words: [], phrases: [] });
  });
});

describe('the terms of an address', () => {
  it('are itself and its domain, in the same form', () => {
    expect(termsOfEmail('josé@straße.example')).toEqual({ address: 'jose@strasse.example', domain: 'strasse.example' });
    expect(JSON.parse(termsOf({ email: 'josé@a.example', fullName: null }))).toMatchObject({
      ...{ email: 'josé@a.example', full_name: null, address: 'jose@a.example' },
    });
  });
});

describe('a query', () => {
  it.each([
    [' İBRAHİM ', 'ibrahim'],
    ['Ada\u00A0 Lov', 'ada lov'],
    ['x@XN--BCHER-KVA.ex', 'x@bucher.ex'],
    ['xn--bcher-kva.example', 'bucher.example'],
    ['%_\\\'"', `%_\\'"`],
    ['\uD800a', '\uFFFDa'],
    ['\u0301\u200D', ''],
    ['', ''],
  ])('%j begins what it finds', (q, prefix) => {
    expect(searchPrefix(q)).toBe(prefix);
  });
});
