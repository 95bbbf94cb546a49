import { AccountsError } from '../../client/client.ts';
import { type Fills, has } from './page.ts';

/** What is said of something that failed: the name of a sentence, and what fills it. */
export type Problem = { name: string; fills: Fills };

/** What can be tried again as it is, by the status of the answer. */
const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'sessionOver',
  408: 'timeout',
  429: 'tooMany',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** How long to wait, in the page's language: "in 5 seconds", "in 15 minutes". */
const waitOf = (seconds: number): string => {
  const [count, unit] = seconds > 90 ? ([seconds / 60, 'minute'] as const) : ([seconds, 'second'] as const);
  return new Intl.RelativeTimeFormat(document.documentElement.lang).format(Math.ceil(count), unit);
};

const nameOf = (error: unknown): string => {
  if (error instanceof AccountsError) {
    if (error.code !== undefined && has(error.code)) return error.code;
    const name = BY_STATUS[error.status];
    return name !== undefined && has(name) ? name : 'unexpected';
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  if (error instanceof DOMException && error.name === 'AbortError') return 'declined';
  if (error instanceof TypeError) return 'offline';
  return 'unexpected';
};

/** Why something failed: by the API's code, where the page has a sentence for it, else by the status. */
export const problemOf = (error: unknown): Problem => {
  const name = nameOf(error);
  // A fault of ours is for the console too.
  if (name === 'unexpected' && !(error instanceof AccountsError)) reportError(error);
  const seconds = error instanceof AccountsError ? (error.retryAfterSeconds ?? 60) : 60;
  return { name, fills: { wait: waitOf(seconds) } };
};
