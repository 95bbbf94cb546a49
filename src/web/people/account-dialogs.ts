import { html } from 'hono/html';
import type { ReaderLanguage } from '../../workers/reader-language.ts';
import type { Html } from '../frame.ts';
import { CATALOGUES } from '../pages/catalogues.ts';
import { PEOPLE_CATALOGUES } from './catalogues.ts';
import { codeField, passwordField, recoveryField, told } from './field.ts';

const dialog = (id: string, heading: string, content: Html): Html => html`
<dialog id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}</h2>${content}
</dialog>`;

/** Asks for a proof, by whichever the account has. */
const proof = (language: ReaderLanguage): Html => {
  const people = PEOPLE_CATALOGUES[language];
  const { account, fields, signIn } = people;
  return dialog(
    'proof',
    account.proof.heading,
    html`<p class="small">${account.proof.lead}</p>
<form id="proof-password" novalidate>
<input type="text" data-username autocomplete="username" readonly hidden>
${passwordField('proof-current', 'password', fields.password, CATALOGUES[language].password.show, html`autocomplete="current-password" data-codes="INCORRECT_PASSWORD"`)}
<p><button>${signIn.factor.action}</button></p>${told}
</form>
<form id="proof-passkey" data-proof="passkey" novalidate>
<button class="second">${signIn.factor.usePasskey}</button>${told}
</form>
<details data-proof="authenticator">
<summary>${signIn.factor.code}</summary>
<form id="proof-code" novalidate>
${codeField('proof-app', signIn.factor.code, people, 'INVALID_CODE')}
<button>${signIn.factor.action}</button>${told}
</form>
</details>
<details data-proof="recovery_code">
<summary>${signIn.factor.useRecovery}</summary>
<form id="proof-recovery" novalidate>
${recoveryField('proof-recovery-code', people, 'INVALID_CODE')}
<button>${signIn.factor.action}</button>${told}
</form>
</details>
<p><button id="proof-cancel" type="button" class="plain">${account.cancel}</button></p>`,
  );
};

/** Asks before what cannot be taken back; the question is the heading. */
const confirmation = (language: ReaderLanguage): Html => {
  const { account, signIn } = PEOPLE_CATALOGUES[language];
  return dialog(
    'confirm',
    '',
    html`<p class="row"><button id="confirm-yes" type="button">${signIn.factor.action}</button><button id="confirm-no" type="button" class="second" autofocus>${account.cancel}</button></p>`,
  );
};

const codes = (language: ReaderLanguage): Html => {
  const { recovery } = PEOPLE_CATALOGUES[language].account.factors;
  return dialog(
    'codes',
    recovery.heading,
    html`<p>${recovery.shown}</p>
<ul id="code-list" class="codes"></ul>
<p class="row"><button id="codes-copy" type="button" class="second">${recovery.copy}</button><button id="codes-download" type="button" class="second" data-file="${recovery.file}">${recovery.download}</button></p>${told}
<p><button id="codes-close" type="button">${recovery.close}</button></p>`,
  );
};

const ended = (language: ReaderLanguage): Html => {
  const { account, signIn } = PEOPLE_CATALOGUES[language];
  return dialog(
    'ended',
    account.ended.heading,
    html`<p id="ended-why"></p>
<p>${account.ended.kept}</p>
<p><a href="/sign-in?next=/account" data-own>${signIn.heading}</a></p>`,
  );
};

/** What the page asks and shows above itself. */
export const accountDialogs = (language: ReaderLanguage): Html[] =>
  [proof, confirmation, codes, ended].map((dialogIn) => dialogIn(language));
