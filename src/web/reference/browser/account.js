// The form that signs in, and who is signed in: the upper part of the page's margin.

/** @import { Question, Refusal } from './session.js' */
import { clockOf, sentenceOf } from './refusal.js';
import { answerByCode, answerByPasskey, logIn, logInByPasskey, logOut, onChange } from './session.js';

/** @type {<Kind extends HTMLElement>(id: string) => Kind} */
const element = (id) => /** @type {any} */ (document.getElementById(id));

const form = /** @type {HTMLFormElement} */ (element('sign-in'));
const email = /** @type {HTMLInputElement} */ (element('email'));
const password = /** @type {HTMLInputElement} */ (element('password'));
const secondForm = /** @type {HTMLFormElement} */ (element('second-factor'));
const code = /** @type {HTMLInputElement} */ (element('code'));
const [withPasskey, usePasskey, beginAgain] = [element('with-passkey'), element('use-passkey'), element('begin-again')];
const signedIn = element('signed-in');
const signOut = element('sign-out');

let isBusy = false;
/** What is asked for besides the password. @type {Question | undefined} */
let question;

/** What the live region says; the field that it is about is marked and focused. @param {string} sentence @param {HTMLInputElement} [field] */
const say = (sentence, field) => {
  element('told').textContent = sentence;
  element('told').classList.toggle('flaw', sentence !== '');
  for (const input of [email, password, code]) input.toggleAttribute('aria-invalid', input === field);
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
    const { refusal, question } = await logIn(email.value, password.value);
    if (refusal) return say(sentenceOf(refusal), fieldOf(refusal));
    password.value = '';
    if (question) return askFor(question);
    signedIn.focus({ preventScroll: true });
  });
});

/** Asks for a second factor, or for a password again. @param {Question | undefined} asked */
const askFor = (asked) => {
  question = asked;
  [form.hidden, secondForm.hidden] = [asked !== undefined, asked === undefined];
  usePasskey.hidden = !asked?.factors.includes('passkey');
  code.value = '';
  (asked ? code : email).focus();
};

/** Signs in with something else than a password. @param {HTMLElement} button @param {() => Promise<Refusal | undefined>} does @param {HTMLInputElement} [field] */
const signInBy = (button, does, field) =>
  busy(button, async () => {
    say('');
    const refusal = await does();
    if (!refusal) return signedIn.focus({ preventScroll: true });
    if (refusal.code === 'CHALLENGE_EXPIRED') askFor(undefined);
    return say(sentenceOf(refusal), secondForm.hidden ? undefined : field);
  });

secondForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const asked = question;
  if (!asked) return;
  if (code.value.trim() === '') return say('Enter the code.', code);
  const button = /** @type {HTMLElement} */ (secondForm.querySelector('button'));
  return signInBy(button, () => answerByCode(asked, code.value), code);
});

usePasskey.addEventListener('click', () => {
  const asked = question;
  return asked && signInBy(usePasskey, () => answerByPasskey(asked));
});
withPasskey.addEventListener('click', () => signInBy(withPasskey, logInByPasskey));
beginAgain.addEventListener('click', () => {
  say('');
  askFor(undefined);
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
    question = session ? undefined : question;
    form.hidden = session !== undefined || question !== undefined;
    secondForm.hidden = question === undefined;
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
