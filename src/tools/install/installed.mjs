/**
 * Begins every npm script: installs what is missing, and runs the script that is named, if one is, on the Node of the
 * project. A `pre…` script would not do: npm leaves those out where it is told to run no install scripts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, isRightNode, NODE } from './install.mjs';
import { stopSignal } from './stop-signal.mjs';

const [script, ...args] = process.argv.slice(2);

if ((await isInstalled()) && script !== undefined) await (isRightNode() ? runHere(script) : runOnNode(script));

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
  process.argv.splice(1, 2, resolve(script));
  await import(pathToFileURL(resolve(script)).href);
}

/**
 * The shell found the machine's own Node before the project's was there.
 *
 * @param {string} script
 */
async function runOnNode(script) {
  const child = spawn(NODE, [script, ...args], { stdio: 'inherit' });
  stopSignal().addEventListener('abort', () => child.kill());
  const [code] = await once(child, 'close');
  process.exit(code ?? 1);
}
