/** A record of IANA's registry (RFC 5646 §3.1.2), as far as it is read here. */
export type Registration = {
  Type: string;
  Subtag?: string;
  Tag?: string;
  Prefix?: string[];
  'Preferred-Value'?: string;
};

/**
 * What IANA's language subtag registry of `fileDate` has beyond the one of 2025-08-25 that the package
 * `language-subtag-registry` holds. Kept by hand, because the package has no newer release; `language-registry.ts`
 * refuses it as soon as the package has one that knows any of this.
 *
 * Source: https://www.iana.org/assignments/language-subtag-registry/language-subtag-registry, File-Date 2026-09-17,
 * 9,296 records. These are all 15 that the package's 9,281 lack, and all preferred values that are new since. Left out
 * is what no tag is checked by: names, dates, comments, and the languages that a variant is meant for.
 */
export const languageSupplement = {
  fileDate: '2026-09-17',
  added: [
    ...['bih', 'dyl', 'lfb', 'olb', 'osd', 'scz', 'tvg', 'zhk'].map((Subtag) => ({ Type: 'language', Subtag })),
    ...['dyl', 'zhk'].map((Subtag) => ({ Type: 'extlang', Subtag, Prefix: ['sgn'], 'Preferred-Value': Subtag })),
    ...['moderat', 'radikalt', 'slepe', 'stadi', 'taglish'].map((Subtag) => ({ Type: 'variant', Subtag })),
  ] as Registration[],
  deprecated: [
    { Type: 'language', Subtag: 'bh', 'Preferred-Value': 'bih' },
    { Type: 'language', Subtag: 'mrd', 'Preferred-Value': 'mgp' },
    { Type: 'language', Subtag: 'shl', 'Preferred-Value': 'mrh' },
    { Type: 'language', Subtag: 'yol', 'Preferred-Value': 'enm' },
  ] as Registration[],
};
