/** The languages that people are written to in, by mail and on pages. */
export const READER_LANGUAGES = ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'pl', 'ru', 'ja', 'zh', 'ko', 'tr'] as const;

export type ReaderLanguage = (typeof READER_LANGUAGES)[number];

/** What is spoken to those for whom none of the languages is closest. */
export const STAND_IN: ReaderLanguage = 'en';

// What the IANA registry counts to the macrolanguage zh. Of the thirteen no other is a macrolanguage.
const CHINESE = /^(?:cdo|cjy|cmn|cnp|cpx|csp|czh|czo|gan|hak|hnm|hsn|luh|lzh|mnp|nan|sjc|wuu|yue)$/;

const isReaderLanguage = (subtag: string): subtag is ReaderLanguage =>
  (READER_LANGUAGES as readonly string[]).includes(subtag);

/**
 * The language that a tag's primary subtag names or belongs to; undefined for any other. To go by kinship, or by what
 * a country's people mostly read (Ukrainian to Russian, Catalan to Spanish), would be a guess about a person.
 */
export const closestLanguage = (tag: string): ReaderLanguage | undefined => {
  const [primary = ''] = tag.toLowerCase().split('-', 1);
  if (isReaderLanguage(primary)) return primary;
  return CHINESE.test(primary) ? 'zh' : undefined;
};
