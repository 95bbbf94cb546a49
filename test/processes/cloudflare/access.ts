import type { Account } from './account.ts';
import { refusal } from './answer.ts';

/** What a token may be kept from. */
export type Part = 'user' | 'memberships' | 'accounts' | 'zones' | 'workers' | 'd1' | 'kv' | 'r2' | 'queues';

/** All of a part, or changing it. */
export type Lack = Part | `${Part}:edit`;

/** Lets a request pass that has the token, and none of what the token lacks; throws the API's answer to others. */
export const accessCheck =
  (account: Account, token: string, lacks: readonly Lack[]) =>
  (method: string, path: string, authorization: string | undefined): void => {
    // Assets are sent with the token of their session.
    if (path.endsWith('/workers/assets/upload')) return;
    const isVerification = path.endsWith('/tokens/verify');
    const [, first, named, third, fourth] = path.split('/');
    if (authorization !== `Bearer ${token}`) {
      if (isVerification) throw refusal(401, 1000, 'Invalid API Token');
      if (named === undefined) throw refusal(403, 9109, 'Invalid access token');
      throw refusal(401, 10000, 'Authentication error');
    }
    if (isVerification) return;
    const inAccount = third === 'storage' ? fourth : third;
    const part = (first === 'accounts' && inAccount) || first;
    const isRefused = lacks.some((lack) => lack === part || (method !== 'GET' && lack === `${part}:edit`));
    if (isRefused && part === 'user') throw refusal(403, 9109, 'Unauthorized to access requested resource');
    const isOther = first === 'accounts' && named !== undefined && named !== account.id;
    if (isRefused || isOther) throw refusal(403, 10000, 'Authentication error');
  };
