import { randomUUID } from 'node:crypto';
import {
  type Account,
  type Binding,
  deployedVersion,
  newId,
  now,
  requireWorker,
  type Version,
  type Worker,
} from './account.ts';
import { type Routes, refusal } from './answer.ts';
import type { Runtime } from './runtime.ts';
import { AssetStore, readUpload } from './uploads.ts';

/** Workers: what is uploaded, its versions, which of them is deployed, and secrets. */
export const workerRoutes = (account: Account, runtime: Runtime): Routes => {
  const store = new AssetStore(account);
  const script = '/accounts/:account/workers/scripts/:script';
  const service = '/accounts/:account/workers/services/:script';
  const workerOf = (params: Record<string, string>): Worker => requireWorker(account, params['script']);

  const add = async (worker: Worker, version: Version): Promise<void> => {
    await runtime.tryOut(worker.name, version);
    worker.versions.push(version);
    worker.lastDeployedFrom = 'wrangler';
  };
  const deploy = async (worker: Worker, versions: Deployment['versions'], annotations = {}): Promise<Deployment> => {
    const deployment = {
      id: randomUUID(),
      created_on: now(),
      source: 'wrangler',
      strategy: 'percentage',
      annotations,
      versions,
    };
    worker.deployments.push(deployment);
    await runtime.changed();
    return deployment;
  };
  /** A secret is part of a version, so that a change is a new version, which is deployed at once. */
  const changeSecrets = async (worker: Worker, change: (bindings: Binding[]) => Binding[]): Promise<void> => {
    const latest = worker.versions.at(-1);
    if (!latest || latest !== deployedVersion(worker)) {
      throw refusal(400, 10215, 'Secret edit failed. The latest version of this Worker is not deployed.');
    }
    const version = {
      ...latest,
      id: randomUUID(),
      number: latest.number + 1,
      createdOn: now(),
      annotations: { 'workers/triggered_by': 'secret' },
      bindings: change(latest.bindings),
    };
    await add(worker, version);
    await deploy(worker, [{ version_id: version.id, percentage: 100 }]);
  };

  return {
    ...store.routes,

    'GET /accounts/:account/workers/scripts': () => [...account.workers.values()].map(scriptOf),
    [`GET ${service}`]: ({ params }) => {
      const worker = workerOf(params);
      const environment = { environment: 'production', created_on: worker.createdOn, script: scriptOf(worker) };
      return { id: worker.name, created_on: worker.createdOn, default_environment: environment };
    },
    [`PUT ${script}`]: async (call) => {
      const known = account.workers.get(call.params['script'] ?? '');
      const version = await readUpload(call, account, known, store);
      const worker = known ?? newWorker(call.params['script'] ?? '');
      await add(worker, version);
      const { observability, logpush, tail_consumers } = version.metadata;
      Object.assign(worker.settings, { observability, logpush, tail_consumers });
      account.workers.set(worker.name, worker);
      await deploy(worker, [{ version_id: version.id, percentage: 100 }]);
      return {
        ...scriptOf(worker),
        id: worker.name,
        startup_time_ms: STARTUP_MS,
        deployment_id: version.id.replaceAll('-', ''),
      };
    },

    [`POST ${script}/versions`]: async (call) => {
      const worker = workerOf(call.params);
      const version = await readUpload(call, account, worker, store);
      await add(worker, version);
      return shownVersion(worker, version);
    },
    [`GET ${script}/versions`]: ({ params }) => {
      const worker = workerOf(params);
      return { items: worker.versions.toReversed().map((version) => shownVersion(worker, version)) };
    },
    [`GET ${script}/versions/:version`]: ({ params }) => {
      const worker = workerOf(params);
      const version = worker.versions.find(({ id }) => id === params['version']);
      if (!version) throw refusal(404, 10024, 'This version does not exist.');
      return shownVersion(worker, version);
    },
    [`GET ${script}/deployments`]: ({ params }) => ({ deployments: workerOf(params).deployments.toReversed() }),
    [`POST ${script}/deployments`]: ({ params, json }) => {
      const { versions, annotations } = json();
      return deploy(workerOf(params), versions, annotations);
    },

    [`GET ${script}/settings`]: ({ params }) => {
      const worker = workerOf(params);
      return { ...worker.settings, bindings: shownBindings(worker.versions.at(-1)) };
    },
    [`PATCH ${script}/script-settings`]: ({ params, json }) => Object.assign(workerOf(params).settings, json()),

    [`GET ${script}/secrets`]: ({ params }) =>
      (workerOf(params).versions.at(-1)?.bindings ?? [])
        .filter(({ type }) => type === 'secret_text')
        .map(({ name, type }) => ({ name, type })),
    [`PUT ${script}/secrets`]: async ({ params, json }) => {
      const { name, text, type } = json();
      await changeSecrets(workerOf(params), (bindings) => [
        ...bindings.filter((binding) => binding.name !== name),
        { type, name, text },
      ]);
      return { name, type };
    },
    [`PATCH ${script}/secrets-bulk`]: async ({ params, json }) => {
      const { secrets } = json() as { secrets: Record<string, Binding | null> };
      const worker = workerOf(params);
      await changeSecrets(worker, (bindings) => [
        ...bindings.filter(({ name }) => !Object.hasOwn(secrets, name)),
        ...Object.values(secrets).filter((secret) => secret !== null),
      ]);
      return Object.keys(secrets).map((name) => ({ name, type: 'secret_text' }));
    },

    // What wrangler compares with where somebody was at the dashboard.
    [`GET ${service}/environments/production`]: ({ params }) => {
      const worker = workerOf(params);
      const { compatibility_date, compatibility_flags } = worker.versions.at(-1)?.metadata ?? {};
      return {
        environment: 'production',
        script: { ...scriptOf(worker), ...worker.settings, compatibility_date, compatibility_flags },
      };
    },
    [`GET ${service}/environments/production/bindings`]: ({ params }) =>
      shownBindings(workerOf(params).versions.at(-1)),
  };
};

type Deployment = Worker['deployments'][number];

/** What a start is said to have taken; nothing depends on it. */
const STARTUP_MS = 12;

const newWorker = (name: string): Worker => ({
  name,
  tag: newId(),
  createdOn: now(),
  lastDeployedFrom: 'wrangler',
  versions: [],
  deployments: [],
  subdomain: { enabled: false, previews_enabled: false },
  schedules: [],
  routes: [],
  domains: [],
  settings: { tags: [] },
});

const scriptOf = (worker: Worker) => ({
  id: worker.name,
  tag: worker.tag,
  tags: worker.settings.tags,
  etag: worker.versions.at(-1)?.id.replaceAll('-', ''),
  created_on: worker.createdOn,
  modified_on: worker.versions.at(-1)?.createdOn,
  last_deployed_from: worker.lastDeployedFrom,
});

/** A secret is never shown again. */
const shownBindings = (version: Version | undefined): Binding[] =>
  (version?.bindings ?? []).map((binding) =>
    binding.type === 'secret_text' ? { type: binding.type, name: binding.name } : binding,
  );

const shownVersion = (worker: Worker, version: Version) => ({
  id: version.id,
  number: version.number,
  startup_time_ms: STARTUP_MS,
  annotations: version.annotations,
  metadata: {
    created_on: version.createdOn,
    source: 'wrangler',
    author_email: 'ada@example.com',
    has_preview: worker.subdomain.previews_enabled,
  },
  resources: {
    bindings: shownBindings(version),
    script: { etag: version.id.replaceAll('-', ''), last_deployed_from: 'wrangler' },
    script_runtime: { compatibility_date: version.metadata['compatibility_date'] },
  },
});
