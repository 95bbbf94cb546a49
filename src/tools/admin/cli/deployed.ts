import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import type { SlotDigests } from '../../../accounts/tokens/key-slots.ts';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';
import { DeployFault } from '../../deploy/deploy-fault.ts';
import { deployedNames, type WorkerName } from '../../deploy/names.ts';
import { ROOT } from '../../root.ts';
import { CliFault } from './cli-fault.ts';
import type { Way } from './way.ts';

const CONFIG = join(import.meta.dirname, '../wrangler.toml');

/**
 * The configuration for a deployment: its Workers have names of their own. Of each Worker alone: the platform takes no binding
 * to an entrypoint that is not there, and an older mailer has none.
 */
const configOf = (deployment: string, worker: WorkerName): string => {
  const { services, ...config } = parse(readFileSync(CONFIG, 'utf8')) as { services: { service: string }[] };
  const service = deployedNames(deployment).workers[worker];
  const file = join(ROOT, '.wrangler/deploy', deployment, `admin-${worker}.json`);
  const own = services.filter((binding) => binding.service.endsWith(`-${worker}`));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...config, services: own.map((binding) => ({ ...binding, service })) }));
  return file;
};

/** wrangler reads its own settings as it is loaded. */
const openProxy = async (deployment: string, worker: WorkerName) => {
  const configPath = configOf(deployment, worker);
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false';
  process.env['WRANGLER_SEND_METRICS'] = 'false';
  process.env['WRANGLER_WRITE_LOGS'] = 'false';
  delete process.env['CLOUDFLARE_ENV'];
  // Standard output is the command's; what wrangler says goes beside it.
  for (const level of ['log', 'info', 'debug'] as const) console[level] = console.error;
  const { getPlatformProxy } = await import('wrangler');
  return getPlatformProxy<{ ADMIN: AdminClient; MAILER_KEYS: MailerKeys }>({
    configPath,
    remoteBindings: true,
    persist: false,
    envFiles: [],
  });
};

/** Everything that an error says, and the errors beneath it. */
const wordsOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.message} ${wordsOf(error.cause)}`
    : String((error as { reason?: unknown })?.reason ?? '');

const unreachable = (error: unknown): CliFault => {
  if (error instanceof DeployFault) return new CliFault(error.message);
  const words = wordsOf(error);
  if (/CLOUDFLARE_API_TOKEN|not (?:logged in|authenticated)|wrangler login|Authentication error/i.test(words)) {
    return new CliFault(
      'There are no usable credentials for --remote: log in with `npm run wrangler -- login`, or set CLOUDFLARE_API_TOKEN.',
    );
  }
  const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
  return new CliFault(`The deployed Worker cannot be reached: ${reason}`);
};

type MailerKeys = { digests(): Promise<SlotDigests> };

/** Asks the mailer of a deployment which keys it has. */
const askMailer = async (deployment: string): Promise<SlotDigests> => {
  let proxy: Awaited<ReturnType<typeof openProxy>> | undefined;
  try {
    proxy = await openProxy(deployment, 'mailer');
    return { ...(await proxy.env.MAILER_KEYS.digests()) };
  } catch (error) {
    const { message } = unreachable(error);
    throw new CliFault(
      `The mailer does not say which keys it has; one from before it could has to be deployed anew. ${message}`,
    );
  } finally {
    await proxy?.dispose();
  }
};

/** Opens the way to the API Worker of a deployment, with the credentials of wrangler. */
export const openDeployed = async (deployment: string): Promise<Way> => {
  const failed = (error: unknown): never => {
    throw unreachable(error);
  };
  const proxy = await openProxy(deployment, 'api').catch(failed);
  return {
    // What a call over a binding returns can be awaited and nothing else; it is no promise.
    call: async (question) => (async () => question(proxy.env.ADMIN))().catch(failed),
    keysOfMailer: () => askMailer(deployment),
    close: () => proxy.dispose(),
  };
};
