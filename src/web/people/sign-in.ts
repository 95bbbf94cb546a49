import { html } from 'hono/html';
import type { ReaderLanguage } from '../../workers/reader-language.ts';
import { allWords, type Html, pageOf, view, withHoles } from '../frame.ts';
import { CATALOGUES } from '../pages/catalogues.ts';
import { PEOPLE_CATALOGUES } from './catalogues.ts';
import { codeField, emailField, passwordField, recoveryField, told } from './field.ts';

const start = (language: ReaderLanguage): Html => {
  const { fields, signIn, signUp } = PEOPLE_CATALOGUES[language];
  const { show } = CATALOGUES[language].password;
  return html`<form id="sign-in" novalidate>
${emailField('email', fields.email, 'username webauthn')}
${passwordField('password', 'password', fields.password, show, html`autocomplete="current-password webauthn"`)}
<button>${signIn.action}</button>${told}
</form>
<form id="again" novalidate hidden>
<button class="second">${signIn.sendAgain}</button>${told}
</form>
<form id="by-passkey" novalidate>
<button class="second">${signIn.byPasskey}</button>${told}
</form>
<p><button id="forgotten" type="button" class="plain">${signIn.forgotten}</button></p>
<p>${signIn.unknown} <a href="/sign-up" data-own>${signUp.heading}</a></p>`;
};

const second = (language: ReaderLanguage): Html => {
  const people = PEOPLE_CATALOGUES[language];
  const { factor } = people.signIn;
  return html`<p>${factor.lead}</p>
<form id="use-passkey" novalidate data-factor="passkey">
<button>${factor.usePasskey}</button>${told}
</form>
<form id="use-code" novalidate data-factor="authenticator">
${codeField('code', factor.code, people, 'INVALID_SECOND_FACTOR')}
<button>${factor.action}</button>${told}
</form>
<details data-factor="recovery_code">
<summary>${factor.useRecovery}</summary>
<form id="use-recovery" novalidate>
${recoveryField('recovery-code', people, 'INVALID_SECOND_FACTOR')}
<button>${factor.action}</button>${told}
</form>
</details>
<p><button id="begin" type="button" class="plain">${factor.begin}</button></p>`;
};

const forgot = (language: ReaderLanguage): Html => {
  const { fields, signIn } = PEOPLE_CATALOGUES[language];
  return html`<p>${signIn.forgot.lead}</p>
<form id="forgot-form" novalidate>
${emailField('email', fields.email, 'username')}
<button>${signIn.forgot.action}</button>${told}
</form>
<p><button id="back" type="button" class="plain">${signIn.forgot.back}</button></p>`;
};

const sent = (language: ReaderLanguage): Html => {
  const { signIn, signUp } = PEOPLE_CATALOGUES[language];
  return html`<p>${withHoles(signIn.forgot.sent.text)}</p>
<p>${signUp.sent.next}</p>
<p><button id="back" type="button" class="plain">${signIn.forgot.back}</button></p>`;
};

/** The page that signs in. */
export const signInPage = (language: ReaderLanguage): string => {
  const { address, password, working } = CATALOGUES[language];
  const { problems, fields, signIn, signUp } = PEOPLE_CATALOGUES[language];
  const { factor, forgot: forgotten } = signIn;
  return pageOf({
    ...{ language, heading: signIn.heading, style: 'people.css', script: 'sign-in.js' },
    templates: [
      view('start', signIn.heading, start(language)),
      view('factor', factor.heading, second(language)),
      view('forgot', forgotten.heading, forgot(language)),
      view('sent', forgotten.sent.heading, sent(language)),
      ...allWords({ ...problems, ...signIn.refusals, working, address: address.flaw, missing: fields.missing }),
      ...allWords({ long: password.flaws.long, codeFlaw: factor.codeFlaw, recoveryFlaw: factor.recoveryFlaw }),
      ...allWords({ sentAgain: signUp.sent.done }),
    ],
  });
};
