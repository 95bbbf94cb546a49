import { randomUUID } from 'node:crypto';
import { type Account, type Assets, type Binding, newId, now, type Version, type Worker } from './account.ts';
import { Answer, type Call, type Fault, Refusal, type Routes, refusal } from './answer.ts';

type Manifest = Record<string, { hash: string; size: number }>;

/** The assets of a version come before it: what is wanted, what is missing, and a token that stands for them. */
export class AssetStore {
  readonly #account: Account;
  readonly #manifests = new Map<string, Manifest>();

  constructor(account: Account) {
    this.#account = account;
  }

  readonly routes: Routes = {
    'POST /accounts/:account/workers/scripts/:script/assets-upload-session': ({ json }) => {
      const { manifest }: { manifest: Manifest } = json();
      const jwt = newToken();
      this.#manifests.set(jwt, manifest);
      const missing = this.#missing(manifest);
      return { jwt, buckets: missing.length > 0 ? [missing] : [] };
    },
    'POST /accounts/:account/workers/assets/upload': async ({ authorization, form }) => {
      const jwt = authorization?.replace('Bearer ', '') ?? '';
      const manifest = this.#manifests.get(jwt);
      if (!manifest) throw refusal(401, 10000, 'Authentication error');
      for (const [hash, file] of await form()) {
        this.#account.files.set(hash, typeof file === 'string' ? file : await file.text());
      }
      const isComplete = this.#missing(manifest).length === 0;
      return new Answer({ jwt: isComplete ? jwt : null }, { status: isComplete ? 201 : 202 });
    },
  };

  /** The files that a token stands for. */
  redeem(jwt: string): Record<string, string> {
    const manifest = this.#manifests.get(jwt);
    if (!manifest || this.#missing(manifest).length > 0) throw refusal(400, 10021, 'invalid or incomplete assets jwt');
    return Object.fromEntries(
      Object.entries(manifest).map(([path, { hash }]) => [path, this.#account.files.get(hash) ?? '']),
    );
  }

  #missing(manifest: Manifest): string[] {
    return [...new Set(Object.values(manifest).map(({ hash }) => hash))].filter(
      (hash) => !this.#account.files.has(hash),
    );
  }
}

/** A token whose middle part can be read, as wrangler does. */
const newToken = (): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [part({ alg: 'none' }), part({ jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 3600 }), newId()].join(
    '.',
  );
};

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
    .map(async ([name, part]): Promise<[string, Version['modules'] extends Map<string, infer M> ? M : never]> => {
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
    throw new Refusal(
      400,
      ...missing.map(({ name }): Fault => {
        const message = `inherit binding '${name}' is invalid: the previous version has no binding of this name`;
        return { code: 10057, message };
      }),
    );
  }
  const named = new Set(sent.map(({ name }) => name));
  return [
    ...sent.flatMap((binding) => (binding.type === 'inherit' ? (before.get(binding.name) ?? []) : binding)),
    ...[...before.values()].filter(({ type, name }) => kept.includes(type) && !named.has(name)),
  ];
};

const assetsOf = (metadata: Record<string, any>, base: Version | undefined, store: AssetStore): Assets | undefined => {
  if (metadata['assets']?.jwt)
    return { files: store.redeem(metadata['assets'].jwt), config: metadata['assets'].config ?? {} };
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
