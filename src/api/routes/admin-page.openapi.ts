import { described } from '../openapi/described.ts';
import { adminPage } from './admin-page.ts';
import { IF_NONE_MATCH, KEPT, PAGES_OFF, UNCHANGED } from './pages.openapi.ts';

/** The page of administrators. */
export const describedAdminPage = described(adminPage, {
  'GET /admin': {
    operationId: 'getAdminPage',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show the page of administrators',
    description:
      'Holds no data: on it an administrator who signs in finds people, suspends them, helps them, and sees how the service is.',
    parameters: IF_NONE_MATCH,
    answers: {
      200: { description: 'The page, in English.', headers: KEPT, content: { 'text/html': { type: 'string' } } },
      304: UNCHANGED,
    },
    refusals: [PAGES_OFF, 'SERVICE_UNAVAILABLE'],
  },
});
