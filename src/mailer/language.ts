import { closestLanguage, type ReaderLanguage, STAND_IN } from '../workers/reader-language.ts';
import type { Catalogue } from './locales/catalogue.ts';
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

/** The sentences of mails in each language. */
export const CATALOGUES = { en, fr, de, es, it, pt, nl, pl, ru, ja, zh, ko, tr } satisfies Record<
  ReaderLanguage,
  Catalogue
>;

export type MailLanguage = keyof typeof CATALOGUES;

/** In what language somebody is written to, and by which locale dates are written for them. */
export type Reader = { language: MailLanguage; locale: string };

const REGION = /^[a-z]{2,3}(?:-[a-z]{3})?(?:-[A-Z][a-z]{3})?-([A-Z]{2}|[0-9]{3})(?:-|$)/;

/**
 * The closest match to a language tag in canonical form. Script, variants and extensions choose neither another
 * catalogue nor another calendar. Of the tag only the region reaches `Intl`, which throws at valid tags such as
 * `i-mingo`: it tells British dates from American ones, also for those to whom English is a stand-in.
 */
export const readerOf = (tag: string): Reader => {
  const language = closestLanguage(tag) ?? STAND_IN;
  const region = REGION.exec(tag)?.[1];
  return { language, locale: region ? `${language}-${region}` : language };
};
