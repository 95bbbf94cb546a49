import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import type { Answer } from '../../../api/admin/answer.ts';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';
import { DeployFault } from '../../deploy/deploy-fault.ts';
import { deployedNames } from '../../deploy/names.ts';
import { ROOT } from '../../root.ts';
import { startCommand } from '../../start/start-command.ts';
import { nameOf, registryOf, runningCopy, stateDirectory } from '../../start/state-dir.ts';
import { CliFault } from './cli-fault.ts';

/** A way to the API Worker: the copy that runs on this machine, or the deployed one. */
export type Connection = {
  /** Asks the entrypoint; a refusal, and a Worker that cannot be reached, throw as `CliFault`. */
  ask: <Value>(question: (admin: AdminClient) => Promise<Answer<Value>>) => Promise<Value>;
  close: () => Promise<void>;
};

const CONFIG = join(import.meta.dirname, '../wrangler.toml');

/** The configuration for a deployment: its API Worker has a name of its own. */
const configOf = (deployment: string): string => {
  const { services, ...config } = parse(readFileSync(CONFIG, 'utf8')) as { services: { service: string }[] };
  const service = deployedNames(deployment).workers.api;
  const file = join(ROOT, '.wrangler/deploy', deployment, 'admin.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...config, services: services.map((binding) => ({ ...binding, service })) }));
  return file;
};

/** wrangler is loaded once it is needed, and its own settings are read then. */
const openProxy = async (deployment: string | undefined) => {
  const config = deployment === undefined ? CONFIG : configOf(deployment);
  if (deployment === undefined) {
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
    configPath: config,
    remoteBindings: deployment !== undefined,
    persist: false,
    envFiles: [],
  });
};

/** Everything that an error says, and the errors beneath it. */
const wordsOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.message} ${wordsOf(error.cause)}`
    : String((error as { reason?: unknown })?.reason ?? '');

const unreachable = async (deployment: string | undefined, error: unknown): Promise<CliFault> => {
  if (error instanceof DeployFault) return new CliFault(error.message);
  const remote = deployment !== undefined;
  const words = wordsOf(error);
  const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
  if (
    remote &&
    /CLOUDFLARE_API_TOKEN|not (?:logged in|authenticated)|wrangler login|Authentication error/i.test(words)
  ) {
    return new CliFault(
      'There are no usable credentials for --remote: log in with `npm run wrangler -- login`, or set CLOUDFLARE_API_TOKEN.',
    );
  }
  if (remote) return new CliFault(`The deployed Worker cannot be reached: ${reason}`);
  const state = stateDirectory();
  const copy = await runningCopy(state);
  if (copy) return new CliFault(`The API on port ${copy.port} does not answer: ${reason}`);
  return new CliFault(`The API is not running on the data in ${nameOf(state)}; start it with \`${startCommand()}\`.`);
};

/** Opens the way to the Worker that is meant: that of a deployment, or of the copy on this machine. */
export const connect = async (deployment?: string): Promise<Connection> => {
  const failed = async (error: unknown): Promise<never> => {
    throw await unreachable(deployment, error);
  };
  const proxy = await openProxy(deployment).catch(failed);
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
