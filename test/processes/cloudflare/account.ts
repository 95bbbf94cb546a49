import { randomBytes, randomUUID } from 'node:crypto';
import { refusal } from './answer.ts';

/** A binding as the metadata of an upload names it; that of a secret has its `text`. */
export type Binding = { type: string; name: string; [field: string]: any };

export type Module = { type: string; contents: Uint8Array<ArrayBuffer> };

/** Files that are served as they are, by path, and how. */
export type Assets = { files: Record<string, string>; config: Record<string, any> };

export type Version = {
  id: string;
  number: number;
  createdOn: string;
  annotations: Record<string, string>;
  /** As it was sent, without the bindings. */
  metadata: Record<string, any>;
  modules: Map<string, Module>;
  bindings: Binding[];
  assets: Assets | undefined;
};

export type Deployment = {
  id: string;
  created_on: string;
  source: string;
  strategy: string;
  annotations: Record<string, string>;
  versions: { version_id: string; percentage: number }[];
};

export type Worker = {
  name: string;
  tag: string;
  createdOn: string;
  /** Who changed it last: a test may say `dash` for somebody at the dashboard, or `api`. */
  lastDeployedFrom: string;
  /** The newest is the last, deployed or not. */
  versions: Version[];
  /** The newest is the last; it is the one that holds. */
  deployments: Deployment[];
  subdomain: { enabled: boolean; previews_enabled: boolean };
  schedules: string[];
  routes: string[];
  domains: { id: string; hostname: string; zone_name: string; enabled: boolean; previews_enabled: boolean }[];
  /** What is not part of a version: observability, logpush, tags, tail consumers. */
  settings: { tags: string[]; [field: string]: unknown };
};

export type Database = { uuid: string; name: string; created_at: string };
export type Namespace = { id: string; title: string };
export type Bucket = { name: string; creation_date: string };
export type Consumer = {
  consumer_id: string;
  type: string;
  script: string;
  dead_letter_queue: string | undefined;
  settings: Record<string, number | undefined>;
};
export type Queue = { queue_id: string; queue_name: string; created_on: string; consumers: Consumer[] };

/** Everything that an account has. */
export type Account = {
  id: string;
  name: string;
  /** What stands before `.workers.dev`; an account that never had a Worker has none. */
  subdomain: string | null;
  zones: { id: string; name: string }[];
  databases: Database[];
  namespaces: Namespace[];
  buckets: Bucket[];
  queues: Queue[];
  workers: Map<string, Worker>;
  /** The contents of uploaded assets in base64, by hash. */
  files: Map<string, string>;
};

/** An id as most resources have it. */
export const newId = (): string => randomBytes(16).toString('hex');

export const newDatabase = (name: string): Database => ({ uuid: randomUUID(), name, created_at: now() });
export const newNamespace = (title: string): Namespace => ({ id: newId(), title });
export const newBucket = (name: string): Bucket => ({ name, creation_date: now() });
export const newQueue = (name: string): Queue => ({
  queue_id: newId(),
  queue_name: name,
  created_on: now(),
  consumers: [],
});

export const now = (): string => new Date().toISOString();

/** An account with `strangers` databases, namespaces, buckets and queues that are none of ours. */
export const newAccount = (options: { subdomain: string | null; zones: string[]; strangers: number }): Account => {
  const names = Array.from({ length: options.strangers }, (_, n) => `stranger-${n}`);
  return {
    id: newId(),
    name: 'The account of the test',
    subdomain: options.subdomain,
    zones: options.zones.map((name) => ({ id: newId(), name })),
    databases: names.map(newDatabase),
    namespaces: names.map(newNamespace),
    buckets: names.map(newBucket),
    queues: names.map(newQueue),
    workers: new Map(),
    files: new Map(),
  };
};

export const newWorker = (name: string): Worker => ({
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

export const requireWorker = (account: Account, name = ''): Worker => {
  const worker = account.workers.get(name);
  if (!worker) throw refusal(404, 10007, 'This Worker does not exist on your account.');
  return worker;
};

/** The version that runs: the one that the newest deployment gives the most to. */
export const deployedVersion = (worker: Worker): Version | undefined => {
  const [chosen] = (worker.deployments.at(-1)?.versions ?? []).toSorted((a, b) => b.percentage - a.percentage);
  return worker.versions.find(({ id }) => id === chosen?.version_id);
};

/** The zone of the account that a host is in. */
export const zoneOf = (account: Account, host: string) =>
  account.zones.find(({ name }) => host === name || host.endsWith(`.${name}`));
