import type { ReaderLanguage } from '../../workers/reader-language.ts';
import type { PeopleCatalogue } from './locales/catalogue.ts';
import { en } from './locales/en.ts';

// English stands in for the languages that are not written yet.
const WRITTEN: { en: PeopleCatalogue } & Partial<Record<ReaderLanguage, PeopleCatalogue>> = { en };

/** The sentences of these pages in a language. */
export const peopleCatalogue = (language: ReaderLanguage): PeopleCatalogue => WRITTEN[language] ?? WRITTEN.en;
