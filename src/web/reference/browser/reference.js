// The page at /docs: shows the API's document with Swagger UI, and sends the requests that are tried as whoever is
// signed in.

import { showAccount } from './account.js';
import { followHash, listContents } from './contents.js';
import { nameAll } from './names.js';
import { resolving } from './references.js';
import { adopt, forget, freshToken, nextToken, resume } from './session.js';
import { calm } from './swagger-ui-plugin.js';

const place = /** @type {HTMLElement} */ (document.getElementById('reference'));

/** Loads the library, which is large, while the page can be read and used already. @returns {Promise<any>} */
const loadSwaggerUi = () =>
  new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = '/docs/swagger-ui-bundle.js';
    script.onload = () => resolve(/** @type {any} */ (window).SwaggerUIBundle);
    script.onerror = reject;
    document.head.append(script);
  });

const loadDocument = async () => {
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Error(`The document was answered with ${answer.status}.`);
  return answer.json();
};

/**
 * Follows what a request that is tried has done to the session.
 *
 * @param {string} method @param {string} url @param {Response} answer
 */
const follow = async (method, url, answer) => {
  if (!answer.ok) return;
  const { pathname } = new URL(url, location.href);
  if (method === 'POST' && pathname.endsWith('/auth/login')) await adopt(await answer.clone().json());
  if (method === 'POST' && pathname.endsWith('/auth/logout')) forget();
  if (method === 'DELETE' && pathname.endsWith('/users/me')) forget();
};

/** @typedef {{ url: string, method: string, headers: Record<string, string>, userFetch?: typeof sendSignedIn }} TriedRequest */

/**
 * Sends a request that is tried; where its token is refused, once more with the next one.
 *
 * @param {string} url @param {TriedRequest} request
 */
const sendSignedIn = async (url, request) => {
  const { method, headers } = request;
  let answer = await fetch(url, request);
  const next = answer.status === 401 && (await nextToken(headers['Authorization']?.replace('Bearer ', '') ?? ''));
  if (next) answer = await fetch(url, { ...request, headers: { ...headers, Authorization: `Bearer ${next}` } });
  await follow(method, url, answer);
  return answer;
};

/** Swagger UI gives the token to what the document says takes one; here it is made good. @param {TriedRequest} request */
const withFreshToken = async (request) => {
  const token = request.headers['Authorization'] && (await freshToken());
  if (token) request.headers['Authorization'] = `Bearer ${token}`;
  request.userFetch = sendSignedIn;
  return request;
};

/** @param {any} SwaggerUi @param {object} spec @returns {Promise<any>} */
const show = (SwaggerUi, spec) =>
  new Promise((resolve) => {
    const ui = SwaggerUi({
      spec,
      domNode: place,
      plugins: [calm, resolving(spec)],
      layout: 'Reference',
      deepLinking: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      syntaxHighlight: false,
      validatorUrl: null,
      persistAuthorization: false,
      requestInterceptor: withFreshToken,
      onComplete: () => resolve(ui),
    });
  });

/** The names of the document's security schemes that take an access token. @param {any} spec */
const bearerSchemes = ({ components: { securitySchemes = {} } = {} }) =>
  Object.keys(securitySchemes).filter((name) => securitySchemes[name].scheme === 'bearer');

const start = async () => {
  /** @type {string | undefined} */
  let token;
  let passToken = () => {};
  showAccount((changed) => {
    token = changed;
    passToken();
  });
  resume();
  const [spec, SwaggerUi] = await Promise.all([
    loadDocument().then((loaded) => {
      listContents(loaded);
      return loaded;
    }),
    loadSwaggerUi(),
  ]);
  nameAll(place);
  const ui = await show(SwaggerUi, spec);
  const schemes = bearerSchemes(spec);
  let isGiven = false;
  passToken = () => {
    if (token) for (const name of schemes) ui.preauthorizeApiKey(name, token);
    // The library cannot take back what it was never given.
    else if (isGiven) ui.authActions.logout(schemes);
    isGiven = token !== undefined;
  };
  passToken();
  window.addEventListener('hashchange', () => followHash(ui));
};

start()
  .catch(() => {
    place.textContent = 'The reference could not be loaded. Check the connection, then load the page again.';
  })
  .finally(() => place.removeAttribute('aria-busy'));
