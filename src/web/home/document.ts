import { html } from 'hono/html';
import type { ReaderLanguage } from '../../workers/reader-language.ts';
import { documentOf } from '../frame.ts';
import { PEOPLE_CATALOGUES } from '../people/catalogues.ts';
import { HOME_TEXTS } from './texts.ts';

/** The page at the API's address: what this is, and where to go on. It needs no script, so its links name the language. */
export const homePage = (language: ReaderLanguage): string => {
  const { heading, about, control, docs } = HOME_TEXTS[language];
  const { signIn, signUp, account } = PEOPLE_CATALOGUES[language];
  const links = { '/sign-in': signIn.heading, '/sign-up': signUp.heading, '/account': account.heading };
  return documentOf({
    ...{ language, heading, style: 'home.css' },
    main: html`<h1>${heading}</h1>
<p>${about} ${control}</p>
<ul class="ways">${Object.entries(links).map(
      ([path, name]) => html`
<li><a href="${path}?lang=${language}">${name}</a></li>`,
    )}
<li><a href="/docs">${docs}</a></li>
</ul>`,
  });
};
