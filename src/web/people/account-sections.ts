import { html } from 'hono/html';
import type { ReaderLanguage } from '../../workers/reader-language.ts';
import { type Html, withHoles } from '../frame.ts';
import { CATALOGUES } from '../pages/catalogues.ts';
import type { PageCatalogue } from '../pages/locales/catalogue.ts';
import { PEOPLE_CATALOGUES } from './catalogues.ts';
import {
  codeField,
  emailField,
  field,
  languageField,
  nameField,
  newPasswordField,
  passwordField,
  told,
} from './field.ts';
import type { PeopleCatalogue } from './locales/catalogue.ts';

type Texts = { shared: PageCatalogue; people: PeopleCatalogue };

const section = (id: string, heading: string, content: Html): Html => html`
<section id="${id}-section" aria-labelledby="${id}-heading">
<h2 id="${id}-heading" tabindex="-1">${heading}</h2>${content}
</section>`;

const profile = ({ people }: Texts): Html => {
  const { fields, account } = people;
  return section(
    'profile',
    account.profile.heading,
    html`<form id="profile-form" novalidate>
${nameField('full-name', people)}
${languageField('speaking', 'speaking_language', fields.speaking, people)}
${languageField('listening', 'listening_language', fields.listening, people)}
<button>${account.profile.action}</button>${told}
</form>`,
  );
};

const slider = (id: string, label: string, from: number, to: number, value: number): Html => html`
<label for="${id}">${label}</label>
<input id="${id}" type="range" min="${from}" max="${to}" value="${value}">`;

const picture = ({ people }: Texts): Html => {
  const { picture: text, cancel } = people.account;
  return section(
    'picture',
    text.heading,
    html`<p class="small">${text.lead}</p>
<div id="drop">
<p id="no-picture">${text.none}</p>
<img id="avatar" alt="${text.alt}" width="160" height="160" hidden>
<div class="field">
<label for="file">${text.choose}</label>
<p id="file-hint" class="small">${text.drop}</p>
<input id="file" name="avatar" type="file" accept="image/jpeg,image/png,image/webp" aria-describedby="file-flaw file-hint">
<p id="file-flaw" class="flaw"></p>
</div>
</div>
<form id="crop-form" novalidate hidden>
<h3 id="crop-heading" tabindex="-1">${text.cropHeading}</h3>
<p class="small">${text.cropLead}</p>
<canvas id="crop" width="512" height="512" role="img" aria-label="${text.preview}"></canvas>
${slider('zoom', text.zoom, 100, 400, 100)}
${slider('left-right', text.leftRight, 0, 100, 50)}
${slider('up-down', text.upDown, 0, 100, 50)}
<progress id="sending" max="1" value="0" aria-label="${text.sending}" hidden></progress>
<p class="row"><button>${text.use}</button><button id="crop-cancel" type="button" class="second">${cancel}</button></p>${told}
</form>
<form id="picture-form" novalidate>
<button class="second">${text.remove}</button>${told}
</form>`,
  );
};

const address = ({ people }: Texts): Html => {
  const { address: text } = people.account;
  return section(
    'address',
    text.heading,
    html`<p>${withHoles(text.present)}</p>
<p id="pending" role="status"></p>
<details id="address-change">
<summary>${text.change}</summary>
<form id="address-form" novalidate>
<p class="small">${text.lead}</p>
${emailField('new-email', text.label, 'email', 'SAME_ADDRESS')}
<button>${text.action}</button>${told}
</form>
</details>`,
  );
};

// A password manager knows by the name which account the passwords are of.
const username = html`<input type="text" data-username autocomplete="username" readonly hidden>`;

const password = ({ shared, people }: Texts): Html => {
  const { password: text } = people.account;
  return section(
    'password',
    text.heading,
    html`<details>
<summary>${text.change}</summary>
<form id="password-form" novalidate>
<p class="small">${text.lead}</p>
${username}
${passwordField('current-password', 'current_password', text.current, shared.password.show, html`autocomplete="current-password" data-codes="INCORRECT_PASSWORD"`)}
${newPasswordField('new-password', 'new_password', text.next, shared)}
<p><button>${text.action}</button></p>${told}
</form>
</details>`,
  );
};

const factorName = (id: string, { account }: PeopleCatalogue): Html =>
  field({
    ...{ id, name: 'name', label: account.factors.name, hint: account.factors.nameHint },
    input: html`type="text" autocomplete="off" required data-min="1" data-short="factorNameFlaw" data-max="64" data-long="factorNameFlaw" data-refused="factorNameFlaw"`,
  });

const addedApp = (people: PeopleCatalogue): Html => {
  const { factors: text } = people.account;
  return html`<form id="app-begin" novalidate>
<p class="small">${text.appLead}</p>
<button class="second">${text.appBegin}</button>${told}
</form>
<form id="app-form" novalidate hidden>
<p id="app-scan" tabindex="-1">${text.appScan}</p>
<div id="qr" role="img" aria-label="${text.qr}"></div>
<p>${text.appSecret}</p>
<p id="secret" class="secret"></p>
<p><a id="otpauth">${text.appOpen}</a></p>
${codeField('app-code', text.appCode, people, 'INVALID_CODE')}
${factorName('app-name', people)}
<button>${text.appAction}</button>${told}
</form>`;
};

const factors = ({ people }: Texts): Html => {
  const { factors: text } = people.account;
  return section(
    'factors',
    text.heading,
    html`<p class="small">${text.lead}</p>
<p id="no-factors">${text.none}</p>
<ul id="factor-list" class="list"></ul>
<div id="factors-told">${told}</div>
<form id="recovery-form" novalidate>
<p id="recovery-left"></p>
<button class="second">${text.recovery.renew}</button>${told}
</form>
<details id="passkey-adding">
<summary>${text.addPasskey}</summary>
<form id="passkey-form" novalidate>
<p class="small">${text.passkeyLead}</p>
${factorName('passkey-name', people)}
<button>${text.passkeyAction}</button>${told}
</form>
</details>
<details id="app-adding">
<summary>${text.addApp}</summary>
${addedApp(people)}
</details>`,
  );
};

const sessions = ({ people }: Texts): Html => {
  const { sessions: text } = people.account;
  return section(
    'sessions',
    text.heading,
    html`<p class="small">${text.lead}</p>
<ul id="session-list" class="list"></ul>
<form id="others-form" novalidate>
<button class="second">${text.endOthers}</button>${told}
</form>`,
  );
};

const data = ({ people }: Texts): Html => {
  const { data: text } = people.account;
  return section(
    'data',
    text.heading,
    html`<form id="data-form" novalidate>
<p class="small">${text.lead}</p>
<button class="second">${text.action}</button>${told}
</form>`,
  );
};

const leave = ({ people }: Texts): Html => {
  const { leave: text } = people.account;
  return section(
    'leave',
    text.heading,
    html`<details>
<summary>${text.soft.summary}</summary>
<form id="soft-form" novalidate>
<p>${withHoles(text.soft.lead)}</p>
<button class="grave">${text.soft.action}</button>${told}
</form>
</details>
<details>
<summary>${text.hard.summary}</summary>
<form id="hard-form" novalidate>
<p>${text.hard.lead}</p>
${field({
  ...{ id: 'confirmation', name: 'confirmation', label: text.hard.label },
  input: html`type="text" inputmode="email" autocomplete="off" autocapitalize="none" spellcheck="false" required data-min="1" data-short="confirmationFlaw"`,
})}
<button class="grave">${text.hard.action}</button>${told}
</form>
</details>`,
  );
};

const SECTIONS = [profile, picture, address, password, factors, sessions, data, leave];

/** All that somebody sees of their account. */
export const accountSections = (language: ReaderLanguage): Html => {
  const texts = { shared: CATALOGUES[language], people: PEOPLE_CATALOGUES[language] };
  const { account } = texts.people;
  return html`<p>${withHoles(account.signedInAs)}</p>
<form id="sign-out" novalidate>
<button class="second">${account.signOut}</button>${told}
</form>${SECTIONS.map((sectionOf) => sectionOf(texts))}`;
};
