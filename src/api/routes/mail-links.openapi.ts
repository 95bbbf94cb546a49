import { described } from '../openapi/described.ts';
import type { Description } from '../openapi/operation.ts';
import { mailLinks } from './mail-links.ts';
import { IF_NONE_MATCH, KEPT, translatedPage, UNCHANGED } from './pages.openapi.ts';

const page = (operationId: string, summary: string, description: string) =>
  translatedPage({
    ...{ operationId, summary },
    description: `${description} Its token stands in the link's fragment, which no browser sends.`,
  });

const part = (operationId: string, what: string, mediaType: string): Description => ({
  operationId,
  audience: 'anybody',
  tag: 'Platform',
  summary: `Show the ${what} of those pages`,
  description: `What the pages that mail links open load: their ${what}.`,
  parameters: IF_NONE_MATCH,
  answers: {
    200: { description: `The ${what}.`, headers: KEPT, content: { [mediaType]: { type: 'string' } } },
    304: UNCHANGED,
  },
  refusals: ['SERVICE_UNAVAILABLE'],
});

/** The pages that mail links open. */
export const describedMailLinks = described(mailLinks, {
  'GET /verify-email': page(
    'getVerifyEmailPage',
    'Show the page that verifies an address',
    'What the link of a verification mail opens; it asks for a click and then calls the API.',
  ),
  'GET /reset-password': page(
    'getResetPasswordPage',
    'Show the page that sets a new password',
    'What the link of a reset mail opens; it asks for the new password and then calls the API.',
  ),
  'GET /confirm-email': page(
    'getConfirmEmailPage',
    'Show the page that confirms another address',
    'What the link of a mail to a new address opens; it asks for a click and then calls the API.',
  ),
  'GET /undo-email': page(
    'getUndoEmailPage',
    'Show the page that undoes another address',
    'What the link of a mail to the address before it opens; it asks for a click and then calls the API.',
  ),
  'GET /pages/page.css': part('getPageStyle', 'style', 'text/css'),
  'GET /pages/page.js': part('getPageScript', 'script', 'text/javascript'),
});
