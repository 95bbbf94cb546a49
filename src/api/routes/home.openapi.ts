import { described } from '../openapi/described.ts';
import { refusal } from '../openapi/refusal.ts';
import { home } from './home.ts';
import { translatedPage } from './pages.openapi.ts';

/** What people find at the API's address. */
export const describedHome = described(home, {
  'GET /': translatedPage(
    {
      operationId: 'getHomePage',
      summary: 'Show what this is',
      description: 'To a browser: what this is, with links to its pages and to the reference.',
    },
    [refusal('NOT_FOUND', { when: '`Accept` does not name `text/html`, or `PAGES` is `off`.' })],
  ),
});
