import { html } from 'hono/html';
import type { ReaderLanguage } from '../../workers/reader-language.ts';
import { allWords, pageOf, view } from '../frame.ts';
import { CATALOGUES } from '../pages/catalogues.ts';
import { peopleCatalogue } from './catalogues.ts';
import { told } from './field.ts';

/** The page of one's account. */
export const accountPage = (language: ReaderLanguage): string => {
  const { working, retry } = CATALOGUES[language];
  const { problems, account } = peopleCatalogue(language);
  return pageOf({
    ...{ language, heading: account.heading, style: 'people.css', script: 'account.js' },
    templates: [
      view(
        'loading',
        account.heading,
        html`<p>${account.loading}</p><form id="load" novalidate><button>${retry}</button>${told}</form>`,
      ),
      view(
        'account',
        account.heading,
        html`<p id="who"></p><form id="sign-out" novalidate><button class="second">${account.signOut}</button>${told}</form>`,
      ),
      ...allWords({ ...problems, working }),
    ],
  });
};
