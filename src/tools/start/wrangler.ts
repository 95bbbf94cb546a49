import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { ROOT } from '../root.ts';
import { StartFault } from './start-fault.ts';
import { registryOf } from './state-dir.ts';

/** A running wrangler. It leads a process group of its own, with the runtime and the bundler that it starts in it. */
export type Wrangler = ChildProcessByStdio<Writable, Readable, Readable>;

const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const APPLY = join(ROOT, 'src/tools/migrations/apply-locally.ts');
const LEASH = import.meta.resolve('./leash.mjs');
const ORDERLY_END_MS = 3000;
const POLL_MS = 50;

const running = new Set<Wrangler>();

/** What wrangler finds in its environment: ours, the secrets, and its own settings for a quiet copy that meets no other. */
export const environmentOf = (state: string, secrets: Record<string, string | undefined>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...secrets,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CLOUDFLARE_ENV: undefined,
  CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'true',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_REGISTRY_PATH: registryOf(state),
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
});

const start = (script: string, args: readonly string[], env: NodeJS.ProcessEnv): Wrangler => {
  const command = ['--import', LEASH, script, ...args];
  const wrangler = spawn(process.execPath, command, { cwd: ROOT, env, stdio: 'pipe', detached: true });
  running.add(wrangler);
  return wrangler;
};

export const startWrangler = (args: readonly string[], env: NodeJS.ProcessEnv): Wrangler => start(WRANGLER, args, env);

/** Brings the local database of a copy up to date. */
export const applyMigrations = async (config: string, state: string, env: NodeJS.ProcessEnv): Promise<void> => {
  // wrangler's `--persist-to` puts everything into this folder in it.
  const applying = start(APPLY, [config, join(state, 'v3')], env);
  applying.stdout.resume();
  const [complaint, [code]] = await Promise.all([text(applying.stderr), once(applying, 'close')]);
  if (code !== 0) throw new StartFault(complaint.trim() || `The migrations ended with ${code}.`);
};

let ending: Promise<void> | undefined;

/** Ends every wrangler and whatever it started, orderly at first; nothing is left when it returns. */
export const endWranglers = (): Promise<void> => {
  ending ??= (async () => {
    signalGroups('SIGTERM');
    const deadline = Date.now() + ORDERLY_END_MS;
    while (signalGroups(0) && Date.now() < deadline) await wait(POLL_MS);
    signalGroups('SIGKILL');
  })();
  return ending;
};

/** Signals what is left of every group; says whether there was anything. */
const signalGroups = (signal: NodeJS.Signals | 0): boolean =>
  [...running].filter(({ pid }) => pid !== undefined && signalGroup(pid, signal)).length > 0;

const signalGroup = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
};

// The last resort, where this process ends by a fault of its own.
process.once('exit', () => signalGroups('SIGKILL'));
