import { accessCheck, type Lack } from './cloudflare/access.ts';
import { type Binding, deployedVersion, newAccount, newId, requireWorker } from './cloudflare/account.ts';
import { refusal } from './cloudflare/answer.ts';
import { dashboardRoutes } from './cloudflare/dashboard.ts';
import { domainRoutes } from './cloudflare/domains.ts';
import { identityRoutes } from './cloudflare/identity.ts';
import { queueRoutes } from './cloudflare/queues.ts';
import { newRuntime } from './cloudflare/runtime.ts';
import { secretRoutes } from './cloudflare/secrets.ts';
import { serveApi } from './cloudflare/server.ts';
import { storageRoutes } from './cloudflare/storage.ts';
import { newTransfers } from './cloudflare/transfers.ts';
import { triggerRoutes } from './cloudflare/triggers.ts';
import { workerRoutes } from './cloudflare/workers.ts';

export type CloudflareOptions = {
  /** What stands before `.workers.dev`; null for an account that has none yet. */
  subdomain?: string | null;
  zones?: string[];
  /** How many databases, namespaces, buckets and queues of others the account has already. */
  strangers?: number;
  /** What the token may not do. */
  lacks?: Lack[];
  /** The token belongs to the account and not to a user. */
  isAccountToken?: boolean;
};

export type Cloudflare = Awaited<ReturnType<typeof startCloudflare>>;

/**
 * A small stand-in for the parts of Cloudflare's API that a deployment calls, for one account, on this machine. What is
 * uploaded runs, bound to what it names; what the account has can be looked at. It forgets everything when it stops.
 */
export const startCloudflare = async (options: CloudflareOptions = {}) => {
  const { subdomain = 'test-team', zones = [], strangers = 0, lacks = [], isAccountToken = false } = options;
  const account = newAccount({ subdomain, zones, strangers });
  const token = newId();
  const printed: string[] = [];
  const runtime = newRuntime(account, printed);
  const transfers = await newTransfers(account, runtime);
  const routes = {
    ...identityRoutes(account, isAccountToken),
    ...storageRoutes(account, runtime),
    ...transfers.routes,
    ...queueRoutes(account, runtime),
    ...workerRoutes(account, runtime),
    ...secretRoutes(account, runtime),
    ...triggerRoutes(account),
    ...domainRoutes(account),
    ...dashboardRoutes(account),
  };
  const server = await serveApi(routes, accessCheck(account, token, lacks));
  return {
    /** The environment in which wrangler, and whatever else asks, finds this and nothing else. */
    env: {
      CLOUDFLARE_API_BASE_URL: server.url,
      CLOUDFLARE_ACCOUNT_ID: account.id,
      CLOUDFLARE_API_TOKEN: token,
    },
    url: server.url,
    accountId: account.id,
    token,
    account,
    /** Method and path of every request, in their order. */
    requests: server.requests,
    /** What the Workers and the runtime have printed; a mail that was sent is told with the path of its text. */
    printed,

    /**
     * Lets the next requests fail whose path matches. With `isLost` they are carried out first, as where an answer is
     * lost on its way.
     */
    fail: (
      method: string,
      path: RegExp,
      { times = 1, status = 500, code = 10013, message = 'workers.api.error.unknown', isLost = false } = {},
    ): void => {
      server.failures.push({ method, path, times, refusal: refusal(status, code, message), isLost });
    },

    /** The address below which a Worker answers, as it is deployed or in one of its versions. */
    serve: (name: string, versionId?: string): Promise<string> => {
      const worker = requireWorker(account, name);
      const { enabled, previews_enabled } = worker.subdomain;
      const isPublic = versionId ? previews_enabled : enabled || worker.domains.length > 0;
      if (!isPublic) throw new Error(`${name} has no public address.`);
      return runtime.serve(
        worker,
        worker.versions.find(({ id }) => id === versionId),
      );
    },

    /** The bindings of a Worker as it is deployed, by name; vars and secrets with their text. */
    bindings: (name: string): Record<string, Binding> => {
      const bindings = deployedVersion(requireWorker(account, name))?.bindings ?? [];
      return Object.fromEntries(bindings.map((binding) => [binding.name, binding]));
    },

    /** The rows that the last statement of `sql` finds in a database. */
    rows: async (database: string, sql: string): Promise<Record<string, unknown>[]> => {
      const { uuid = '' } = account.databases.find(({ name }) => name === database) ?? {};
      return (await runtime.query(uuid, sql)).at(-1)?.results ?? [];
    },

    /** Ends it; throws where it was asked what it does not know. */
    stop: async (): Promise<void> => {
      await server.close();
      transfers.close();
      await runtime.stop();
      if (server.faults.length > 0) throw new Error(`The stand-in does not know:\n${server.faults.join('\n')}`);
    },
  };
};
