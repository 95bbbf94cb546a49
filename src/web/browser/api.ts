import { type AccountsClient, type AccountsError, accountsClient } from '../../client/client.ts';

// The API that serves this page. The access token is in memory alone; what outlasts the page is the refresh cookie, which
// no script reads.

const PATIENCE_MS = 30_000;

type Listener = (refusal: AccountsError) => void;
let tellEnd: Listener = () => {};

/** Calls back when the session that this page had is over, and nobody signed out here. */
export const whenSessionEnds = (listener: Listener): void => {
  tellEnd = listener;
};

/** Called with the part of an upload that has left, from 0 to 1. */
type Progress = (part: number) => void;
let tellProgress: Progress = () => {};

/** Calls back while a form with a file is sent. */
export const whileUploading = (listener: Progress): void => {
  tellProgress = listener;
};

const headersOf = (request: XMLHttpRequest): Headers =>
  new Headers(
    request
      .getAllResponseHeaders()
      .trim()
      .split('\r\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );

/** As `fetch`, which tells nothing of how far it has come. It has a deadline for each step, not for the whole. */
const upload = (url: string, { method = 'POST', headers, body }: RequestInit): Promise<Response> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let deadline = 0;
    const wait = () => {
      clearTimeout(deadline);
      deadline = setTimeout(() => request.abort(), PATIENCE_MS);
    };
    request.open(method, url);
    new Headers(headers).forEach((value, name) => {
      request.setRequestHeader(name, value);
    });
    request.upload.onprogress = ({ loaded, total }) => {
      wait();
      tellProgress(total > 0 ? loaded / total : 0);
    };
    request.onload = () =>
      resolve(new Response(request.responseText, { status: request.status, headers: headersOf(request) }));
    request.onerror = () => reject(new TypeError('The request failed.'));
    request.onabort = () => reject(new DOMException('The request took too long.', 'TimeoutError'));
    request.onloadend = () => clearTimeout(deadline);
    wait();
    request.send(body as FormData);
  });

/** The whole answer, with its body, arrives within the deadline; nothing of it is left on its way. */
const ask: typeof fetch = async (input, init) => {
  const answer = await fetch(input, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  const body = await answer.arrayBuffer();
  return new Response(body.byteLength > 0 ? body : null, answer);
};

const inTime: typeof fetch = (input, init = {}) =>
  init.body instanceof FormData ? upload(String(input), init) : ask(input, init);

export const accounts: AccountsClient = accountsClient(location.origin, {
  fetch: inTime,
  onSessionEnd: (refusal) => tellEnd(refusal),
});

/** The API's routes as whoever is signed in. */
export const api: AccountsClient['api']['v1'] = accounts.api.v1;
