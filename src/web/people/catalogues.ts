import type { ReaderLanguage } from '../../workers/reader-language.ts';
import type { PeopleCatalogue } from './locales/catalogue.ts';
import { de } from './locales/de.ts';
import { en } from './locales/en.ts';
import { es } from './locales/es.ts';
import { fr } from './locales/fr.ts';
import { it } from './locales/it.ts';
import { ja } from './locales/ja.ts';
import { ko } from './locales/ko.ts';
import { nl } from './locales/nl.ts';
import { pl } from './locales/pl.ts';
import { pt } from './locales/pt.ts';
import { ru } from './locales/ru.ts';
import { tr } from './locales/tr.ts';
import { zh } from './locales/zh.ts';

/** The sentences of the pages of an account in each language. */
export const PEOPLE_CATALOGUES: Record<ReaderLanguage, PeopleCatalogue> = {
  en,
  fr,
  de,
  es,
  it,
  pt,
  nl,
  pl,
  ru,
  ja,
  zh,
  ko,
  tr,
};
