/**
 * Reduces the data of two packages to what the API needs, so that neither package is part of the Worker.
 *
 *   node src/tools/generate/data.ts           writes src/accounts/data
 *   node src/tools/generate/data.ts --check   writes nothing, says how old the languages are, and exits with 1 if a file
 *                                           there is out of date
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dictionary } from '@zxcvbn-ts/language-common';
import passwordPackage from '@zxcvbn-ts/language-common/package.json' with { type: 'json' };
import { languageAge, languageRegistry, languageSource } from './language-registry.ts';
import type { Registration } from './language-supplement.ts';

const DATA = join(import.meta.dirname, '../../accounts/data');
const COMMON_PASSWORD_COUNT = 10_000;
const MIN_PASSWORD_LENGTH = 8;
const LINE_WIDTH = 120;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const files = {
  'language-subtags.ts': languageSubtags(languageRegistry()),
  'common-passwords.txt': commonPasswords(dictionary['passwords-common']),
};

if (process.argv.includes('--check')) check();
else write();

function check(): void {
  console.log(languageAge());
  const stale = Object.entries(files).filter(([name, text]) => {
    const file = join(DATA, name);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  if (stale.length === 0) return;
  const names = stale.map(([name]) => `src/accounts/data/${name}`).join(' and ');
  console.error(`Run \`npm run generate:data\` to bring ${names} up to date.`);
  process.exitCode = 1;
}

function write(): void {
  mkdirSync(DATA, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(DATA, name), text);
}

function languageSubtags(registrations: Registration[]): string {
  const subtags = registrations.flatMap(subtagsOf);
  return [
    `// ${generatedFrom(languageSource)}\n`,
    constant('LANGUAGES_OF_THREE', bitmap(subtags.filter(isOfThree))),
    constant('SUBTAGS', pack(subtags.filter((subtag) => !isOfThree(subtag)))),
    constant('PREFERRED_SUBTAGS', registrations.flatMap(preferredSubtagOf)),
    constant('REGISTERED_TAGS', registrations.flatMap(registeredTagOf)),
  ].join('');
}

/** The subtags of a record, ranges spelt out; an extended language carries the one prefix that it may follow. */
function subtagsOf(record: Registration): string[] {
  if (record.Subtag === undefined) return [];
  if (record.Type !== 'extlang') return expandRange(record.Subtag);
  const [prefix, ...others] = record.Prefix ?? [];
  // RFC 5646 §2.2.2 and §3.1.7 promise both; the packed form has no room for anything else.
  if (others.length > 0 || record['Preferred-Value'] !== record.Subtag) {
    throw new Error(`The extended language ${record.Subtag} has not one prefix and itself as preferred value.`);
  }
  return [`${prefix}-${record.Subtag}`];
}

function preferredSubtagOf({ Type, Subtag, 'Preferred-Value': preferred }: Registration): string[] {
  if (Type === 'extlang' || Subtag === undefined || preferred === undefined) return [];
  return [`${Subtag}:${preferred}`];
}

/** Tags registered as a whole: grandfathered ones cannot be composed, redundant ones matter where they are replaced. */
function registeredTagOf({ Type, Tag, 'Preferred-Value': preferred }: Registration): string[] {
  if (Tag === undefined || (Type === 'redundant' && preferred === undefined)) return [];
  return [`${Tag}:${preferred ?? Tag}`];
}

/** `qaa..qtz` → `qaa`, `qab`, … `qtz`. */
function expandRange(subtag: string): string[] {
  const [first = '', last = first] = subtag.split('..');
  const subtags = [first];
  for (let current = first; current !== last; subtags.push(current)) current = successor(current);
  return subtags;
}

function successor(subtag: string): string {
  const rest = subtag.slice(0, -1);
  const letter = subtag.slice(-1);
  if (letter === 'z') return `${successor(rest)}a`;
  return rest + String.fromCharCode(letter.charCodeAt(0) + 1);
}

function isOfThree(subtag: string): boolean {
  return /^[a-z]{3}$/.test(subtag);
}

/**
 * Nearly half of all words of three letters are languages, so a bit for each takes least. By the first letter, six bits
 * to a digit of base64url, the lowest first; the others from `aa` to `zz` give the place.
 */
function bitmap(languages: string[]): string[] {
  const byFirst = Map.groupBy(languages, (language) => language.charAt(0));
  return [...byFirst].map(([first, ofFirst]) => {
    const digits = new Array<number>(Math.ceil(26 ** 2 / 6)).fill(0);
    for (const language of ofFirst) {
      const place = Number.parseInt(language.charAt(1), 36) * 26 + Number.parseInt(language.charAt(2), 36) - 270;
      digits[Math.floor(place / 6)] = (digits[Math.floor(place / 6)] ?? 0) | (1 << (place % 6));
    }
    return `${first}:${digits.map((digit) => BASE64URL[digit]).join('')}`;
  });
}

/** Front-codes subtags that differ in the last character only: `aaa`, `aab`, `aac` → `aa:abc`. */
function pack(subtags: string[]): string[] {
  const groups = new Map<string, string>();
  for (const subtag of subtags.toSorted()) {
    const front = subtag.slice(0, -1);
    groups.set(front, (groups.get(front) ?? '') + subtag.slice(-1));
  }
  return [...groups].map(([front, lastCharacters]) => `${front}:${lastCharacters}`);
}

/**
 * A line that says where they come from, and the passwords.
 *
 * @param passwords the most common first
 */
function commonPasswords(passwords: string[]): string {
  const candidates = passwords
    .map((password) => password.normalize('NFKC').toLowerCase())
    .filter((password) => [...password].length >= MIN_PASSWORD_LENGTH);
  const mostCommon = [...new Set(candidates)].slice(0, COMMON_PASSWORD_COUNT);
  const source = `@zxcvbn-ts/language-common ${passwordPackage.version} (MIT, © Dan Wheeler, Dropbox, @zxcvbn-ts)`;
  return `${generatedFrom(source)}\n${linesOf(mostCommon)}\n`;
}

function generatedFrom(source: string): string {
  return `Generated by src/tools/generate/data.ts from ${source}.`;
}

/** One string constant that holds all words, sorted, with white space between them. */
function constant(name: string, words: string[]): string {
  const text = linesOf(words).replace(/[`\\]|\$\{/g, '\\$&');
  return `\nexport const ${name} = \`${text}\`;\n`;
}

/** All words, sorted, with white space between them. */
function linesOf(words: string[]): string {
  const broken = words.find((word) => /\s/.test(word));
  if (broken !== undefined) throw new Error(`${broken} contains white space.`);
  const lines = [''];
  for (const word of words.toSorted()) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= LINE_WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
