/**
 * What `npm start` serves in the API Worker's place: the API, and before it the page of the mails that the copy has caught.
 * A deployment's Worker begins at src/api/index.ts, so it has none of this.
 */
import api from '../api/index.ts';

export { Admin } from '../api/index.ts';

/** `CAUGHT_MAILS` is where `npm start` itself answers, on this machine. */
type LocalEnv = Env & { CAUGHT_MAILS: string };

const IS_OF_MAILS = /^\/dev\/mails(?:\/|$)/;
const OWN_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Answers with the caught mails; undefined where the path is none of theirs. They open accounts, so a page whose own name
 * leads to this machine (DNS rebinding) hears of none.
 */
const caughtMails = async (request: Request, { CAUGHT_MAILS }: LocalEnv): Promise<Response | undefined> => {
  const { pathname, search, hostname } = new URL(request.url);
  if (!IS_OF_MAILS.test(pathname) || !OWN_NAMES.includes(hostname)) return undefined;
  const answer = await fetch(new Request(CAUGHT_MAILS + pathname + search, request));
  return answer.status === 404 ? undefined : answer;
};

const LINK = '<p><a href="/dev/mails" lang="en">Mails that this copy has caught</a></p>';

/** The first page leads to the mails too. */
const withLink = (answer: Response): Response =>
  new HTMLRewriter().on('main', { element: (main) => void main.append(LINK, { html: true }) }).transform(answer);

const isFirstPage = (request: Request, answer: Response): boolean =>
  new URL(request.url).pathname === '/' && answer.status === 200;

export default {
  ...api,
  fetch: async (request, env, ctx) => {
    const mails = await caughtMails(request, env);
    if (mails) return mails;
    const answer = await api.fetch(request, env, ctx);
    return isFirstPage(request, answer) ? withLink(answer) : answer;
  },
} satisfies ExportedHandler<LocalEnv>;
