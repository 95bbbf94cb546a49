import { randomUUID } from 'node:crypto';
import { type Account, type Binding, deployedVersion, now, requireWorker, type Worker } from './account.ts';
import { type Routes, refusal } from './answer.ts';
import { release } from './release.ts';
import type { Runtime } from './runtime.ts';

/** The secrets of Workers: their names can be read, their values set. */
export const secretRoutes = (account: Account, runtime: Runtime): Routes => {
  const script = '/accounts/:account/workers/scripts/:script';
  const workerOf = (params: Record<string, string>): Worker => requireWorker(account, params['script']);

  /** A secret is part of a version, so that a change makes a new version, which is deployed at once. */
  const change = async (worker: Worker, secrets: Record<string, Binding | null>): Promise<void> => {
    const latest = worker.versions.at(-1);
    if (!latest || latest !== deployedVersion(worker)) {
      throw refusal(400, 10215, 'Secret edit failed. The latest version of this Worker is not deployed.');
    }
    await release(runtime, worker, {
      ...latest,
      id: randomUUID(),
      number: latest.number + 1,
      createdOn: now(),
      annotations: { 'workers/triggered_by': 'secret' },
      bindings: [
        ...latest.bindings.filter(({ name }) => !Object.hasOwn(secrets, name)),
        ...Object.values(secrets).filter((secret) => secret !== null),
      ],
    });
  };

  return {
    [`GET ${script}/secrets`]: ({ params }) =>
      (workerOf(params).versions.at(-1)?.bindings ?? [])
        .filter(({ type }) => type === 'secret_text')
        .map(({ name, type }) => ({ name, type })),
    [`PUT ${script}/secrets`]: async ({ params, json }) => {
      const { name, text, type } = json();
      await change(workerOf(params), { [name]: { name, text, type } });
      return { name, type };
    },
    // A secret that is null goes.
    [`PATCH ${script}/secrets-bulk`]: async ({ params, json }) => {
      const { secrets } = json();
      await change(workerOf(params), secrets);
      return Object.keys(secrets).map((name) => ({ name, type: 'secret_text' }));
    },
  };
};
