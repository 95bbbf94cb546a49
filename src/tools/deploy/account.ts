import { type Cloudflare, CloudflareError, cloudflareApi } from './cloudflare.ts';
import { DeployFault, NoCredentials } from './deploy-fault.ts';
import { hasLogin, runWrangler } from './wrangler.ts';

/** The account that is deployed to, and the way into it: paths begin behind the account. */
export type Account = { id: string; name: string; token: string; api: Cloudflare; subdomain: string };

const NO_CREDENTIALS =
  'There are no usable credentials: log in with `npm run wrangler -- login`, or set CLOUDFLARE_API_TOKEN.';

/** The token of the environment, or that of wrangler's login. */
const findToken = async (): Promise<string> => {
  const token = process.env['CLOUDFLARE_API_TOKEN'];
  if (token?.trim()) return token;
  // As where a workflow names a secret that is not there; to look for a login then would lead to somebody else's account.
  if (token !== undefined) throw new DeployFault('CLOUDFLARE_API_TOKEN is empty: give it a token, or unset it.');
  const { code, stdout } = await runWrangler(['auth', 'token', '--json']);
  const credentials = code === 0 ? (JSON.parse(stdout) as { token?: string }) : {};
  if (credentials.token) return credentials.token;
  throw hasLogin()
    ? new DeployFault(`${NO_CREDENTIALS} The login that is there is over.`)
    : new NoCredentials(NO_CREDENTIALS);
};

const findAccount = async (api: Cloudflare): Promise<{ id: string; name: string }> => {
  const chosen = process.env['CLOUDFLARE_ACCOUNT_ID'];
  if (chosen) return { id: chosen, name: chosen };
  const accounts = await api.list<{ id: string; name: string }>('/accounts');
  const [first] = accounts;
  if (first && accounts.length === 1) return first;
  if (!first) throw new DeployFault('The credentials belong to no account: set CLOUDFLARE_ACCOUNT_ID.');
  const choice = accounts.map(({ id, name }) => `${id} (${name})`).join(', ');
  throw new DeployFault(`The credentials belong to several accounts: set CLOUDFLARE_ACCOUNT_ID to one of ${choice}.`);
};

// What is asked once to see whether the credentials reach it, and the token's permission that it takes.
const PARTS = {
  'Workers Scripts': '/workers/scripts',
  D1: '/d1/database',
  'Workers KV Storage': '/storage/kv/namespaces',
  'Workers R2 Storage': '/r2/buckets',
  Queues: '/queues',
} as const;

const R2_IS_OFF = 10042;

const requirePermissions = async (api: Cloudflare): Promise<void> => {
  const parts = Object.entries(PARTS);
  const asked = await Promise.allSettled(parts.map(([, path]) => api.get(path)));
  const denied: string[] = [];
  for (const [position, { status, ...answer }] of asked.entries()) {
    if (status === 'fulfilled') continue;
    const { reason } = answer as PromiseRejectedResult;
    if (!(reason instanceof CloudflareError)) throw reason;
    if (reason.code === R2_IS_OFF) {
      throw new DeployFault('R2 is not enabled in this account yet: enable it in the dashboard, and deploy again.');
    }
    if (!reason.isDenied) throw reason;
    denied.push(parts[position]?.[0] ?? '');
  }
  if (denied.length === parts.length)
    throw new DeployFault(`${NO_CREDENTIALS} Those that are there open nothing here.`);
  if (denied.length > 0) {
    const permissions = denied.map((part) => `"${part}: Edit"`).join(', ');
    throw new DeployFault(`The credentials may not do this: the token lacks the permission ${permissions}.`);
  }
};

const NO_SUBDOMAIN = 10007;

/** The account's part of its workers.dev addresses; empty where it has none. */
const findSubdomain = async (api: Cloudflare): Promise<string> => {
  try {
    return (await api.get<{ subdomain: string }>('/workers/subdomain')).subdomain;
  } catch (error) {
    if (error instanceof CloudflareError && (error.code === NO_SUBDOMAIN || error.isMissing)) return '';
    throw error;
  }
};

/** Stands in for an account where there are no credentials, to show what a deployment into an empty one does. */
const EMPTY_ACCOUNT: Account = {
  id: '',
  name: '(none given)',
  token: '',
  subdomain: 'your-account',
  api: {
    get: () => Promise.reject(new CloudflareError(404, [])),
    list: () => Promise.resolve([]),
    post: () => Promise.reject(new DeployFault(NO_CREDENTIALS)),
  },
};

/** Whether an account is the stand-in that nobody has looked at. */
export const isNobodys = ({ id }: Pick<Account, 'id'>): boolean => id === EMPTY_ACCOUNT.id;

/**
 * The account, or an empty one where nobody gave credentials, or wants none used; for looking only. Credentials that are
 * there and open nothing are a fault: what an empty account would get is not what this one would.
 */
export const openAccountToLook = async (say: (line: string) => void, isOffline: boolean): Promise<Account> => {
  if (isOffline) return EMPTY_ACCOUNT;
  try {
    return await openAccount();
  } catch (error) {
    if (!(error instanceof NoCredentials)) throw error;
    say(`${NO_CREDENTIALS} So this shows a deployment into an empty account.`);
    return EMPTY_ACCOUNT;
  }
};

/** Opens the account, if the credentials are there and reach every part that a deployment needs; else says what is missing. */
export const openAccount = async (): Promise<Account> => {
  const token = await findToken();
  const root = cloudflareApi(token);
  const denied = (error: unknown): never => {
    if (!(error instanceof CloudflareError) || !error.isDenied) throw error;
    throw new DeployFault(`${NO_CREDENTIALS} Cloudflare refuses those that are there (${error.message}).`);
  };
  const { id, name } = await findAccount(root).catch(denied);
  const inside = (path: string): string => `/accounts/${id}${path}`;
  const api: Cloudflare = {
    get: (path) => root.get(inside(path)),
    list: (path) => root.list(inside(path)),
    post: (path, body, withinMs) => root.post(inside(path), body, withinMs),
  };
  await requirePermissions(api);
  return { id, name, token, api, subdomain: await findSubdomain(api) };
};
