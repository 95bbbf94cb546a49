import { randomUUID } from 'node:crypto';
import { type Deployment, now, type Version, type Worker } from './account.ts';
import type { Runtime } from './runtime.ts';

/** Adds a version that has shown that it starts. */
export const addVersion = async (runtime: Runtime, worker: Worker, version: Version): Promise<void> => {
  await runtime.tryOut(worker.name, version);
  worker.versions.push(version);
  worker.lastDeployedFrom = 'wrangler';
};

/** Deploys versions, each for its share of the requests. */
export const deploy = async (
  runtime: Runtime,
  worker: Worker,
  versions: Deployment['versions'],
  annotations: Record<string, string> = {},
): Promise<Deployment> => {
  const about = { id: randomUUID(), created_on: now(), source: 'wrangler', strategy: 'percentage' };
  const deployment = { ...about, annotations, versions };
  worker.deployments.push(deployment);
  runtime.changed();
  return deployment;
};

/** Adds a version and deploys it for all requests. */
export const release = async (runtime: Runtime, worker: Worker, version: Version): Promise<void> => {
  await addVersion(runtime, worker, version);
  await deploy(runtime, worker, [{ version_id: version.id, percentage: 100 }]);
};
