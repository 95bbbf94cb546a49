import { Buffer } from 'node:buffer';
import { type SQL, sql } from 'drizzle-orm';
import { canonicalDomainPrefix, canonicalEmailPrefix } from './email-address.ts';

// What people are found by: the beginning of a word of the name, of the address or of its domain. Texts are compared in a
// form without case and accents, which SQLite knows nothing of; so it is made here, of what is stored and of what is asked.

/** How many words of a name are looked at, and how many code points of a term: a folded text can be longer than the text. */
const MOST_WORDS = 16;
const LONGEST_TERM = 255;

// What an accent is: a mark that is put on a letter of any script, or points a letter of these. The marks of other scripts
// are vowels and tones, without which the word is another one; those of kana make another letter.
const POINTED = ['Latin', 'Greek', 'Cyrillic', 'Hebrew', 'Arabic', 'Syriac'].map((script) => `\\p{Script=${script}}`);
const DROPPED = new RegExp(String.raw`[[[\p{Script=Inherited}${POINTED.join('')}]&&\p{M}]--[\u3099\u309A]]`, 'gv');
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

// Letters that are written with a stroke or as one, and that no decomposition takes apart; the final sigma; and signs that
// a keyboard has once and typography many times.
const SAME = new Map(
  Object.entries({ ø: 'o', ł: 'l', đ: 'd', ð: 'd', ħ: 'h', ŧ: 't', æ: 'ae', œ: 'oe', ς: 'σ', '。': '.' }),
);
const MANY_SPELLINGS = new RegExp(`[${[...SAME.keys()].join('')}]`, 'gu');
const APOSTROPHES = /[\u0060\u2018\u2019\u2032\u02B9\u02BC]/gu;
// Decomposed, it would be a blank.
const ACUTE = /[\u00B4\u1FFD]/gu;
const DASHES = /\p{Dash_Punctuation}/gu;

/**
 * The form in which texts are compared: compatibility forms, accents and case taken away (Unicode's full case folding, by way
 * of the capitals, so that `ß` is `ss`; the dotless `ı` is `i` as all its relatives are), blanks made one, none at the ends.
 * Its own form.
 */
export const searchForm = (text: string): string =>
  text
    .toWellFormed()
    .replace(ACUTE, "'")
    .normalize('NFKD')
    .replace(IGNORABLE, '')
    .replace(DROPPED, '')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(MANY_SPELLINGS, (letter) => SAME.get(letter) ?? letter)
    .replace(APOSTROPHES, "'")
    .replace(DASHES, '-')
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .trim();

/** What the terms that are looked for begin with; empty where nothing is looked for. */
export const searchPrefix = (query: string): string => {
  const text = query.toWellFormed();
  if (text.includes('@')) return searchForm(canonicalEmailPrefix(text));
  return searchForm(/xn--/i.test(text) ? canonicalDomainPrefix(text) : text);
};

// A word begins behind a blank, and behind anything else that is neither letter, number nor mark: `Luc` in `Jean-Luc`. Where
// a script puts no blanks between words, each ideograph and each syllable of Hangul may begin one, and kana behind ideographs.
const BEGINNINGS = new RegExp(
  [
    '(?<=^| ).',
    String.raw`(?<![\p{L}\p{N}\p{M}])[\p{L}\p{N}]`,
    String.raw`[\p{Script=Han}\p{Script=Hangul}]`,
    String.raw`(?<=\p{Script=Han})[\p{Script=Hiragana}\p{Script=Katakana}]`,
  ].join('|'),
  'gu',
);

const cut = (term: string): string => [...term].slice(0, LONGEST_TERM).join('');

// As SQLite compares them, by code points; JavaScript compares halves of them.
const byCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const sharedLength = (a: string, b: string): number => {
  const [left, right] = [[...a], [...b]];
  const end = left.findIndex((letter, position) => letter !== right[position]);
  return end < 0 ? left.length : end;
};

/** A term, and how many code points it shares with the one before it in the order of the terms of this user. */
export type Term = [term: string, shared: number];

/**
 * In their order, each once. Of those that begin with what is looked for, the user is shown by the first: the one that shares
 * fewer code points with the one before it than are looked for.
 */
const inOrder = (terms: readonly string[]): Term[] =>
  [...new Set(terms)]
    .toSorted(byCodePoints)
    .map((term, position, all) => [term, position === 0 ? 0 : sharedLength(term, all[position - 1] ?? '')]);

/** The words of a name, each to the next blank; and the name from each of its words on, where another one follows. */
export const termsOfName = (name: string | null): { words: Term[]; phrases: Term[] } => {
  const text = searchForm(name ?? '');
  const rests = [...text.matchAll(BEGINNINGS)].slice(0, MOST_WORDS).map(({ index }) => text.slice(index));
  const words = rests.map((rest) => cut(rest.split(' ', 1)[0] ?? ''));
  const phrases = rests.filter((rest) => rest.includes(' ')).map(cut);
  return { words: inOrder(words), phrases: inOrder(phrases) };
};

/** The terms of a canonical address: itself and its domain, which is empty where it has none. */
export const termsOfEmail = (email: string): { address: string; domain: string } => {
  const address = searchForm(email);
  const [, domain = ''] = /@([^@]*)$/.exec(address) ?? [];
  return { address: cut(address), domain: cut(domain) };
};

/**
 * What a row of `users` says of it: the terms, and the address and name that they were made of, so that the database itself
 * sees where they are those of another. As JSON.
 */
export const termsOf = (user: { email: string; fullName: string | null }): string =>
  JSON.stringify({
    email: user.email,
    full_name: user.fullName,
    ...termsOfName(user.fullName),
    ...termsOfEmail(user.email),
  });

/** The terms of a row, with those of another name; where it has none yet it still has none. */
export const termsWithName = (fullName: string | null): SQL => {
  const { words, phrases } = termsOfName(fullName);
  return sql`json_set(users.terms, '$.full_name', ${fullName}, '$.words', json(${JSON.stringify(words)}),
                      '$.phrases', json(${JSON.stringify(phrases)}))`;
};

/** The same with those of another address. */
export const termsWithEmail = (email: string): SQL => {
  const { address, domain } = termsOfEmail(email);
  return sql`json_set(users.terms, '$.email', ${email}, '$.address', ${address}, '$.domain', ${domain})`;
};
