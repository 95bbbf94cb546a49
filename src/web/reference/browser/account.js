// The form that signs in, and who is signed in: the upper part of the page's margin.

/** @import { Refusal } from './session.js' */
import { clockOf, sentenceOf } from './refusal.js';
import { logIn, logOut, onChange } from './session.js';

/** @type {<Kind extends HTMLElement>(id: string) => Kind} */
const element = (id) => /** @type {any} */ (document.getElementById(id));

const form = /** @type {HTMLFormElement} */ (element('sign-in'));
const email = /** @type {HTMLInputElement} */ (element('email'));
const password = /** @type {HTMLInputElement} */ (element('password'));
const signedIn = element('signed-in');
const signOut = element('sign-out');

let isBusy = false;

/** What the live region says; the field that it is about is marked and focused. @param {string} sentence @param {HTMLInputElement} [field] */
const say = (sentence, field) => {
  element('told').textContent = sentence;
  element('told').classList.toggle('flaw', sentence !== '');
  for (const input of [email, password]) input.toggleAttribute('aria-invalid', input === field);
  field?.focus();
};

/** Does one thing at a time, and shows that it is under way. @param {HTMLElement} button @param {() => Promise<void>} work */
const busy = async (button, work) => {
  if (isBusy) return;
  isBusy = true;
  button.setAttribute('aria-busy', 'true');
  try {
    await work();
  } finally {
    isBusy = false;
    button.removeAttribute('aria-busy');
  }
};

/** @param {Refusal} refusal */
const fieldOf = ({ code }) => {
  if (code === 'INVALID_CREDENTIALS') return password;
  return code === 'VALIDATION_ERROR' || code === 'EMAIL_NOT_VERIFIED' ? email : undefined;
};

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (email.value.trim() === '') return say('Enter the e-mail address.', email);
  if (password.value === '') return say('Enter the password.', password);
  const button = /** @type {HTMLElement} */ (form.querySelector('button'));
  return busy(button, async () => {
    say('');
    const refusal = await logIn(email.value, password.value);
    if (refusal) return say(sentenceOf(refusal), fieldOf(refusal));
    password.value = '';
    signedIn.focus({ preventScroll: true });
  });
});

signOut.addEventListener('click', () =>
  busy(signOut, async () => {
    const refusal = await logOut();
    if (refusal) return say(sentenceOf(refusal));
    email.focus();
  }),
);

/** Keeps the page's margin up to date with the session; calls back with its token, or without one. @param {(token?: string) => void} tokenChanged */
export const showAccount = (tokenChanged) =>
  onChange((session, refusal) => {
    form.hidden = session !== undefined;
    signedIn.hidden = session === undefined;
    if (session) {
      element('who').textContent = session.email;
      const until = /** @type {HTMLTimeElement} */ (element('until'));
      until.textContent = clockOf(session.expiresAt);
      until.dateTime = session.expiresAt.toISOString();
    }
    say(refusal ? sentenceOf(refusal) : '');
    tokenChanged(session?.token);
  });
