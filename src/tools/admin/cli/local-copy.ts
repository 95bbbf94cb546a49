import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';
import { startCommand } from '../../start/start-command.ts';
import { nameOf, registryOf, runningCopy, stateDirectory } from '../../start/state-dir.ts';
import { CliFault } from './cli-fault.ts';
import type { Way } from './way.ts';

// The API Worker, by the name in its configuration.
const API = 'edge-accounts-api';
const BRIDGE = join(import.meta.dirname, '../bridge/bridge.capnp');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What the API Worker of a copy enters into the registry, of which others need this to reach it. */
type Entry = { debugPortAddress: string; userWorkerService: string };

/**
 * Opens the way to the entrypoint of the copy that serves from the state directory: a bare runtime with one small Worker in
 * it, which this command starts and ends and which nobody else can reach, since its socket lies in a folder of this user.
 * Whoever may read the state directory may do the same, and has the database anyway.
 */
export const openLocalCopy = async (): Promise<Way> => {
  const state = stateDirectory();
  const copy = await runningCopy(state);
  if (!copy) {
    throw new CliFault(`The API is not running on the data in ${nameOf(state)}; start it with \`${startCommand()}\`.`);
  }
  const silent = (reason: string): CliFault =>
    new CliFault(`The API on port ${copy.port} does not answer: ${reason.split('\n')[0]}`);
  const entry = entryIn(state);
  if (!entry) throw silent('it has not started yet.');
  const bridge = await startBridge(entry).catch((error: Error) => {
    throw silent(error.message);
  });
  const ask = async (method: string, given: unknown): Promise<unknown> => {
    const answer = await post(bridge.socket, JSON.stringify([method, given])).catch((error: Error) => {
      throw silent(error.message);
    });
    if (answer.status !== 200) throw silent(answer.body);
    return JSON.parse(answer.body);
  };
  const admin = new Proxy({} as AdminClient, { get: (_, method) => (given: unknown) => ask(String(method), given) });
  return { call: (question) => question(admin), keysOfMailer: async () => ({}), close: bridge.end };
};

const entryIn = (state: string): Entry | undefined => {
  try {
    return JSON.parse(readFileSync(join(registryOf(state), API), 'utf8')) as Entry;
  } catch {
    return undefined;
  }
};

/** The runtime that wrangler brings along, so that it speaks the language of the copy's. */
const runtime = (): string => createRequire(createRequire(import.meta.url).resolve('wrangler'))('workerd').default;

const startBridge = async ({ debugPortAddress, userWorkerService }: Entry) => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-admin-'));
  const socket = join(folder, 'bridge');
  const args = ['serve', '--experimental', `--socket-addr=bridge=unix:${socket}`, '--control-fd=3', BRIDGE];
  const workerd = spawn(runtime(), args, {
    env: { ...process.env, ADDRESS: debugPortAddress, SERVICE: userWorkerService },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // In a group of its own: a Ctrl-C is for the command, which may have a step to end first.
    detached: true,
  });
  const end = endWithThisProcess(workerd, folder);
  try {
    await untilListening(workerd);
  } catch (error) {
    await end();
    throw error;
  }
  return { socket, end };
};

/** Ends the runtime when this process ends, also by a signal; returns what ends it before. */
const endWithThisProcess = (workerd: ChildProcess, folder: string): (() => Promise<void>) => {
  const kill = (): void => {
    workerd.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const exit = (signal: NodeJS.Signals): void => process.exit(128 + constants.signals[signal]);
  process.once('exit', kill);
  for (const signal of SIGNALS) process.on(signal, exit);
  return async () => {
    kill();
    process.off('exit', kill);
    for (const signal of SIGNALS) process.off(signal, exit);
  };
};

/** Waits until the runtime says that it listens. */
const untilListening = async (workerd: ChildProcess): Promise<void> => {
  const [complaint, control] = [workerd.stdio[2], workerd.stdio[3]] as [Readable, Readable];
  const said = text(complaint);
  const ended = once(workerd, 'exit').then(async () => {
    throw new Error(`the way to it did not open: ${(await said).split('\n')[0]}`);
  });
  await Promise.race([once(control, 'data'), ended]);
};

/** Hands a question to the bridge. */
const post = (socketPath: string, body: string): Promise<{ status: number | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    request({ socketPath, method: 'POST' }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode, body }), reject);
    })
      .once('error', reject)
      .end(body);
  });
