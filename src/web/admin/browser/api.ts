import { type AccountsClient, AccountsError, accountsClient } from '../../../client/client.ts';

// The API as whoever is signed in at this browser. A session that has ended may be followed by another, which is opened
// beside this page: so what is typed here need not be typed again.

const PATIENCE_MS = 30_000;

type Api = AccountsClient['api']['v1'];

const inTime: typeof fetch = (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });

const newClient = (): AccountsClient => accountsClient(location.origin, { fetch: inTime });

let client = newClient();

/** Whose page this is: nothing that was begun here is done as somebody else. */
let owner: number | undefined;
let isRenewed = false;

/** Whether nobody is signed in any more, or somebody who may not be. */
export const isSessionOver = (error: unknown): boolean =>
  error instanceof AccountsError && (error.status === 401 || error.code?.startsWith('ACCOUNT_') === true);

const requireOwner = async (): Promise<void> => {
  const { id } = await (await client.api.v1.users.me.$get()).json();
  isRenewed = false;
  if (id === owner) return;
  location.reload();
  await new Promise(() => {});
};

/** Asks the API, and answers what it says. Rejects with what it refuses. Where another account has signed in, the page begins anew. */
export const ask = async <Answer>(
  question: (api: Api) => Promise<{ json: () => Promise<Answer> }>,
): Promise<Answer> => {
  try {
    if (isRenewed && owner !== undefined) await requireOwner();
    return await (await question(client.api.v1)).json();
  } catch (error) {
    if (isSessionOver(error)) {
      client = newClient();
      isRenewed = true;
    }
    throw error;
  }
};

/** Who is signed in, whose page this is from then on. */
export const askWho = async () => {
  const profile = await ask((api) => api.users.me.$get());
  owner = profile.id;
  return profile;
};

export const signOut = (): Promise<void> => client.signOut();
