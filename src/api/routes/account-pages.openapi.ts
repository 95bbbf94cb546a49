import { described } from '../openapi/described.ts';
import { refusal } from '../openapi/refusal.ts';
import { accountPages } from './account-pages.ts';
import { IF_NONE_MATCH, KEPT, PAGES_OFF, translatedPage, UNCHANGED } from './pages.openapi.ts';

const page = (operationId: string, summary: string, description: string) =>
  translatedPage({ operationId, summary, description }, [PAGES_OFF]);

/** The pages on which somebody makes an account, signs in and looks after it. */
export const describedAccountPages = described(accountPages, {
  'GET /sign-up': page(
    'getSignUpPage',
    'Show the page that opens an account',
    'The form of `POST /api/v1/auth/signup`.',
  ),
  'GET /sign-in': page(
    'getSignInPage',
    'Show the page that signs in',
    'Signs in by password and second factor or by a passkey, and leads to `/account`, or to the path of this origin that its query names as `next`.',
  ),
  'GET /account': page(
    'getAccountPage',
    "Show the page of one's account",
    'On it somebody who is signed in sees and changes all that the API tells of their account.',
  ),
  'GET /pages/:file': {
    operationId: 'getPageFile',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show a part of those pages',
    description: 'What the pages for people load: a script, or the style.',
    parameters: {
      file: { description: 'The name of the file.', schema: { type: 'string', examples: ['account.js'] } },
      ...IF_NONE_MATCH,
    },
    answers: {
      200: {
        description: 'The file.',
        headers: KEPT,
        content: { 'text/javascript': { type: 'string' }, 'text/css': { type: 'string' } },
      },
      304: UNCHANGED,
    },
    refusals: [refusal('NOT_FOUND', { when: 'There is no such file.' }), 'SERVICE_UNAVAILABLE'],
  },
});
