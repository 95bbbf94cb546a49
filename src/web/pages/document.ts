import { html } from 'hono/html';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from '../../accounts/passwords/password.ts';
import type { OneTimePurpose } from '../../accounts/tokens/one-time-token.ts';
import { READER_LANGUAGES, type ReaderLanguage } from '../../workers/reader-language.ts';
import { CATALOGUES } from './catalogues.ts';
import type { AddressText, PageCatalogue, RenewingText } from './locales/catalogue.ts';

type Html = ReturnType<typeof html>;

/** Where a new mail with a link is asked for; whoever has an account asks for another address there. */
const RENEWED_AT = {
  'verify-email': '/api/v1/auth/resend-verification',
  'reset-password': '/api/v1/auth/forgot-password',
} as const;

/** A state of the page, which the script shows. */
const view = (name: string, heading: string, content: Html): Html => html`
<template id="${name}">
<h1 id="heading" tabindex="-1">${heading}</h1>
${content}
</template>`;

/** A sentence of the script's. */
const words = (name: string, sentence: string | Html): Html => html`
<template id="${name}">${sentence}</template>`;

/** A sentence that says how long to wait, which only the answer tells. */
const waitingWords = (sentenceWith: (wait: string) => string): Html => {
  const [before = '', after] = sentenceWith('\0').split('\0');
  return after === undefined ? html`${before}` : html`${before}<span data-wait></span>${after}`;
};

// Not of the type "email": browsers turn a domain of other letters into its ASCII form there, and that is another
// address. How short and how long a value may be, and how each flaw is told, stands with the field.
const addressForm = ({ address }: PageCatalogue, route: string): Html => html`
<form data-post="${route}" data-next="sent" novalidate>
<label for="field">${address.label}</label>
<input id="field" name="email" type="text" inputmode="email" autocomplete="email" autocapitalize="none" spellcheck="false" aria-describedby="flaw" data-min="3" data-short="address" data-max="254" data-long="address" data-refused="address">
<p id="flaw" class="flaw"></p>
<button>${address.action}</button>
</form>`;

const passwordField = ({ password }: PageCatalogue): Html => html`
<label for="field">${password.label}</label>
<p id="rules" class="small">${password.rules}</p>
<input id="field" name="new_password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" aria-describedby="flaw rules" data-min="${PASSWORD_MIN_LENGTH}" data-short="short" data-max="${PASSWORD_MAX_LENGTH}" data-long="long" data-refused="known">
<p id="flaw" class="flaw"></p>
<button type="button" aria-pressed="false" aria-controls="field">${password.show}</button>`;

const languageList = (current: ReaderLanguage): Html => html`
<nav aria-label="${CATALOGUES[current].languages}">
<ul>${READER_LANGUAGES.map(
  (language) => html`
<li><a href="?lang=${language}" lang="${language}" hreflang="${language}"${language === current ? html` aria-current="true"` : ''}>${CATALOGUES[language].name}</a></li>`,
)}
</ul>
</nav>`;

/** The states in which a link is not taken, of a page that sends a new one. */
const renewingViews = (text: RenewingText, catalogue: PageCatalogue, route: string): Html[] => {
  const { headings, inbox } = catalogue;
  return [
    view('expired', headings.expired, html`<p>${text.expired}</p>${addressForm(catalogue, route)}`),
    view('invalid', headings.invalid, html`<p>${text.used}</p><p>${text.renew}</p>${addressForm(catalogue, route)}`),
    view('sent', headings.sent, html`<p>${text.sent}</p><p>${inbox}</p>`),
  ];
};

/** The same of one about another address, which can be somebody else's. */
const addressViews = (text: AddressText, { headings }: PageCatalogue): Html[] => [
  view('expired', headings.expired, html`<p>${text.expired}</p>`),
  view('invalid', headings.invalid, html`<p>${text.used}</p>`),
  view('taken', headings.taken, html`<p>${text.taken}</p>`),
];

const isRenewed = (purpose: OneTimePurpose): purpose is keyof typeof RENEWED_AT => Object.hasOwn(RENEWED_AT, purpose);

const views = (purpose: OneTimePurpose, catalogue: PageCatalogue): Html[] => {
  const { headings, missing, pages } = catalogue;
  const text = pages[purpose];
  return [
    view(
      'start',
      text.heading,
      html`<p>${text.lead}</p>
<p class="small">${text.notYou}</p>
<form data-post="/api/v1/auth/${purpose}" data-next="done" data-token novalidate>${purpose === 'reset-password' ? passwordField(catalogue) : ''}
<button>${text.action}</button>
</form>`,
    ),
    view('done', text.done.heading, html`<p>${text.done.text}</p>`),
    view('missing', headings.missing, html`<p>${missing}</p><p>${text.already}</p>`),
    ...(isRenewed(purpose)
      ? renewingViews(pages[purpose], catalogue, RENEWED_AT[purpose])
      : addressViews(pages[purpose], catalogue)),
  ];
};

const sentences = (purpose: OneTimePurpose, { working, retry, problems, address, password }: PageCatalogue): Html[] => [
  words('working', working),
  words('retry', retry),
  ...Object.entries(problems).map(([name, sentenceWith]) => words(name, waitingWords(sentenceWith))),
  ...(isRenewed(purpose) ? [words('address', address.flaw)] : []),
  ...Object.entries(purpose === 'reset-password' ? password.flaws : {}).map(([name, sentence]) =>
    words(name, sentence),
  ),
];

// At its hyphen "e-mail" is not broken.
const unbroken = (document: string): string => document.replaceAll(/\b([Ee])-(?=[Mm]ail|posta)/g, '$1\u2011');

/**
 * A page that a mail's link opens. All of its states and sentences lie in it as templates: the script that shows them
 * knows no language, and without it there is nothing that looks as if it worked.
 */
export const pageDocument = (purpose: OneTimePurpose, language: ReaderLanguage): string => {
  const catalogue = CATALOGUES[language];
  const { heading } = catalogue.pages[purpose];
  const document = html`<!doctype html>
<html lang="${language}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${heading}</title>
<link rel="stylesheet" href="/pages/page.css">
<script type="module" src="/pages/page.js"></script>
</head>
<body>
<main>
<div id="view">
<h1>${heading}</h1>
<noscript><p>${catalogue.noScript}</p></noscript>
<p class="incomplete">${catalogue.incomplete}</p>
</div>
<p id="progress" class="small" role="status"></p>
<p id="problem" class="problem" role="alert"></p>
</main>${languageList(language)}${views(purpose, catalogue)}${sentences(purpose, catalogue)}
</body>
</html>
`;
  return unbroken(String(document));
};
