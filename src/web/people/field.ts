import { html } from 'hono/html';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from '../../accounts/passwords/password.ts';
import type { Html } from '../frame.ts';
import type { PageCatalogue } from '../pages/locales/catalogue.ts';
import type { PeopleCatalogue } from './locales/catalogue.ts';

// How short and how long a value may be, and by which sentence each flaw is told, stands with the field.

type Field = {
  id: string;
  name: string;
  label: string;
  hint?: string | undefined;
  /** Further attributes of the input. */
  input: Html;
};

/** A field with its label, what is said about it, and the place of what is wrong with it. */
export const field = ({ id, name, label, hint, input }: Field): Html => html`
<div class="field">
<label for="${id}">${label}</label>${hint ? html`<p id="${id}-hint" class="small">${hint}</p>` : ''}
<input id="${id}" name="${name}" aria-describedby="${id}-flaw${hint ? ` ${id}-hint` : ''}" ${input}>
<p id="${id}-flaw" class="flaw"></p>
</div>`;

// Not of the type "email": browsers turn a domain of other letters into its ASCII form there, and that is another
// address.
export const emailField = (id: string, label: string, autocomplete: string, codes = ''): Html =>
  field({
    ...{ id, name: 'email', label },
    input: html`type="text" inputmode="email" autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false" required data-min="3" data-short="address" data-max="254" data-long="address" data-refused="address" data-codes="${codes}"`,
  });

const showButton = (id: string, show: string): Html =>
  html`<button type="button" class="plain" aria-pressed="false" aria-controls="${id}">${show}</button>`;

/** The password that somebody has. */
export const passwordField = (id: string, name: string, label: string, show: string, more: Html = html``): Html => html`
${field({
  ...{ id, name, label },
  input: html`type="password" autocapitalize="none" spellcheck="false" required data-min="1" data-short="missing" data-max="1000" data-long="long" ${more}`,
})}
${showButton(id, show)}`;

/** A password that somebody chooses. */
export const newPasswordField = (id: string, name: string, label: string, { password }: PageCatalogue): Html => html`
${field({
  ...{ id, name, label, hint: password.rules },
  input: html`type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" required data-min="${PASSWORD_MIN_LENGTH}" data-short="short" data-max="${PASSWORD_MAX_LENGTH}" data-long="long" data-refused="known" data-codes="SAME_PASSWORD"`,
})}
${showButton(id, password.show)}`;

export const nameField = (id: string, { fields }: PeopleCatalogue): Html =>
  field({
    ...{ id, name: 'full_name', label: fields.name, hint: fields.nameHint },
    input: html`type="text" autocomplete="name" data-max="255" data-long="nameFlaw" data-refused="nameFlaw"`,
  });

/** A code of an app; `codes` are the refusals that are about it. */
export const codeField = (id: string, label: string, { signIn }: PeopleCatalogue, codes: string): Html =>
  field({
    ...{ id, name: 'code', label, hint: signIn.factor.codeHint },
    input: html`type="text" inputmode="numeric" autocomplete="one-time-code" required data-min="6" data-short="codeFlaw" data-refused="codeFlaw" data-codes="${codes}"`,
  });

export const recoveryField = (id: string, { signIn }: PeopleCatalogue, codes: string): Html =>
  field({
    ...{ id, name: 'recovery_code', label: signIn.factor.recoveryCode, hint: signIn.factor.recoveryHint },
    input: html`type="text" autocomplete="off" autocapitalize="characters" spellcheck="false" required data-min="1" data-short="missing" data-refused="recoveryFlaw" data-codes="${codes}"`,
  });

/** A language, which a script lets somebody search for. */
export const languageField = (id: string, name: string, label: string, { fields }: PeopleCatalogue): Html => html`
<div class="field">
<label for="${id}">${label}</label>
<p id="${id}-hint" class="small">${fields.languageHint}</p>
<div class="choice">
<input id="${id}" name="${name}" type="text" role="combobox" aria-expanded="false" aria-autocomplete="list" aria-controls="${id}-list" aria-describedby="${id}-flaw ${id}-hint" autocomplete="off" autocapitalize="none" spellcheck="false" data-min="1" data-short="languageFlaw" data-refused="languageFlaw">
<ul id="${id}-list" role="listbox" aria-label="${label}" hidden></ul>
</div>
<p id="${id}-flaw" class="flaw"></p>
</div>`;

/** Below a form: what it does, and what went wrong. */
export const told: Html = html`
<p class="small" role="status"></p>
<p class="problem" role="alert"></p>`;
