import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { bringNode, hasNode } from './node.mjs';
import { npm } from './npm.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const LOCK = join(ROOT, '.wrangler/install.lock');
// What these files themselves run on, long enough to bring what the others need.
const OLDEST_NODE = 20;

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/**
 * Installs what package-lock.json names, if that is not what node_modules holds, and brings a Node where the machine's
 * own is too old for it. Runs before every npm script, on whatever Node the machine has, so this file is plain JavaScript
 * and imports no package. Standard output belongs to the script that follows. Throws one sentence where it cannot be done.
 *
 * @returns {Promise<void>}
 */
export async function ensureInstalled() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new Error(`Node ${OLDEST_NODE} or newer is needed; this is Node ${process.versions.node}.`);
  }
  if (!whyInstall() && hasNode()) return;
  await withLock(LOCK, install, () => console.error('Another process is installing; waiting for it.'));
}

async function install() {
  const why = whyInstall();
  if (why) {
    console.error(`Installing the dependencies (npm ci): ${why}.`);
    await npm(ROOT, 'ci', '--include=dev');
    const left = whyInstall();
    if (left) throw new Error(`The install ended, but something is still wrong: ${left}.`);
  }
  if (!hasNode()) await bringNode();
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
    // What is the project's own is not installed, and packages for other platforms stay out.
    if (!path.startsWith('node_modules/') || (!found && (locked.optional || locked.devOptional))) continue;
    if (!found || !existsSync(join(ROOT, path, 'package.json'))) return `${path} is missing`;
    if (!isSame(locked, found)) return `${path} is not the version of the lock file`;
  }
  return undefined;
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
