import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalLanguageTag } from '../src/accounts/users/language.ts';
import { languageAge, languageRegistry, supplemented } from '../src/tools/generate/language-registry.ts';
import type { Registration } from '../src/tools/generate/language-supplement.ts';
import { anyCharacter } from './any-character.ts';

const registry: (Registration & { Scope?: string })[] = languageRegistry();
const specialLanguages = registry.flatMap(({ Scope, Subtag }) => (Scope === 'special' && Subtag ? [Subtag] : []));

/** Subtags of one type, without the ranges, each with the value that the registry prefers to it, or itself. */
function registered(type: string): { subtag: string; preferred: string; prefix: string }[] {
  return registry.flatMap(({ Type, Subtag, Prefix, 'Preferred-Value': preferred }) =>
    Type !== type || Subtag === undefined || Subtag.includes('..')
      ? []
      : [{ subtag: Subtag, preferred: preferred ?? Subtag, prefix: Prefix?.[0] ?? '' }],
  );
}

const languages = registered('language').filter(({ subtag }) => !specialLanguages.includes(subtag));
const wholeTags = registry.flatMap(({ Tag, 'Preferred-Value': preferred }) =>
  Tag === undefined || Tag === 'i-default' ? [] : [{ tag: Tag, preferred: preferred ?? Tag }],
);

/** Every way to write `length` of the given characters. */
function words(characters: string, length: number): string[] {
  if (length === 0) return [''];
  return words(characters, length - 1).flatMap((word) => [...characters].map((character) => word + character));
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

describe('a language tag', () => {
  it.each([
    ['en', 'en'],
    ['EN-us', 'en-US'],
    ['ZH-HANT-hk', 'zh-Hant-HK'],
    ['es-419', 'es-419'],
    ['DE-ch-1996', 'de-CH-1996'],
    ['SL-ROZAJ-BISKE-1994', 'sl-rozaj-biske-1994'],
    ['az-latn-x-LATN', 'az-Latn-x-latn'],
    ['EN-ca-X-CA', 'en-CA-x-ca'],
    ['DE-U-CO-PHONEBK', 'de-u-co-phonebk'],
    ['en-A-CC-Latn-U-CA', 'en-a-cc-latn-u-ca'],
    ['pcm', 'pcm'],
    ['tlh', 'tlh'],
  ])('has the case of RFC 5646 §2.1.1: %s is %s', (tag, canonical) => {
    expect(canonicalLanguageTag(tag)).toBe(canonical);
  });

  it.each([
    ['iw', 'he'],
    ['in-ID', 'id-ID'],
    ['my-BU', 'my-MM'],
    ['de-DD-1901', 'de-DE-1901'],
    ['ja-Latn-hepburn-heploc', 'ja-Latn-hepburn-alalc97'],
    ['i-klingon', 'tlh'],
    ['EN-gb-OED', 'en-GB-oxendict'],
    ['SGN-be-fr', 'sfb'],
    ['zh-min-nan', 'nan'],
    ['sgn-us', 'ase'],
    ['zh-cmn', 'cmn'],
    ['zh-cmn-hans-cn', 'cmn-Hans-CN'],
    ['sgn-ase-US', 'ase-US'],
    ['ms-min', 'min'],
  ])('has its deprecated parts replaced by what the registry prefers: %s is %s', (tag, canonical) => {
    expect(canonicalLanguageTag(tag)).toBe(canonical);
  });

  it('is followed through replacements that lead to further ones', () => {
    expect(canonicalLanguageTag('ar-ajp')).toBe('apc');
    expect(canonicalLanguageTag('sgn-DD')).toBe('gsg');
    expect(canonicalLanguageTag('sgn-FX')).toBe('fsl');
    expect(canonicalLanguageTag('ja-alalc97-heploc')).toBe('ja-alalc97');
  });

  it('keeps what RFC 5646 keeps and CLDR would change', () => {
    for (const tag of ['cmn', 'sh', 'tl', 'en-Latn', 'ru-SU', 'sr-YU', 'hy-arevela', 'sl-1994-biske-rozaj']) {
      expect(canonicalLanguageTag(tag)).toBe(tag);
    }
  });

  it('has its extensions in the order of their singletons, and private use last', () => {
    expect(canonicalLanguageTag('en-u-nu-thai-a-bbb-0-zz-x-b-a')).toBe('en-0-zz-a-bbb-u-nu-thai-x-b-a');
    expect(canonicalLanguageTag('en-x-u-a')).toBe('en-x-u-a');
  });

  it('replaces a redundant tag only as a whole', () => {
    expect(canonicalLanguageTag('sgn-US-x-home')).toBe('sgn-US-x-home');
  });

  it('may name a grandfathered language that nothing has replaced', () => {
    for (const tag of ['cel-gaulish', 'i-enochian', 'i-mingo', 'zh-min']) {
      expect(canonicalLanguageTag(tag.toUpperCase())).toBe(tag);
    }
  });

  it('may be of 64 characters and of no more, in canonical form as well', () => {
    const extension = `-a${'-aaaaaaaa'.repeat(5)}-aaaaaa`;
    const longest = `en-scouse${extension}a`;
    expect(longest).toHaveLength(64);
    expect(canonicalLanguageTag(longest)).toBe(longest);
    expect(canonicalLanguageTag(`${longest}a`)).toBeUndefined();
    expect(canonicalLanguageTag(`zh-cmn-TW${extension}aa`)).toBeUndefined();

    const growing = `ja-heploc${extension}a`;
    expect(growing).toHaveLength(64);
    expect(canonicalLanguageTag(growing)).toBeUndefined();
    expect(canonicalLanguageTag(growing.slice(0, -1))).toBe(`ja-alalc97${extension}`);
  });
});

describe('what is no language tag', () => {
  it.each([
    ['nothing', ''],
    ['a hyphen', '-'],
    ['an open end', 'en-'],
    ['an open start', '-en'],
    ['a gap', 'en--US'],
    ['one letter', 'e'],
    ['a word', 'english'],
    ['four letters', 'engl'],
    ['a word and a region', 'english-US'],
    ['a number', '12'],
    ['an underscore', 'en_US'],
    ['white space before', ' en'],
    ['white space after', 'en '],
    ['a line end after', 'en\n'],
    ['a comma', 'en,fr'],
    ['a wildcard', '*'],
    ['a wildcard region', 'en-*'],
    ['an unregistered language', 'xx'],
    ['an unregistered language of three letters', 'xxx'],
    ['an unregistered extended language', 'zh-xxx'],
    ['an unregistered script', 'en-Latx'],
    ['an unregistered region', 'en-YY'],
    ['a number that is no region', 'en-000'],
    ['an unregistered variant', 'en-london'],
    ['a variant cut short', 'de-199'],
    ['an extended language behind another prefix', 'en-cmn'],
    ['an extended language behind its equal', 'cmn-cmn'],
    ['two extended languages', 'zh-cmn-yue'],
    ['two scripts', 'zh-Hans-Hant'],
    ['two regions', 'en-US-GB'],
    ['a region before the script', 'zh-CN-Hans'],
    ['a variant before the region', 'de-1996-CH'],
    ['a variant twice', 'de-1996-1996'],
    ['a variant twice, apart and in another case', 'sl-ROZAJ-biske-rozaj'],
    ['an extension twice', 'en-a-bbb-a-ccc'],
    ['an extension twice in another case', 'en-u-co-phonebk-U-nu-thai'],
    ['an extension without content', 'en-a'],
    ['an extension with an open end', 'en-u-'],
    ['an extension followed by another at once', 'en-a-u-co'],
    ['an extension with a subtag too short', 'en-u-ab-c'],
    ['an extension with a subtag too long', 'en-u-aaaaaaaaa'],
    ['an extension of no language', 'a-DE'],
    ['private use without content', 'en-x'],
    ['private use too long', 'en-x-aaaaaaaaa'],
    ['more than a grandfathered tag', 'i-klingon-x-a'],
    ['more than a regular grandfathered tag', 'zh-min-TW'],
    ['an unregistered i-tag', 'i-english'],
    ['a tag too long', 'english-language-tag-too-long-to-be-a-tag-of-any-language-at-all'],
    ['65 characters of well-formed tag', `en-x-${'aaaa-'.repeat(11)}aaaaa`],
    ['a very long string', 'en-'.repeat(100_000)],
    ['the long s, upper case of which is ASCII', 'ſl'],
    ['the Kelvin sign, lower case of which is ASCII', '\u212Aa'],
    ['the dotless i', 'ıt'],
    ['the dotted capital I', 'İt'],
    ['full-width letters', 'ｅｎ'],
    ['full-width digits', 'es-４１９'],
    ['another hyphen', 'en\u2010US'],
    ['a name of every object', 'constructor'],
    ['another name of every object', 'en-valueOf'],
  ])('is refused: %s', (_, tag) => {
    expect(canonicalLanguageTag(tag)).toBeUndefined();
  });

  it('is a tag that names no language', () => {
    for (const tag of ['und', 'mul', 'mis', 'zxx', 'i-default']) {
      expect(canonicalLanguageTag(tag)).toBeUndefined();
      expect(canonicalLanguageTag(tag.toUpperCase())).toBeUndefined();
    }
  });

  it('is a language that the registry calls special, whatever follows', () => {
    for (const tag of specialLanguages) {
      expect(canonicalLanguageTag(tag)).toBeUndefined();
      for (const rest of ['Latn', 'US', 'fonipa', 'u-co-phonebk', 'x-foo']) {
        expect(canonicalLanguageTag(`${tag}-${rest}`)).toBeUndefined();
      }
    }
  });

  it('is private use alone', () => {
    for (const tag of ['x-foo', 'X-FOO', 'x-en', 'x-a-b-c']) expect(canonicalLanguageTag(tag)).toBeUndefined();
  });
});

describe('the registry', () => {
  it('has every language accepted, and replaced where another is preferred', () => {
    expect(languages.length).toBeGreaterThan(8000);
    for (const { subtag, preferred } of languages) expect(canonicalLanguageTag(subtag)).toBe(preferred);
  });

  it('has no language that it does not list accepted', () => {
    const listed = new Set(languages.map(({ subtag }) => subtag));
    const accepted = [...words(letters, 2), ...words(letters, 3)].filter((word) => canonicalLanguageTag(word));
    expect(accepted.filter((word) => !listed.has(word))).toEqual(
      words(letters, 3).filter((word) => word >= 'qaa' && word <= 'qtz'),
    );
    expect(accepted).toHaveLength(languages.length + 520);
  });

  it('has every extended language accepted behind its prefix alone, and written without it', () => {
    for (const { subtag, preferred, prefix } of registered('extlang')) {
      expect(canonicalLanguageTag(`${prefix}-${subtag}`)).toBe(canonicalLanguageTag(preferred));
      expect(canonicalLanguageTag(`en-${subtag}`)).toBeUndefined();
    }
  });

  it.each(['script', 'region', 'variant'])('has every %s accepted in a plain tag', (type) => {
    expect(registered(type).length).toBeGreaterThan(100);
    for (const { subtag, preferred } of registered(type)) {
      expect(canonicalLanguageTag(`en-${subtag}`)).toBe(`en-${preferred}`);
    }
  });

  it('has no region that it does not list accepted', () => {
    const listed = new Set(registered('region').map(({ subtag }) => subtag));
    const candidates = [...words(letters.toUpperCase(), 2), ...words('0123456789', 3)];
    const accepted = candidates.filter((region) => canonicalLanguageTag(`en-${region}`));
    const privateRegions = candidates.filter((region) => /^(Q[M-Z]|X[A-Z])$/.test(region));
    expect(accepted.filter((region) => !listed.has(region))).toEqual(
      privateRegions.filter((region) => !listed.has(region)),
    );
    for (const region of privateRegions) expect(accepted).toContain(region);
  });

  it('has its private-use languages, scripts and regions accepted, and not their neighbours', () => {
    for (const tag of [
      'qaa',
      'qjk',
      'qtz',
      'en-Qaaa',
      'en-Qaaz',
      'en-Qaba',
      'en-Qabx',
      'en-XX',
      'qaa-Qaaa-QM-x-southern',
    ]) {
      expect(canonicalLanguageTag(tag)).toBe(tag);
    }
    for (const tag of ['en-Qaby', 'en-Qaca', 'en-Pzzz', 'en-QL']) expect(canonicalLanguageTag(tag)).toBeUndefined();
  });

  it('has every tag that is registered whole accepted, and replaced where another is preferred', () => {
    expect(wholeTags).toHaveLength(26 + 67 - 1);
    for (const { tag, preferred } of wholeTags) expect(canonicalLanguageTag(tag)).toBe(preferred);
  });

  it('has no preferred value that is not canonical itself', () => {
    const preferred = [...languages, ...wholeTags].map((entry) => entry.preferred);
    for (const tag of preferred) expect(canonicalLanguageTag(tag)).toBe(tag);
  });
});

describe('a tag that is newer than the package', () => {
  it.each([
    ['dyl', 'dyl'],
    ['sgn-dyl', 'dyl'],
    ['SGN-ZHK-cn', 'zhk-CN'],
    ['zhk', 'zhk'],
    ['bih', 'bih'],
    ['lfb', 'lfb'],
    ['olb', 'olb'],
    ['osd', 'osd'],
    ['scz', 'scz'],
    ['tvg', 'tvg'],
    ['nb-moderat', 'nb-moderat'],
    ['nb-radikalt', 'nb-radikalt'],
    ['no-slepe', 'no-slepe'],
    ['fi-stadi', 'fi-stadi'],
    ['tl-Taglish', 'tl-taglish'],
    ['bh-IN', 'bih-IN'],
    ['mrd', 'mgp'],
    ['shl', 'mrh'],
    ['yol', 'enm'],
  ])('is taken, in its canonical form: %s is %s', (tag, canonical) => {
    expect(canonicalLanguageTag(tag)).toBe(canonical);
  });

  it('is not taken where it is not registered: an extended language behind another prefix', () => {
    for (const tag of ['zh-zhk', 'sgn-lfb', 'sgn-bih']) expect(canonicalLanguageTag(tag)).toBeUndefined();
  });
});

describe('what the package does not know yet', () => {
  const published = {
    fileDate: '2025-08-25',
    records: [
      { Type: 'language', Subtag: 'bh' },
      { Type: 'language', Subtag: 'zh' },
    ],
  };
  const supplement = {
    fileDate: '2026-09-17',
    added: [{ Type: 'extlang', Subtag: 'zhk', Prefix: ['sgn'], 'Preferred-Value': 'zhk' }],
    deprecated: [{ Type: 'language', Subtag: 'bh', 'Preferred-Value': 'bih' }],
  };

  it('comes to what it knows', () => {
    expect(supplemented(published, supplement)).toEqual([
      { Type: 'language', Subtag: 'bh', 'Preferred-Value': 'bih' },
      { Type: 'language', Subtag: 'zh' },
      ...supplement.added,
    ]);
  });

  it.each([
    ['is as new', { ...published, fileDate: '2026-09-17' }, 'no older than the supplement'],
    ['is newer', { ...published, fileDate: '2026-11-02' }, 'holds the registry of 2026-11-02'],
    ['has the record', { ...published, records: [...published.records, ...supplement.added] }, 'has the extlang zhk'],
    ['prefers the value', { ...published, records: supplement.deprecated }, 'deprecates the language bh'],
    ['has lost the record', { ...published, records: [] }, 'has no language bh'],
  ])('is refused aloud once the package %s', (_, { fileDate, records }, words) => {
    expect(() => supplemented({ fileDate, records }, supplement)).toThrow(words);
    expect(() => supplemented({ fileDate, records }, supplement)).toThrow(
      'Remove src/tools/generate/language-supplement.ts',
    );
  });

  it('has a date, and its age is told in a sentence', () => {
    expect(languageAge(new Date('2026-11-28T12:00:00Z'))).toMatch(
      /^The languages are those of IANA's registry of 2026-09-17, 72 days ago: .*0\.4\.2 .*2025-08-25.*language-supplement\.ts.*\.$/,
    );
  });
});

describe('any string', () => {
  const subtags = (type: string) => fc.constantFrom(...registered(type).map(({ subtag }) => subtag));
  const alphanumerics = (minLength: number) =>
    fc.string({ unit: fc.constantFrom(...`${letters}0123456789`), minLength, maxLength: 8 });
  const sequences = (singletons: fc.Arbitrary<string>, minLength: number) =>
    fc
      .tuple(singletons, fc.array(alphanumerics(minLength), { minLength: 1, maxLength: 3 }))
      .map(([singleton, content]) => [singleton, ...content].join('-'));
  const optional = (arbitrary: fc.Arbitrary<string>) => fc.array(arbitrary, { maxLength: 1 });

  const primary = fc.oneof(
    fc.constantFrom(...languages.map(({ subtag }) => subtag)),
    fc.constantFrom(...registered('extlang').map(({ subtag, prefix }) => `${prefix}-${subtag}`)),
    fc.constantFrom('sgn', 'ja', 'ar-ajp', 'qaa'),
  );
  const extensions = fc.uniqueArray(sequences(fc.constantFrom(...'0129abtuwyz'), 2), {
    maxLength: 3,
    selector: (sequence) => sequence.charAt(0),
  });
  /** Valid tags, deprecated parts and any order of extensions among them, short enough once canonical. */
  const validTag = fc
    .tuple(
      primary,
      optional(subtags('script')),
      optional(fc.oneof(subtags('region'), fc.constantFrom('DD', 'FX', 'BU', 'XK'))),
      fc.uniqueArray(fc.oneof(subtags('variant'), fc.constantFrom('heploc', 'alalc97')), { maxLength: 3 }),
      extensions,
      optional(sequences(fc.constant('x'), 1)),
    )
    .map((parts) => parts.flat().join('-'))
    .filter((tag) => tag.length <= 63);
  const registeredTag = fc.constantFrom(...wholeTags.map(({ tag }) => tag));
  const tagLike = fc
    .array(fc.oneof(alphanumerics(0), subtags('language'), subtags('script'), subtags('region'), subtags('variant')), {
      maxLength: 6,
    })
    .map((parts) => parts.join('-'));
  const anything = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.string(),
    tagLike,
    fc.mixedCase(validTag),
    registeredTag,
  );

  it('is accepted when it is put together from registered parts', () => {
    fc.assert(fc.property(fc.mixedCase(validTag), (tag) => canonicalLanguageTag(tag) !== undefined));
  });

  it('never makes it throw, and comes back short and in ASCII or not at all', () => {
    fc.assert(fc.property(anything, (text) => /^[A-Za-z0-9-]{2,64}$/.test(canonicalLanguageTag(text) ?? 'refused')));
  });

  it('is canonical after one pass, and still accepted then', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const canonical = canonicalLanguageTag(text);
        if (canonical !== undefined) expect(canonicalLanguageTag(canonical)).toBe(canonical);
      }),
    );
  });

  it('means the same in any case', () => {
    fc.assert(
      fc.property(fc.oneof(validTag, registeredTag, tagLike), (tag) => {
        const canonical = canonicalLanguageTag(tag);
        expect(canonicalLanguageTag(tag.toUpperCase())).toBe(canonical);
        expect(canonicalLanguageTag(tag.toLowerCase())).toBe(canonical);
      }),
    );
  });

  it('means the same with its extensions in another order', () => {
    fc.assert(
      fc.property(
        primary,
        extensions.filter((sequences) => sequences.join('-').length < 50),
        (language, sequences) => {
          const canonical = canonicalLanguageTag([language, ...sequences].join('-'));
          expect(canonicalLanguageTag([language, ...sequences.toReversed()].join('-'))).toBe(canonical);
        },
      ),
    );
  });
});
