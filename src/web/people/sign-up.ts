import { html } from 'hono/html';
import type { ReaderLanguage } from '../../workers/reader-language.ts';
import { allWords, type Html, pageOf, view, withHoles, words } from '../frame.ts';
import { CATALOGUES } from '../pages/catalogues.ts';
import { PEOPLE_CATALOGUES } from './catalogues.ts';
import { emailField, languageField, nameField, newPasswordField, told } from './field.ts';

/** The consent, whose words in brackets lead to the terms, where the deployment has named them. */
const consent = (sentence: string): Html => {
  const { before, linked, after } = /^(?<before>.*)\[(?<linked>.+)\](?<after>.*)$/.exec(sentence)?.groups ?? {};
  return html`${before}<a id="terms-link" href="{{TERMS_URL}}" target="_blank" rel="noopener">${linked}</a>${after}`;
};

const start = (language: ReaderLanguage): Html => {
  const [shared, people] = [CATALOGUES[language], PEOPLE_CATALOGUES[language]];
  const { fields, signUp, signIn } = people;
  return html`<p>${signUp.lead}</p>
<form id="sign-up" novalidate>
${emailField('email', fields.email, 'email')}
${newPasswordField('password', 'password', fields.password, shared)}
${nameField('full-name', people)}
${languageField('speaking', 'speaking_language', fields.speaking, people)}
${languageField('listening', 'listening_language', fields.listening, people)}
<div class="field">
<label class="check"><input id="terms" name="accepted_terms" type="checkbox" required aria-describedby="terms-flaw" data-short="termsFlaw"><span>${consent(signUp.terms)}</span></label>
<p id="terms-flaw" class="flaw"></p>
</div>
<button>${signUp.action}</button>${told}
</form>
<p>${signUp.known} <a href="/sign-in" data-own>${signIn.heading}</a></p>`;
};

const sent = (language: ReaderLanguage): Html => {
  const { signUp } = PEOPLE_CATALOGUES[language];
  return html`<p>${withHoles(signUp.sent.text)}</p>
<p>${signUp.sent.next}</p>
<form id="again" novalidate>
<button class="second">${signUp.sent.again}</button>${told}
</form>
<p><button id="other-address" type="button" class="plain">${signUp.sent.otherAddress}</button></p>`;
};

/** The page that opens an account. */
export const signUpPage = (language: ReaderLanguage): string => {
  const { address, password, working } = CATALOGUES[language];
  const { problems, fields, signUp } = PEOPLE_CATALOGUES[language];
  const { nameFlaw, languageFlaw, noLanguage } = fields;
  return pageOf({
    ...{ language, heading: signUp.heading, style: 'people.css', script: 'sign-up.js' },
    templates: [
      view('start', signUp.heading, start(language)),
      view('sent', signUp.sent.heading, sent(language)),
      ...allWords({ ...problems, working, address: address.flaw, nameFlaw, languageFlaw, noLanguage }),
      ...allWords({ short: password.flaws.short, long: password.flaws.long, known: password.flaws.known }),
      words('termsFlaw', signUp.termsFlaw),
      words('sentAgain', signUp.sent.done),
    ],
  });
};
