import { join } from 'node:path';
import { nameOf, registryOf, runningCopy, stateDirectory } from '../../dev/state-dir.ts';
import type { Answer } from '../answer.ts';
import type { AdminClient } from '../entrypoint.ts';
import { CliFault } from './cli-fault.ts';

/** A way to the API Worker: the copy that runs on this machine, or the deployed one. */
export type Connection = {
  /** Asks the entrypoint; a refusal, and a Worker that cannot be reached, throw as `CliFault`. */
  ask: <Value>(question: (admin: AdminClient) => Promise<Answer<Value>>) => Promise<Value>;
  close: () => Promise<void>;
};

const CONFIG = join(import.meta.dirname, '../wrangler.toml');

/** wrangler is loaded once it is needed, and its own settings are read then. */
const openProxy = async (remote: boolean) => {
  if (!remote) {
    process.env['WRANGLER_REGISTRY_PATH'] = registryOf(stateDirectory());
    process.env['WRANGLER_LOG'] = 'none';
  }
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false';
  process.env['WRANGLER_SEND_METRICS'] = 'false';
  process.env['WRANGLER_WRITE_LOGS'] = 'false';
  delete process.env['CLOUDFLARE_ENV'];
  // Standard output is the command's; what wrangler says goes beside it.
  for (const level of ['log', 'info', 'debug'] as const) console[level] = console.error;
  const { getPlatformProxy } = await import('wrangler');
  return getPlatformProxy<{ ADMIN: AdminClient }>({
    configPath: CONFIG,
    remoteBindings: remote,
    persist: false,
    envFiles: [],
  });
};

/** Everything that an error says, and the errors beneath it. */
const wordsOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.message} ${wordsOf(error.cause)}`
    : String((error as { reason?: unknown })?.reason ?? '');

const unreachable = async (remote: boolean, error: unknown): Promise<CliFault> => {
  const words = wordsOf(error);
  const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
  if (
    remote &&
    /CLOUDFLARE_API_TOKEN|not (?:logged in|authenticated)|wrangler login|Authentication error/i.test(words)
  ) {
    return new CliFault(
      'There are no usable credentials for --remote: log in with `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.',
    );
  }
  if (remote) return new CliFault(`The deployed Worker cannot be reached: ${reason}`);
  const state = stateDirectory();
  const copy = await runningCopy(state);
  if (copy) return new CliFault(`The API on port ${copy.port} does not answer: ${reason}`);
  return new CliFault(`The API is not running on the data in ${nameOf(state)}; start it with \`npm start\`.`);
};

/** Opens the way to the Worker that is meant. */
export const connect = async (remote: boolean): Promise<Connection> => {
  const failed = async (error: unknown): Promise<never> => {
    throw await unreachable(remote, error);
  };
  const proxy = await openProxy(remote).catch(failed);
  return {
    ask: async (question) => {
      // What a call over a binding returns can be awaited and nothing else; it is no promise.
      const answer = await (async () => question(proxy.env.ADMIN))().catch(failed);
      if (answer.ok) return answer.value;
      throw new CliFault(answer.message, answer.code);
    },
    close: () => proxy.dispose(),
  };
};
