import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { isAlive } from '../install/lock.mjs';
import { ROOT } from '../root.ts';
import { isPortFree } from './ports.ts';
import { startCommand } from './start-command.ts';
import { StartFault } from './start-fault.ts';

/** Where a copy keeps its data: wrangler's `--persist-to`, which puts everything into the folder `v3` in it. */
export const stateDirectory = (name = process.env['STATE_DIR']): string => resolve(ROOT, name || '.wrangler/state');

/** Where the Workers of a copy enter themselves so that others find them: `WRANGLER_REGISTRY_PATH`. */
export const registryOf = (state: string): string => join(state, 'registry');

/** A state directory as one would type it. */
export const nameOf = (state: string): string => {
  const inside = relative(ROOT, state);
  return inside.startsWith('..') ? state : inside;
};

type Running = { pid: number; port: number };

const runningFile = (state: string): string => join(state, 'running.json');

/** The copy that serves from this state directory now, if one does. */
export const runningCopy = async (state: string): Promise<Running | undefined> => {
  try {
    const running = JSON.parse(readFileSync(runningFile(state), 'utf8')) as Running;
    // What a killed copy left behind counts for nothing, even where its process id has been given anew.
    const isRunning = running.pid !== process.pid && isAlive(running.pid) && !(await isPortFree(running.port));
    return isRunning ? running : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Makes the state directory this process's own until it exits; two copies would answer each other's mails. `port` is
 * claimed already, so a copy that was there is gone.
 */
export const claimState = async (state: string, port: number): Promise<void> => {
  const running = await runningCopy(state);
  if (running && running.port !== port) {
    const name = nameOf(state);
    throw new StartFault(
      `The data in ${name} are in use by the copy on port ${running.port}. ` +
        `Choose another folder: ${startCommand({ PORT: String(port), STATE_DIR: `${name}-${port}` })}`,
    );
  }
  try {
    mkdirSync(state, { recursive: true });
    writeFileSync(runningFile(state), JSON.stringify({ pid: process.pid, port } satisfies Running));
  } catch (error) {
    throw new StartFault(`STATE_DIR cannot be used: ${(error as Error).message}.`);
  }
  process.once('exit', () => rmSync(runningFile(state), { force: true }));
};
