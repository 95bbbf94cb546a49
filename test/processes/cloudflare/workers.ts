import { type Account, type Binding, newWorker, requireWorker, type Version, type Worker } from './account.ts';
import { type Routes, refusal } from './answer.ts';
import { AssetStore } from './assets.ts';
import { addVersion, deploy, release } from './release.ts';
import type { Runtime } from './runtime.ts';
import { readUpload } from './uploads.ts';

/** Workers: what is uploaded, its versions, and which of them is deployed. */
export const workerRoutes = (account: Account, runtime: Runtime): Routes => {
  const store = new AssetStore(account);
  const script = '/accounts/:account/workers/scripts/:script';
  const workerOf = (params: Record<string, string>): Worker => requireWorker(account, params['script']);

  return {
    ...store.routes,

    'GET /accounts/:account/workers/scripts': () => [...account.workers.values()].map(scriptOf),
    'GET /accounts/:account/workers/services/:script': ({ params }) => {
      const worker = workerOf(params);
      const environment = { environment: 'production', created_on: worker.createdOn, script: scriptOf(worker) };
      return { id: worker.name, created_on: worker.createdOn, default_environment: environment };
    },
    // An upload that is deployed at once.
    [`PUT ${script}`]: async (call) => {
      const { script: name = '' } = call.params;
      const known = account.workers.get(name);
      const version = await readUpload(call, account, known, store);
      const worker = known ?? newWorker(name);
      await release(runtime, worker, version);
      const { observability, logpush, tail_consumers } = version.metadata;
      Object.assign(worker.settings, { observability, logpush, tail_consumers });
      account.workers.set(name, worker);
      return { ...scriptOf(worker), startup_time_ms: STARTUP_MS, deployment_id: version.id };
    },

    [`POST ${script}/versions`]: async (call) => {
      const worker = workerOf(call.params);
      const version = await readUpload(call, account, worker, store);
      await addVersion(runtime, worker, version);
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
      return deploy(runtime, workerOf(params), versions, annotations);
    },

    [`GET ${script}/settings`]: ({ params }) => {
      const worker = workerOf(params);
      return { ...worker.settings, bindings: shownBindings(worker.versions.at(-1)) };
    },
    [`PATCH ${script}/script-settings`]: ({ params, json }) => Object.assign(workerOf(params).settings, json()),
  };
};

/** What a start is said to have taken; nothing depends on it. */
const STARTUP_MS = 12;

export const scriptOf = (worker: Worker) => ({
  id: worker.name,
  tag: worker.tag,
  tags: worker.settings.tags,
  etag: worker.versions.at(-1)?.id,
  created_on: worker.createdOn,
  modified_on: worker.versions.at(-1)?.createdOn,
  last_deployed_from: worker.lastDeployedFrom,
});

/** A secret is never shown again. */
export const shownBindings = (version: Version | undefined): Binding[] =>
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
    script: { etag: version.id, last_deployed_from: 'wrangler' },
    script_runtime: { compatibility_date: version.metadata['compatibility_date'] },
  },
});
