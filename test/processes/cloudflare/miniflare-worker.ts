import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MiniflareOptions } from 'miniflare';
import type { Account, Binding, Version } from './account.ts';

export type MiniflareWorker = MiniflareOptions['workers'][number];
type Triggers = NonNullable<MiniflareWorker['config']['triggers']>;
type Env = NonNullable<MiniflareWorker['config']['env']>;

const MODULE_TYPES: Record<string, 'esm' | 'cjs' | 'wasm' | 'data' | 'text'> = {
  'application/javascript+module': 'esm',
  'application/javascript': 'cjs',
  'application/wasm': 'wasm',
  'application/octet-stream': 'data',
  'text/plain': 'text',
};

/** A version as the runtime takes it; its assets go into a folder of its own below `folder`. */
export const workerOf = (name: string, version: Version, folder: string, triggers: Triggers = []): MiniflareWorker => {
  const { metadata, modules, bindings, assets } = version;
  // What tells of the sources is for people who read traces, and larger than all the rest.
  const running = [...modules].filter(([, { type }]) => type !== 'application/source-map');
  const entries = running.map(([path, { type, contents }]) => {
    const kind = MODULE_TYPES[type] ?? 'data';
    return [
      path,
      { type: kind, contents: /^(esm|cjs|text)/.test(kind) ? new TextDecoder().decode(contents) : contents },
    ];
  });
  return {
    config: {
      name,
      // What the platform takes where none is named.
      compatibilityDate: metadata['compatibility_date'] ?? '2021-11-02',
      compatibilityFlags: metadata['compatibility_flags'] ?? [],
      manifest: { mainModule: metadata['main_module'], modules: Object.fromEntries(entries) },
      env: Object.assign({}, ...bindings.map(envOf)),
      triggers,
      ...(assets && {
        assets: {
          directory: filesOf(version, join(folder, version.id)),
          hasUserWorker: true,
          htmlHandling: assets.config['html_handling'],
          notFoundHandling: assets.config['not_found_handling'],
          runWorkerFirst: assets.config['run_worker_first'],
        },
      }),
    },
  };
};

/** A binding of an upload as the runtime takes it. */
const envOf = ({ type, name, ...rest }: Binding): Env => {
  switch (type) {
    case 'plain_text':
    case 'secret_text':
      return { [name]: { type: 'text', value: rest['text'] } };
    case 'json':
      return { [name]: { type: 'json', value: rest['json'] } };
    case 'd1':
      return { [name]: { type: 'd1', id: rest['id'] } };
    case 'kv_namespace':
      return { [name]: { type: 'kv', id: rest['namespace_id'] } };
    case 'r2_bucket':
      return { [name]: { type: 'r2', name: rest['bucket_name'] } };
    case 'queue':
      return { [name]: { type: 'queue', name: rest['queue_name'] } };
    case 'ratelimit':
      return { [name]: { type: 'rate-limit', namespace: rest['namespace_id'], simple: rest['simple'] } };
    case 'analytics_engine':
      return { [name]: { type: 'analytics-engine-dataset', name: rest['dataset'] } };
    case 'send_email':
      return { [name]: { type: 'send-email' } };
    case 'images':
      return { [name]: { type: 'images' } };
    case 'assets':
      return { [name]: { type: 'assets' } };
    case 'version_metadata':
      return { [name]: { type: 'version-metadata' } };
    default:
      throw new Error(`The stand-in has no binding of the type ${type} (${name}).`);
  }
};

/** Writes the assets of a version where the runtime can find them. */
const filesOf = ({ assets }: Version, folder: string): string => {
  mkdirSync(folder, { recursive: true });
  for (const [path, contents] of Object.entries(assets?.files ?? {})) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(contents, 'base64'));
  }
  for (const name of ['_headers', '_redirects']) {
    if (assets?.config[name]) writeFileSync(join(folder, name), assets.config[name]);
  }
  return folder;
};

/** The queues that a Worker takes messages from. */
export const consumersOf = (account: Account, worker: string) =>
  account.queues.flatMap(({ queue_name: name, consumers }) =>
    consumers
      .filter(({ script }) => script === worker)
      .map(({ dead_letter_queue: deadLetterQueue, settings }) => ({
        type: 'queue' as const,
        name,
        ...(deadLetterQueue && { deadLetterQueue }),
        maxBatchSize: settings['batch_size'],
        maxBatchTimeout: (settings['max_wait_time_ms'] ?? 0) / 1000,
        maxRetries: settings['max_retries'],
        retryDelay: settings['retry_delay'],
      })),
  );
