import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { ROOT } from '../root.ts';
import { DeployFault } from './deploy-fault.ts';
import { type Deployment, readDeployment } from './deployment.ts';

/** What is read here of a Worker's wrangler.toml; everything else goes into its deployment as it stands. */
export type WorkerToml = {
  name: string;
  main: string;
  vars: Record<string, string>;
  secrets: { required: string[] };
  assets?: { directory: string };
  build?: { command: string; cwd?: string };
  d1_databases: { binding: string; database_name: string; database_id?: string; migrations_dir: string }[];
  r2_buckets?: { binding: string; bucket_name: string }[];
  kv_namespaces?: { binding: string; id?: string }[];
  queues: {
    producers?: { binding: string; queue: string }[];
    consumers?: { queue: string; dead_letter_queue?: string }[];
  };
  ratelimits?: { name: string; namespace_id: string }[];
  analytics_engine_datasets?: { binding: string; dataset: string }[];
};

export type WorkerName = 'api' | 'mailer';
export type Tomls = Record<WorkerName, WorkerToml>;

export const SOURCES: Record<WorkerName, string> = { api: 'wrangler.toml', mailer: 'src/mailer/wrangler.toml' };

export const readTomls = (): Tomls => ({
  api: parse(readFileSync(join(ROOT, SOURCES.api), 'utf8')) as unknown as WorkerToml,
  mailer: parse(readFileSync(join(ROOT, SOURCES.mailer), 'utf8')) as unknown as WorkerToml,
});

/** The vars that a deployment may set: those of both Workers, but for `ENVIRONMENT`, which its table's name is. */
export const varNamesOf = ({ api, mailer }: Tomls): string[] =>
  [...new Set([...Object.keys(api.vars), ...Object.keys(mailer.vars)])].filter((name) => name !== 'ENVIRONMENT');

/** Every name that a deployment has in its account. */
export type Names = {
  workers: Record<WorkerName, string>;
  database: string;
  /** By binding. */
  buckets: Record<string, string>;
  namespaces: Record<string, string>;
  queues: Record<string, string>;
  /** The queue of the mails that were given up. */
  deadLetters: string;
};

/**
 * The names of a deployment: those of wrangler.toml, whose common beginning (the API Worker's name without `-api`)
 * gives way to the deployment's. In production a name with another beginning is somebody's choice and stays; any other
 * deployment puts its own before it, so that no two ever share a resource.
 */
export const namesOf = ({ api }: Tomls, { environment, name }: Pick<Deployment, 'environment' | 'name'>): Names => {
  const base = api.name.replace(/-api$/, '');
  const named = (plain: string): string => {
    if (plain === base || plain.startsWith(`${base}-`)) return name + plain.slice(base.length);
    return environment === 'production' ? plain : `${name}-${plain}`;
  };
  const queues = (api.queues.producers ?? []).map(({ binding, queue }) => [binding, named(queue)] as const);
  requireApart(queues.map(([, queue]) => queue));
  return {
    workers: { api: `${name}-api`, mailer: `${name}-mailer` },
    database: named(only(api.d1_databases, 'DB').database_name),
    buckets: Object.fromEntries(
      (api.r2_buckets ?? []).map(({ binding, bucket_name }) => [binding, named(bucket_name)]),
    ),
    namespaces: Object.fromEntries(
      (api.kv_namespaces ?? []).map(({ binding }) => [
        binding,
        `${name}-${binding.toLowerCase().replaceAll('_', '-')}`,
      ]),
    ),
    queues: Object.fromEntries(queues),
    deadLetters: `${named(only(api.queues.producers, 'MAIL').queue)}-dead`,
  };
};

const requireApart = (queues: readonly string[]): void => {
  for (const [index, queue] of queues.entries()) {
    // By this end of a name the mailer knows the mails that were given up.
    if (queue.endsWith('-dead')) throw new DeployFault(`The queue ${queue} needs a name that does not end in -dead.`);
    // One consumer would take both, with the settings of either.
    if (queues.indexOf(queue) !== index) throw new DeployFault(`wrangler.toml names the queue ${queue} twice.`);
  }
};

const only = <Binding extends { binding: string }>(list: readonly Binding[] | undefined, binding: string): Binding => {
  const found = list?.find((candidate) => candidate.binding === binding);
  if (!found) throw new DeployFault(`wrangler.toml has no binding ${binding}.`);
  return found;
};

/** The ids that wrangler.toml names already, by binding: those of somebody who made the resources by another way. */
export const givenIds = ({ api }: Tomls, { environment }: Pick<Deployment, 'environment'>): Ids => {
  if (environment !== 'production') return { namespaces: {} };
  const namespaces = (api.kv_namespaces ?? []).flatMap(({ binding, id }) => (id ? [[binding, id] as const] : []));
  const database = only(api.d1_databases, 'DB').database_id;
  return { namespaces: Object.fromEntries(namespaces), ...(database ? { database } : {}) };
};

/** What Cloudflare calls the resources that have ids: the database, and the namespaces by binding. */
export type Ids = { database?: string; namespaces: Record<string, string> };

/** The names of the deployment that the environment and deployments.toml tell of. Throws `DeployFault`. */
export const deployedNames = (environment: string): Names => {
  const tomls = readTomls();
  return namesOf(tomls, readDeployment(environment, varNamesOf(tomls), process.env));
};
