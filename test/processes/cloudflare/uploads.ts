import { randomUUID } from 'node:crypto';
import { type Account, type Assets, type Binding, type Module, now, type Version, type Worker } from './account.ts';
import { type Call, type Fault, Refusal, refusal } from './answer.ts';
import type { AssetStore } from './assets.ts';

/** Makes a version of what was uploaded; nothing has changed when it refuses. */
export const readUpload = async (
  { form, query }: Call,
  account: Account,
  worker: Worker | undefined,
  store: AssetStore,
): Promise<Version> => {
  const parts = await form();
  const sent = parts.get('metadata');
  if (sent === null) throw refusal(400, 10021, 'missing metadata part');
  const { bindings, annotations, ...metadata } = JSON.parse(typeof sent === 'string' ? sent : await sent.text());
  const modules = [...parts]
    .filter(([name]) => name !== 'metadata')
    .map(async ([name, part]): Promise<[string, Module]> => {
      if (typeof part === 'string') throw refusal(400, 10021, `the part ${name} is no file`);
      return [name, { type: part.type, contents: new Uint8Array(await part.arrayBuffer()) }];
    });
  const base = worker?.versions.at(-1);
  const version: Version = {
    id: randomUUID(),
    number: (base?.number ?? 0) + 1,
    createdOn: now(),
    annotations: { 'workers/triggered_by': 'upload', ...annotations },
    metadata,
    modules: new Map(await Promise.all(modules)),
    bindings: completed(bindings, metadata.keep_bindings ?? [], base, query.get('bindings_inherit') === 'strict'),
    assets: assetsOf(metadata, base, store),
  };
  requireTargets(version.bindings, account);
  return version;
};

/** The bindings that were sent, the inherited ones in full, and those of the version before that are to be kept. */
const completed = (sent: Binding[], kept: string[], base: Version | undefined, isStrict: boolean): Binding[] => {
  const before = new Map((base?.bindings ?? []).map((binding) => [binding.name, binding]));
  const missing = sent.filter(({ type, name }) => type === 'inherit' && !before.has(name));
  if (isStrict && missing.length > 0) {
    const faults = missing.map(({ name }): Fault => {
      const message = `inherit binding '${name}' is invalid: the previous version has no binding of this name`;
      return { code: 10057, message };
    });
    throw new Refusal(400, ...faults);
  }
  const named = new Set(sent.map(({ name }) => name));
  return [
    ...sent.flatMap((binding) => (binding.type === 'inherit' ? (before.get(binding.name) ?? []) : binding)),
    ...[...before.values()].filter(({ type, name }) => kept.includes(type) && !named.has(name)),
  ];
};

const assetsOf = (metadata: Record<string, any>, base: Version | undefined, store: AssetStore): Assets | undefined => {
  const { jwt, config = {} } = metadata['assets'] ?? {};
  if (jwt) return { files: store.redeem(jwt), config };
  return metadata['keep_assets'] ? base?.assets : undefined;
};

/** What a binding names has to be there. */
const requireTargets = (bindings: Binding[], account: Account): void => {
  for (const { type, name, ...rest } of bindings) {
    if (type === 'd1' && !account.databases.some(({ uuid }) => uuid === rest['id'])) {
      throw refusal(400, 10181, `D1 binding '${name}' references database '${rest['id']}' which was not found.`);
    }
    if (type === 'kv_namespace' && !account.namespaces.some(({ id }) => id === rest['namespace_id'])) {
      throw refusal(400, 10041, `KV namespace '${rest['namespace_id']}' not found.`);
    }
    if (type === 'r2_bucket' && !account.buckets.some((bucket) => bucket.name === rest['bucket_name'])) {
      throw refusal(400, 10085, `R2 bucket '${rest['bucket_name']}' not found.`);
    }
    if (type === 'queue' && !account.queues.some(({ queue_name }) => queue_name === rest['queue_name'])) {
      throw refusal(400, 11000, `Queue '${rest['queue_name']}' not found.`);
    }
  }
};
