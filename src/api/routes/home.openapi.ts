import { described } from '../openapi/described.ts';
import { refusal } from '../openapi/refusal.ts';
import { home } from './home.ts';
import { IN_LANGUAGES, KEPT, UNCHANGED } from './pages.openapi.ts';

/** What people find at the API's address. */
export const describedHome = described(home, {
  'GET /': {
    operationId: 'getHomePage',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show what this is',
    description: 'To a browser: what this is, with links to its pages and to the reference.',
    parameters: IN_LANGUAGES,
    answers: {
      200: {
        description: "The page, in the closest of its thirteen languages to the reader's.",
        headers: KEPT,
        content: { 'text/html': { type: 'string' } },
      },
      304: UNCHANGED,
    },
    refusals: [
      refusal('NOT_FOUND', { when: '`Accept` does not name `text/html`, or `PAGES` is `off`.' }),
      'SERVICE_UNAVAILABLE',
    ],
  },
});
