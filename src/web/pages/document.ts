import { html } from 'hono/html';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from '../../accounts/passwords/password.ts';
import type { OneTimePurpose } from '../../accounts/tokens/one-time-token.ts';
import type { ReaderLanguage } from '../../workers/reader-language.ts';
import { allWords, type Html, pageOf, view, words } from '../frame.ts';
import { CATALOGUES } from './catalogues.ts';
import type { AddressText, PageCatalogue, RenewingText } from './locales/catalogue.ts';

/** Where a new mail with a link is asked for; whoever has an account asks for another address there. */
const RENEWED_AT = {
  'verify-email': '/api/v1/auth/resend-verification',
  'reset-password': '/api/v1/auth/forgot-password',
} as const;

// Not of the type "email": browsers turn a domain of other letters into its ASCII form there, and that is another
// address. How short and how long a value may be, and how each flaw is told, stands with the field.
const addressForm = ({ address }: PageCatalogue, route: string): Html => html`
<form data-post="${route}" data-next="sent" novalidate>
<label for="field">${address.label}</label>
<input id="field" name="email" type="text" inputmode="email" autocomplete="email" autocapitalize="none" spellcheck="false" aria-describedby="flaw" data-min="3" data-short="address" data-max="254" data-long="address" data-refused="address">
<p id="flaw" class="flaw"></p>
<button>${address.action}</button>
</form>`;

// A password manager knows by it whose password is chosen: the link tells the address behind its token.
const USERNAME = html`
<input id="username" type="text" autocomplete="username" readonly hidden>`;

const passwordField = ({ password }: PageCatalogue): Html => html`
<label for="field">${password.label}</label>
<p id="rules" class="small">${password.rules}</p>
<input id="field" name="new_password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" aria-describedby="flaw rules" data-min="${PASSWORD_MIN_LENGTH}" data-short="short" data-max="${PASSWORD_MAX_LENGTH}" data-long="long" data-refused="known">
<p id="flaw" class="flaw"></p>
<button type="button" aria-pressed="false" aria-controls="field">${password.show}</button>`;

/** Leads on to where somebody signs in, if this deployment has such a page. */
const onward = ({ signIn }: PageCatalogue): Html => html`
<p class="onward"><a href="/sign-in" data-own>${signIn}</a></p>`;

/** The states in which a link is not taken, of a page that sends a new one. */
const renewingViews = (text: RenewingText, catalogue: PageCatalogue, route: string): Html[] => {
  const { headings, inbox } = catalogue;
  return [
    view('expired', headings.expired, html`<p>${text.expired}</p>${addressForm(catalogue, route)}`),
    view(
      'invalid',
      headings.invalid,
      html`<p>${text.used}</p>${onward(catalogue)}<p>${text.renew}</p>${addressForm(catalogue, route)}`,
    ),
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
  // Whoever has undone a change chooses a password first, by another mail.
  const leadsOn = purpose !== 'undo-email';
  return [
    view(
      'start',
      text.heading,
      html`<p>${text.lead}</p>
<p class="small">${text.notYou}</p>
<form data-post="/api/v1/auth/${purpose}" data-next="done" data-token novalidate>${purpose === 'reset-password' ? html`${USERNAME}${passwordField(catalogue)}` : ''}
<button>${text.action}</button>
</form>`,
    ),
    view('done', text.done.heading, html`<p>${text.done.text}</p>${leadsOn ? onward(catalogue) : ''}`),
    view('missing', headings.missing, html`<p>${missing}</p><p>${text.already}</p>${leadsOn ? onward(catalogue) : ''}`),
    ...(isRenewed(purpose)
      ? renewingViews(pages[purpose], catalogue, RENEWED_AT[purpose])
      : addressViews(pages[purpose], catalogue)),
  ];
};

const sentences = (purpose: OneTimePurpose, { working, retry, problems, address, password }: PageCatalogue): Html[] => [
  words('working', working),
  words('retry', retry),
  ...Object.entries(problems).map(([name, sentenceWith]) => words(name, sentenceWith('{wait}'))),
  ...(isRenewed(purpose) ? [words('address', address.flaw)] : []),
  ...allWords(purpose === 'reset-password' ? password.flaws : {}),
];

// Below the view stands what the script says while somebody waits, and what went wrong.
const told = html`
<p id="progress" class="small" role="status"></p>
<p id="problem" class="problem" role="alert"></p>`;

/** A page that a mail's link opens. */
export const pageDocument = (purpose: OneTimePurpose, language: ReaderLanguage): string => {
  const catalogue = CATALOGUES[language];
  return pageOf({
    ...{ language, heading: catalogue.pages[purpose].heading, style: 'page.css', script: 'page.js', main: told },
    templates: [...views(purpose, catalogue), ...sentences(purpose, catalogue)],
  });
};
