import { LANGUAGES_OF_THREE, PREFERRED_SUBTAGS, REGISTERED_TAGS, SUBTAGS } from '../data/language-subtags.ts';

type Langtag = {
  language: string;
  extlang: string | undefined;
  script: string | undefined;
  region: string | undefined;
  variants: string[];
  /** Each with its singleton in front: `u-co-phonebk`. */
  extensions: string[];
  privateUse: string | undefined;
};

const MAX_LENGTH = 64;

/**
 * `langtag` of RFC 5646 §2.1, in canonical case. Narrower than there in two points, neither of which refuses a valid
 * tag: no primary language of four letters or more is registered, and a second extended language is never valid
 * (§2.2.2).
 */
const LANGTAG = new RegExp(
  [
    '^(?<language>[a-z]{2,3})',
    '(-(?<extlang>[a-z]{3}))?',
    '(-(?<script>[A-Z][a-z]{3}))?',
    '(-(?<region>[A-Z]{2}|[0-9]{3}))?',
    '(?<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)',
    '(?<extensions>(-[0-9a-wyz](-[a-z0-9]{2,8})+)*)',
    '(-(?<privateUse>x(-[a-z0-9]{1,8})+))?$',
  ].join(''),
);
const EXTENSION = /[0-9a-wyz](-[a-z0-9]{2,8})+/g;

/** The four special codes of ISO 639 (RFC 5646 §4.1), and the "no preference" of RFC 2277 §4.5. */
const NAMES_NO_LANGUAGE = /^(und|mul|mis|zxx|i-default)(-|$)/;

let tables:
  | Record<'ofThree' | 'lastCharacters' | 'preferredSubtags' | 'registeredTags', Map<string, string>>
  | undefined;

/** What is registered, read when it is first asked for: most isolates never need it. */
function registry() {
  tables ??= {
    ofThree: pairs(LANGUAGES_OF_THREE),
    // Canonical case keeps the kinds of subtags apart (`id` is a language, `ID` a region), so one table serves them all.
    lastCharacters: pairs(SUBTAGS),
    preferredSubtags: pairs(PREFERRED_SUBTAGS),
    registeredTags: pairs(REGISTERED_TAGS),
  };
  return tables;
}

/**
 * Answers the canonical form of a language tag (RFC 5646 §4.5, case of §2.1.1: `EN-us` → `en-US`, `iw` → `he`,
 * `zh-cmn-Hans` → `cmn-Hans`), or undefined where the tag is not acceptable. The answer is itself acceptable and its
 * own canonical form, so a stored tag may be sent back.
 *
 * Acceptable is a tag of at most 64 characters, before and after, that is valid against the IANA registry (§2.2.9),
 * whose extended language follows its prefix (§2.2.2), and that names a language. `und`, `mul`, `mis`, `zxx`,
 * `i-default` and private use alone (`x-…`) name none. `qaa` to `qtz` do: the registry sets them aside for languages
 * that have no code of their own, and those who use one have agreed which it is. So do collections (`sla`) and the
 * grandfathered tags that nothing has replaced (`i-mingo`, `zh-min`).
 *
 * What follows an extension's singleton need only be well-formed. The order of variants is kept, a script that the
 * language implies is kept too (`en-Latn`), and CLDR's aliases do not apply (`cmn` stays `cmn`).
 */
export function canonicalLanguageTag(tag: string): string | undefined {
  // Looked at before any change of case: toLowerCase() makes an ASCII k of the Kelvin sign.
  if (tag.length > MAX_LENGTH || !/^[A-Za-z0-9-]+$/.test(tag)) return undefined;

  const cased = inCanonicalCase(tag);
  const canonical = registry().registeredTags.get(cased) ?? canonicalLangtag(cased);
  if (canonical === undefined || NAMES_NO_LANGUAGE.test(canonical)) return undefined;

  // `heploc` becomes the longer `alalc97`; too long afterwards would be a tag that cannot be sent back.
  return canonical.length <= MAX_LENGTH ? canonical : undefined;
}

/** §2.1.1: lower case; but two letters upper and four title case, unless they start the tag or follow a singleton. */
function inCanonicalCase(tag: string): string {
  const subtags = tag.toLowerCase().split('-');
  const singleton = subtags.findIndex((subtag) => subtag.length === 1);
  const end = singleton === -1 ? subtags.length : singleton;
  return subtags
    .map((subtag, position) => {
      if (position === 0 || position > end) return subtag;
      if (subtag.length === 2) return subtag.toUpperCase();
      if (subtag.length === 4) return subtag.charAt(0).toUpperCase() + subtag.slice(1);
      return subtag;
    })
    .join('-');
}

function canonicalLangtag(tag: string): string | undefined {
  const langtag = parseLangtag(tag);
  if (!langtag || !isValid(langtag)) return undefined;
  const composed = compose(langtag);
  // Only now, with its region replaced, is `sgn-DD` the registered `sgn-DE`.
  return registry().registeredTags.get(composed) ?? composed;
}

function parseLangtag(tag: string): Langtag | undefined {
  const groups = LANGTAG.exec(tag)?.groups;
  if (!groups) return undefined;
  const { language = '', extlang, script, region, variants = '', extensions = '', privateUse } = groups;
  return {
    language,
    extlang,
    script,
    region,
    variants: variants.split('-').slice(1),
    extensions: extensions.match(EXTENSION) ?? [],
    privateUse,
  };
}

function isValid({ language, extlang, script, region, variants, extensions }: Langtag): boolean {
  const subtags = [language, script, region, ...variants].filter((subtag) => subtag !== undefined);
  return (
    subtags.every(isRegistered) &&
    (extlang === undefined || isRegistered(`${language}-${extlang}`)) &&
    areDistinct(variants) &&
    areDistinct(extensions.map((extension) => extension.charAt(0)))
  );
}

/** §4.5, the first and the third step; an extended language stands for itself and drops its prefix. */
function compose({ language, extlang, script, region, variants, extensions, privateUse }: Langtag): string {
  const subtags = [extlang ?? language, script, region, ...variants]
    .filter((subtag) => subtag !== undefined)
    .map((subtag) => registry().preferredSubtags.get(subtag) ?? subtag);
  // A set, because what replaces a variant may be there already: `ja-alalc97-heploc`.
  return [...new Set(subtags), ...extensions.toSorted(), privateUse].filter((part) => part !== undefined).join('-');
}

function isRegistered(subtag: string): boolean {
  if (/^[a-z]{3}$/.test(subtag)) return isRegisteredOfThree(subtag);
  return registry().lastCharacters.get(subtag.slice(0, -1))?.includes(subtag.slice(-1)) ?? false;
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Each word of three letters has a bit, behind its first letter: six to a digit, the lowest first. */
function isRegisteredOfThree(word: string): boolean {
  const [second, third] = [word.charCodeAt(1) - 97, word.charCodeAt(2) - 97];
  const place = second * 26 + third;
  const digit =
    registry()
      .ofThree.get(word.charAt(0))
      ?.charAt(place / 6) ?? 'A';
  return ((BASE64URL.indexOf(digit) >> (place % 6)) & 1) === 1;
}

function areDistinct(values: string[]): boolean {
  return new Set(values).size === values.length;
}

/** `in:id iw:he` → a map from `in` to `id` and from `iw` to `he`. */
function pairs(text: string): Map<string, string> {
  return new Map(
    text.split(/\s/).map((pair) => {
      const [key = '', value = ''] = pair.split(':');
      return [key, value];
    }),
  );
}
