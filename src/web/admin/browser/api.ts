import { type AccountsClient, AccountsError, accountsClient } from '../../../client/client.ts';

// The API as whoever is signed in at this browser. A session that has ended may be followed by another, which is opened
// beside this page: so what is typed here need not be typed again.

const PATIENCE_MS = 30_000;

type Api = AccountsClient['api']['v1'];

const inTime: typeof fetch = (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });

const newClient = (): AccountsClient => accountsClient(location.origin, { fetch: inTime });

let client = newClient();

/** Whether nobody is signed in any more, or somebody who may not be. */
export const isSessionOver = (error: unknown): boolean =>
  error instanceof AccountsError && (error.status === 401 || error.code?.startsWith('ACCOUNT_') === true);

/** Asks the API, and answers what it says. Rejects with what it refuses. */
export const ask = async <Answer>(
  question: (api: Api) => Promise<{ json: () => Promise<Answer> }>,
): Promise<Answer> => {
  try {
    return await (await question(client.api.v1)).json();
  } catch (error) {
    if (isSessionOver(error)) client = newClient();
    throw error;
  }
};

export const signOut = (): Promise<void> => client.signOut();
