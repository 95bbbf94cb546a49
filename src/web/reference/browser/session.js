// Signing in to the API that serves this page, and staying signed in. The access token is in memory alone; what outlasts
// the page is the refresh cookie, which no script reads.

/** @typedef {{ token: string, expiresAt: Date, email: string }} Session */
/** @typedef {{ status: number, code: string, message: string, waitSeconds: number }} Refusal A status of 0 is no answer at all. */
/** @typedef {{ body: any, refusal?: undefined } | { body?: undefined, refusal: Refusal }} Answer */

const AUTH = '/api/v1/auth';
const PROFILE = '/api/v1/users/me';

// So that a token does not run out on its way.
const MARGIN_MS = 10_000;

// Not a token: only whether it is worth asking for one when the page is loaded anew.
const MARK = 'signed-in';

/** @type {Session | undefined} */
let session;
/** @type {Promise<void> | undefined} */
let renewal;
/** @type {(session: Session | undefined, refusal?: Refusal) => void} */
let tell = () => {};

/** Calls back whenever somebody is signed in, renewed or signed out; with the refusal where that ended the session. */
export const onChange = (/** @type {typeof tell} */ listener) => {
  tell = listener;
};

/** @param {Session | undefined} next @param {Refusal} [refusal] */
const change = (next, refusal) => {
  session = next;
  if (next) sessionStorage.setItem(MARK, 'yes');
  else sessionStorage.removeItem(MARK);
  tell(next, refusal);
};

/** @param {string} method @param {string} path @param {{ json?: object, token?: string }} [options] @returns {Promise<Answer>} */
const call = async (method, path, { json, token } = {}) => {
  try {
    const answer = await fetch(path, {
      method,
      headers: {
        ...(json ? { 'Content-Type': 'application/json' } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    const body = await answer.json();
    if (answer.ok) return { body };
    const { code = '', message = '', data = {} } = body;
    const waitSeconds = Number(data.retry_after_seconds ?? answer.headers.get('Retry-After') ?? 0);
    return { refusal: { status: answer.status, code, message: data.errors?.[0]?.message ?? message, waitSeconds } };
  } catch {
    return { refusal: { status: 0, code: '', message: '', waitSeconds: 0 } };
  }
};

/**
 * Takes a token that has just been given, and asks whose it is: the cookie that gave it may be another user's by now,
 * who has signed in elsewhere in this browser. Answers what was refused, or nothing.
 *
 * @param {{ access_token: string, expires_in: number }} body @returns {Promise<Refusal | undefined>}
 */
export const adopt = async ({ access_token: token, expires_in }) => {
  const expiresAt = new Date(Date.now() + expires_in * 1000);
  const profile = await call('GET', PROFILE, { token });
  if (profile.refusal) return profile.refusal;
  change({ token, expiresAt, email: profile.body.email });
  return undefined;
};

/** @typedef {{ challenge: string, factors: string[], passkey_options?: object }} Question What a second factor answers. */

/** Signs in; answers what was refused, or what is asked for besides, or nothing. @param {string} email @param {string} password @returns {Promise<{ refusal?: Refusal | undefined, question?: Question }>} */
export const logIn = async (email, password) => {
  const { body, refusal } = await call('POST', `${AUTH}/login`, { json: { email, password } });
  if (refusal) return { refusal };
  return 'challenge' in body ? { question: body } : { refusal: await adopt(body) };
};

/** @param {string} path @param {object} json */
const completeAt = async (path, json) => {
  const { body, refusal } = await call('POST', `${AUTH}/login/${path}`, { json });
  return refusal ?? adopt(body);
};

/** Answers with the code of an app, or a recovery code, which is longer. @param {Question} question @param {string} text */
export const answerByCode = ({ challenge }, text) => {
  const digits = text.replace(/\s/g, '');
  return completeAt('second-factor', {
    challenge,
    ...(digits.length <= 6 ? { code: digits } : { recovery_code: text }),
  });
};

/** What the browser answers for a passkey; undefined where its user or the browser would not. @param {object} options */
const passkeyBy = async (options) => {
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(/** @type {any} */ (options));
    const credential = await navigator.credentials.get({ publicKey });
    return /** @type {PublicKeyCredential | null} */ (credential)?.toJSON();
  } catch {
    return undefined;
  }
};

/** @type {Refusal} */
const NO_PASSKEY = { status: 400, code: 'NO_PASSKEY', message: '', waitSeconds: 0 };

/** The same with a passkey. @param {Question} question */
export const answerByPasskey = async ({ challenge, passkey_options = {} }) => {
  const passkey = await passkeyBy(passkey_options);
  return passkey ? completeAt('second-factor', { challenge, passkey }) : NO_PASSKEY;
};

/** Signs in with a passkey alone; answers what was refused, or nothing. */
export const logInByPasskey = async () => {
  const { body, refusal } = await call('POST', `${AUTH}/login/passkey-options`);
  if (refusal) return refusal;
  const passkey = await passkeyBy(body.passkey_options);
  return passkey ? completeAt('passkey', { challenge: body.challenge, passkey }) : NO_PASSKEY;
};

/** @param {Refusal | undefined} refusal */
const isOver = (refusal) => refusal?.status === 401 || refusal?.status === 403;

/** A new access token by the cookie: one request, however many wait for it. */
const renew = () => {
  renewal ??= call('POST', `${AUTH}/refresh-token`)
    .then(async ({ body, refusal }) => {
      const refused = refusal ?? (await adopt(body));
      if (isOver(refused)) change(undefined, refused);
    })
    .finally(() => {
      renewal = undefined;
    });
  return renewal;
};

/** Goes on with the session that this tab had before it was loaded anew, if it had one. */
export const resume = async () => {
  if (sessionStorage.getItem(MARK)) await renew();
};

/** Ends the session; answers what was refused, or nothing. */
export const logOut = async () => {
  await renewal;
  const { refusal } = await call('POST', `${AUTH}/logout`, session && { token: session.token });
  // Whatever else is refused, there is nothing left to sign out of.
  if (refusal && !isOver(refusal)) return refusal;
  forget();
  return undefined;
};

/** Takes note that the session has ended, which the server knows. */
export const forget = () => change(undefined);

/** The token of now, renewed where it runs out; undefined where nobody is signed in. */
export const freshToken = async () => {
  if (session && session.expiresAt.getTime() - Date.now() < MARGIN_MS) await renew();
  return session?.token;
};

/** The token that follows the one that was refused; undefined where there is none. @param {string} refused */
export const nextToken = async (refused) => {
  if (session?.token === refused) await renew();
  return session?.token === refused ? undefined : session?.token;
};
