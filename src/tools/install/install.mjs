import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { stopSignal } from './stop-signal.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const LOCK = join(ROOT, '.wrangler/install.lock');
const OLDEST_NODE = 20;
const NO_NODE = 'the Node that the scripts run on is missing';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/**
 * Installs what package-lock.json names, if that is not what node_modules holds. Runs before every npm script, on
 * whatever Node the machine has, so this file is plain JavaScript and imports no package. Standard output belongs to
 * the script that follows. Throws one sentence where it cannot be done.
 *
 * @returns {Promise<void>}
 */
export async function ensureInstalled() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new Error(`Node ${OLDEST_NODE} or newer is needed; this is Node ${process.versions.node}.`);
  }
  if (!whyInstall()) return;
  await withLock(LOCK, install, () => console.error('Another process is installing; waiting for it.'));
}

/** The binary of the package `node`, on which everything here runs. */
export const NODE = join(ROOT, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Whether this process runs on a Node of that very version. */
export function isRightNode() {
  return packagesIn('package-lock.json')?.['node_modules/node']?.version === process.versions.node;
}

async function install() {
  const why = whyInstall();
  if (!why) return;
  if (why !== NO_NODE) {
    console.error(`Installing the dependencies (npm ci): ${why}.`);
    await npm('ci', '--include=dev');
  }
  // npm may have been told to run no install scripts, for good reasons; this package is nothing without its own.
  if (whyInstall() === NO_NODE) {
    console.error(`Running the install scripts that package.json allows (npm rebuild): ${NO_NODE}.`);
    await npm('rebuild', '--ignore-scripts=false', ...packagesWithScripts());
  }
  const left = whyInstall();
  if (left) throw new Error(`The install ended, but something is still wrong: ${left}.`);
}

/** The packages whose install scripts package.json allows. */
function packagesWithScripts() {
  const { allowScripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.keys(allowScripts).filter((name) => allowScripts[name]);
}

/** What node_modules lacks, or undefined. npm writes its own record of an install there as the very last step. */
function whyInstall() {
  const wanted = packagesIn('package-lock.json');
  if (!wanted) throw new Error('package-lock.json is missing or unreadable; restore it from the repository.');
  if (!existsSync(join(ROOT, 'node_modules'))) return 'node_modules is missing';
  const installed = packagesIn('node_modules/.package-lock.json');
  if (!installed) return 'an earlier install did not end';
  for (const [path, locked] of Object.entries(wanted)) {
    const found = installed[path];
    // Packages for other platforms stay out.
    if (path === '' || (!found && (locked.optional || locked.devOptional))) continue;
    if (!found || !existsSync(join(ROOT, path, 'package.json'))) return `${path} is missing`;
    if (!isSame(locked, found)) return `${path} is not the version of the lock file`;
  }
  return hasNode() ? undefined : NO_NODE;
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * @param {LockedPackage} locked
 * @param {LockedPackage} found
 */
function isSame(locked, found) {
  const sameContent = !locked.integrity || !found.integrity || locked.integrity === found.integrity;
  return locked.version === found.version && sameContent;
}

/** The package `node` brings its binary with an install script, which npm may have been told to skip. */
function hasNode() {
  try {
    accessSync(NODE, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} does
 * @param {string[]} args
 * @returns {Promise<void>}
 */
function npm(does, ...args) {
  const { npm_execpath: cli = '', npm_node_execpath: node = process.execPath } = process.env;
  const [command, ...first] = cli.endsWith('npm-cli.js') ? [node, cli] : ['npm'];
  const failed = `The install failed (npm ${[does, ...args].join(' ')})`;
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, does, ...args, ...options], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    stopSignal().addEventListener('abort', () => child.kill());
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complaint += text;
    });
    child.once('error', (error) => reject(new Error(`${failed}: npm did not start (${error.message}).`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${failed}: ${signal ?? reasonIn(complaint) ?? `npm ended with ${code}`}`));
    });
  });
}

/**
 * The first line of npm's complaint that is a sentence; above it stand codes.
 *
 * @param {string} complaint
 */
function reasonIn(complaint) {
  return complaint
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .find((line) => line !== '' && !/^(code|errno|syscall|path|dest|type) /.test(line));
}
