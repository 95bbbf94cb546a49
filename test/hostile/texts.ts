import fc from 'fast-check';
import { anyCharacter } from '../any-character.ts';
import { MARK, weighted } from './sent.ts';

// What breaks out of SQL, HTML, templates, headers, paths and mails; what engines take for something else; letters that change
// their length, their case or their order.
const SPICES = [
  ...["' OR 1=1 --", '"; DROP TABLE users; --', '%', '_', '\\', 'a%_\\', '*', "''", '`', ';', '--', '/*'],
  ...['<script>alert(1)</script>', '{{7*7}}', '#{7*7}', '<!--', '&amp;', ']]>', '=?utf-8?q?a?=', '@', 'a@b', 'a@b.c'],
  ...['\u0000', '\r\nX-Injected: 1', '\n', '\t', '\u007f', '\u0085', '\u2028', '\u202e', '\ufeff', '\ufffd', '\u200d'],
  ...['../../../etc/passwd', '..\\..', '/', '//', '.', '..', '%00', '%2e%2e%2f', '%c0%ae', '%ff', '%', '%zz', '+'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'length', 'prototype', 'valueOf'],
  ...['', ' ', 'null', 'undefined', 'true', 'NaN', '-1', '0', '1', '01', '1.0', '1e999', '0x10', '9007199254740993'],
  ...[
    '\ud800',
    '\udc00',
    'İ',
    'ß',
    'ﬃ',
    'ﷺ',
    'ŉ',
    '\u1e9e',
    '\u212a',
    '\u0345',
    '👩‍👩‍👧',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '\ue000',
    '\u{10ffff}',
  ],
  ...['iw', 'en-us', 'x-private', 'zh-cmn-Hans', 'und', 'de-1996-1996', `en-${'a-'.repeat(31)}b`, 'en-u-co-phonebk'],
  MARK,
];

const spice = fc.constantFrom(...SPICES);

const repeated = fc
  .tuple(spice, fc.constantFrom(2, 40, 64, 129, 256, 512, 1001, 4001))
  .map(([text, times]) => text.repeat(times).slice(0, 20_000));

/** Marks out of order, which take a normaliser the square of their number. */
const marks = fc.constantFrom(100, 1000, 4000).map((length) => `a${'\u0301\u0316'.repeat(length / 2)}`);

/** A text that nobody would send by mistake. */
export const hostileText: fc.Arbitrary<string> = weighted(
  [8, spice],
  [4, fc.array(spice, { minLength: 2, maxLength: 5 }).map((parts) => parts.join(''))],
  [3, fc.string({ unit: anyCharacter, maxLength: 60 })],
  [2, fc.array(spice, { maxLength: 3 }).map((parts) => [MARK, ...parts, MARK].join(' '))],
  [2, repeated],
  [1, marks],
);

/** What a header's value may hold (RFC 9110 §5.5), as far as every client library sends it. */
const headerSafe = (text: string): string =>
  text
    .replace(/[^\p{ASCII}]/gu, (character) => encodeURIComponent(character.toWellFormed()))
    .replace(/[^\t\x20-\x7e]/g, '')
    .trim();

/** The same for a header's value, now and then as long as the platform takes one. */
export const hostileHeaderValue: fc.Arbitrary<string> = weighted(
  [9, hostileText],
  [
    1,
    fc
      .tuple(spice, fc.constantFrom(1000, 8000, 16_000))
      .map(([text, size]) => (text || 'x').repeat(size).slice(0, size)),
  ],
).map(headerSafe);
