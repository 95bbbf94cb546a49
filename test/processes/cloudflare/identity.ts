import type { Account } from './account.ts';
import { page, type Routes, refusal } from './answer.ts';

/** Who the token belongs to, and what it may see: the user, the account and its zones. */
export const identityRoutes = (account: Account, isAccountToken: boolean): Routes => {
  const details = { id: account.id, name: account.name, type: 'standard', settings: {} };
  return {
    'GET /user/tokens/verify': () => {
      // Wrangler takes this for the sign of a token that belongs to the account and to no user.
      if (isAccountToken) throw refusal(401, 1000, 'Invalid API Token');
      return { id: 'token', status: 'active' };
    },
    'GET /accounts/:account/tokens/verify': () => {
      if (!isAccountToken) throw refusal(401, 1000, 'Invalid API Token');
      return { id: 'token', status: 'active' };
    },
    'GET /user': () => {
      if (isAccountToken) throw refusal(403, 9109, 'Valid user-level authentication not found');
      return { id: 'user', email: 'ada@example.com' };
    },
    'GET /memberships': ({ query }) => {
      if (isAccountToken) throw refusal(400, 9106, 'Authentication failed (status: 400)');
      return page([{ id: 'membership', status: 'accepted', account: details, roles: ['Administrator'] }], query);
    },
    'GET /accounts': ({ query }) => page([details], query),
    'GET /accounts/:account': () => details,
    'GET /zones': ({ query }) =>
      page(
        account.zones
          .filter(({ name }) => (query.get('name') ?? name) === name)
          .map((zone) => ({ ...zone, status: 'active', account: details })),
        query,
      ),
  };
};
