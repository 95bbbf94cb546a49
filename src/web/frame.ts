import { html } from 'hono/html';
import { READER_LANGUAGES, type ReaderLanguage } from '../workers/reader-language.ts';
import { CATALOGUES } from './pages/catalogues.ts';

export type Html = ReturnType<typeof html>;

/** A state of a page, which its script shows. */
export const view = (name: string, heading: string, content: Html): Html => html`
<template id="${name}">
<h1 id="heading" tabindex="-1">${heading}</h1>
${content}
</template>`;

// What only an answer tells: the script fills it in.
const HOLE = /\{(\w+)\}/;

/** A sentence with its holes, which stand in braces: `{wait}`. */
export const withHoles = (sentence: string): Html => {
  const parts = sentence.split(HOLE);
  return html`${parts.map((part, n) => (n % 2 === 0 ? html`${part}` : html`<span data-fill="${part}"></span>`))}`;
};

/** A sentence of the script's, by its name. */
export const words = (name: string, sentence: string): Html => html`
<template id="${name}">${withHoles(sentence)}</template>`;

/** The same of each sentence of a group. */
export const allWords = (sentences: Readonly<Record<string, string>>): Html[] =>
  Object.entries(sentences).map(([name, sentence]) => words(name, sentence));

const languageList = (current: ReaderLanguage): Html => html`
<nav aria-label="${CATALOGUES[current].languages}">
<ul>${READER_LANGUAGES.map(
  (language) => html`
<li><a href="?lang=${language}" lang="${language}" hreflang="${language}"${language === current ? html` aria-current="true"` : ''}>${CATALOGUES[language].name}</a></li>`,
)}
</ul>
</nav>`;

// At its hyphen "e-mail" is not broken.
const unbroken = (document: string): string => document.replaceAll(/\b([Ee])-(?=[Mm]ail|posta)/g, '$1\u2011');

type Document = {
  language: ReaderLanguage;
  /** Also its title. */
  heading: string;
  /** The names of the files that it loads. */
  style: string;
  script?: string;
  main: Html;
  /** Behind what is seen. */
  templates?: Html[];
  /** Whether there are pages of it in other languages. */
  isTranslated?: boolean;
};

// Whose service it is, where its terms and help are, and in how many days what is deleted is erased, the deployment knows:
// the Worker puts it in where it serves a page.

/** A page of ours, with the list of its languages. */
export const documentOf = ({
  language,
  heading,
  style,
  script,
  main,
  templates,
  isTranslated = true,
}: Document): string => {
  const document = html`<!doctype html>
<html lang="${language}" dir="ltr" data-grace-days="{{GRACE_DAYS}}" data-pages="{{PAGES}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${heading}</title>
<link rel="stylesheet" href="/pages/${style}">${
    script
      ? html`
<script type="module" src="/pages/${script}"></script>`
      : ''
  }
</head>
<body>
<header><p class="small">{{APP_NAME}}</p></header>
<main>
${main}
</main>${isTranslated ? languageList(language) : ''}
<footer><p class="small"><a href="{{SUPPORT_URL}}" target="_blank" rel="noopener">${CATALOGUES[language].support}</a></p></footer>${templates ?? ''}
</body>
</html>
`;
  return unbroken(String(document));
};

type Frame = Omit<Document, 'main'> & {
  script: string;
  /** Below the view, in `main`. */
  main?: Html;
  /** The states and the sentences, as templates. */
  templates: Html[];
};

/**
 * A page that its script shows. All of its states and sentences lie in it as templates: the script knows no language, and
 * without it there is nothing that looks as if it worked.
 */
export const pageOf = ({ main, ...frame }: Frame): string => {
  const { noScript, incomplete } = CATALOGUES[frame.language];
  return documentOf({
    ...frame,
    main: html`<div id="view">
<h1>${frame.heading}</h1>
<noscript><p>${noScript}</p></noscript>
<p class="incomplete">${incomplete}</p>
</div>${main ?? ''}`,
  });
};
