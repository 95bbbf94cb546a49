import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { API_SETTINGS } from '../../api/settings.ts';
import { MAILER_SETTINGS } from '../../mailer/settings.ts';
import { unusableVars } from '../../workers/settings.ts';
import { ROOT } from '../root.ts';
import { asItLies } from './bundle-api.ts';
import { DeployFault } from './deploy-fault.ts';
import type { Deployment } from './deployment.ts';
import { type Ids, type Names, namesOf, SOURCES, type Tomls, type WorkerName, type WorkerToml } from './names.ts';

/** Where a deployment answers: its domain, or its address at workers.dev. */
export const addressOf = ({ domain }: Deployment, names: Names, subdomain: string): string =>
  `https://${domain || `${names.workers.api}.${subdomain}.workers.dev`}`;

/** The dataset that both Workers write to, which is a table in SQL. */
const datasetOf = ({ name }: Deployment): string => name.replaceAll('-', '_');

const varsOf = (toml: WorkerToml, deployment: Deployment, address: string) => {
  const { environment, avatarDomain, vars } = deployment;
  const followed: Record<string, string> = {
    APP_URL: address,
    TOKEN_ISSUER: address,
    TOKEN_AUDIENCE: address,
    AVATAR_BASE_URL: avatarDomain && `https://${avatarDomain}`,
    METRICS_TABLE: datasetOf(deployment),
    // The examples of the development configuration are nobody's.
    MAIL_FROM: '',
    SUPPORT_URL: '',
  };
  const all = { ...toml.vars, ...followed, ...vars, ENVIRONMENT: environment };
  return Object.fromEntries(Object.keys(toml.vars).map((name) => [name, all[name as keyof typeof all] ?? '']));
};

const requireUsable = (api: Record<string, string>, mailer: Record<string, string>, environment: string): void => {
  const names = new Set([...unusableVars(API_SETTINGS, api), ...unusableVars(MAILER_SETTINGS, mailer)]);
  if (names.size === 0) return;
  throw new DeployFault(
    `These vars are missing or unusable: ${[...names].join(', ')}. ` +
      `Set them under [${environment}.vars] in deployments.toml, or in the environment; docs/deploying.md says what each is.`,
  );
};

// Limits are counted by namespace in the whole account: two deployments in one account must not count together.
const namespaceIdOf = (id: string, { environment, name }: Deployment): string =>
  environment === 'production'
    ? id
    : String(Number(id) + 10_000 * (1 + (createHash('sha256').update(name).digest().readUInt32BE() % 100_000)));

/** A Worker's configuration for wrangler, in the form of wrangler.json. */
export type WorkerConfig = Omit<WorkerToml, 'ratelimits'> & Record<string, unknown>;

/** What a Worker binds, by the names and ids that it has in this deployment. */
const bindingsOf = (toml: WorkerToml, deployment: Deployment, names: Names, ids: Ids) => ({
  d1_databases: toml.d1_databases.map((database) => ({
    ...database,
    database_name: names.database,
    ...(ids.database ? { database_id: ids.database } : {}),
    migrations_dir: join(ROOT, 'migrations'),
  })),
  ...(toml.r2_buckets && {
    r2_buckets: toml.r2_buckets.map((bucket) => ({ ...bucket, bucket_name: names.buckets[bucket.binding] ?? '' })),
  }),
  ...(toml.kv_namespaces && {
    kv_namespaces: toml.kv_namespaces.map((namespace) => {
      const id = ids.namespaces[namespace.binding];
      return { ...namespace, ...(id ? { id } : {}) };
    }),
  }),
  ...(toml.ratelimits && {
    ratelimits: toml.ratelimits.map((limit) => ({
      ...limit,
      namespace_id: namespaceIdOf(limit.namespace_id, deployment),
    })),
  }),
  ...(toml.analytics_engine_datasets && {
    analytics_engine_datasets: toml.analytics_engine_datasets.map((dataset) => ({
      ...dataset,
      dataset: datasetOf(deployment),
    })),
  }),
});

/** The deployment's queues, whichever ends of them a Worker has. */
const queuesOf = ({ queues: { producers, consumers } }: WorkerToml, names: Names) => {
  const named = (binding: string): string => names.queues[binding] ?? '';
  // Which queue a consumer reads its name does not tell: the one that the Worker itself writes to has that binding, the
  // mails that failed are where another consumer's go, and what is left are the mails.
  const written = new Map(producers?.map(({ binding, queue }) => [queue, binding]));
  const dead = new Set(consumers?.flatMap(({ dead_letter_queue }) => dead_letter_queue ?? []));
  return {
    ...(producers && { producers: producers.map((producer) => ({ ...producer, queue: named(producer.binding) })) }),
    ...(consumers && {
      consumers: consumers.map((consumer) => ({
        ...consumer,
        queue: dead.has(consumer.queue) ? names.deadLetters : named(written.get(consumer.queue) ?? 'MAIL'),
        ...(consumer.dead_letter_queue ? { dead_letter_queue: names.deadLetters } : {}),
      })),
    }),
  };
};

/** Where a Worker's files are, said so that it does not matter where its configuration lies. */
const filesOf = (worker: WorkerName, toml: WorkerToml) => {
  const absolute = (path: string): string => resolve(ROOT, dirname(SOURCES[worker]), path);
  return {
    main: absolute(toml.main),
    ...(toml.assets && { assets: { ...toml.assets, directory: absolute(toml.assets.directory) } }),
    ...(toml.build && { build: { ...toml.build, cwd: ROOT } }),
  };
};

const reachedAt = ({ environment, domain, avatarDomain }: Deployment) => ({
  routes: [domain, avatarDomain].filter((host) => host !== '').map((pattern) => ({ pattern, custom_domain: true })),
  workers_dev: domain === '',
  // Previews are for people who try a change; they have no place beside real accounts.
  preview_urls: environment !== 'production',
});

/**
 * Both Workers' configurations for a deployment: what their wrangler.toml say, with the deployment's names, ids and
 * vars. So no binding of development can be missing in another environment. Throws where a var cannot be used.
 */
export const workerConfigs = (
  tomls: Tomls,
  deployment: Deployment,
  ids: Ids,
  subdomain: string,
): Record<WorkerName, WorkerConfig> => {
  const names = namesOf(tomls, deployment);
  const address = addressOf(deployment, names, subdomain);
  const config = (worker: WorkerName): WorkerConfig => {
    const toml = tomls[worker];
    return {
      ...toml,
      ...filesOf(worker, toml),
      name: names.workers[worker],
      vars: varsOf(toml, deployment, address),
      ...bindingsOf(toml, deployment, names, ids),
      queues: queuesOf(toml, names),
    };
  };
  const { api, mailer } = { api: config('api'), mailer: config('mailer') };
  requireUsable(api.vars, mailer.vars, deployment.environment);
  return {
    api: { ...api, ...asItLies(apiFolder(deployment.environment)), ...reachedAt(deployment) },
    mailer: { ...mailer, preview_urls: false },
  };
};

const folderOf = (environment: string): string => join(ROOT, '.wrangler/deploy', environment);

/** Where the API Worker's modules lie when wrangler uploads them. */
export const apiFolder = (environment: string): string => join(folderOf(environment), 'api');

/** Writes a configuration to where wrangler is told to read it; returns the file. */
export const writeWorkerConfig = (environment: string, worker: WorkerName, config: WorkerConfig): string => {
  const file = join(folderOf(environment), `${worker}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config, null, 2));
  return file;
};
