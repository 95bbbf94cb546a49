/**
 * Begins every npm script: installs what is missing, and runs the script that is named, if one is, on a Node that is new
 * enough. A `pre…` script would not do: npm leaves those out where it is told to run no install scripts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { isNewEnough, NODE } from './node.mjs';
import { stopSignal } from './stop-signal.mjs';

const [script, ...args] = process.argv.slice(2);

if ((await isInstalled()) && script !== undefined) await (isNewEnough() ? runHere(script) : runOnNode(script));

async function isInstalled() {
  try {
    await ensureInstalled();
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
    return false;
  }
}

/** @param {string} script */
async function runHere(script) {
  silenceExperimentalWarnings();
  process.argv.splice(1, 2, resolve(script));
  await import(pathToFileURL(resolve(script)).href);
}

/** Node 22 and the older of 24 say of node:sqlite that it is experimental, where only what went wrong is to be said. */
function silenceExperimentalWarnings() {
  const [print] = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => warning.name === 'ExperimentalWarning' || print?.(warning));
}

/**
 * The shell found the machine's own Node before the one that was brought was there.
 *
 * @param {string} script
 */
async function runOnNode(script) {
  const child = spawn(NODE, [script, ...args], { stdio: 'inherit' });
  stopSignal().addEventListener('abort', () => child.kill());
  const [code] = await once(child, 'close');
  process.exit(code ?? 1);
}
