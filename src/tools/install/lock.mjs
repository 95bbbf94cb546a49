import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

// Process ids are given anew one day; no work that is done under a lock takes this long.
const ABANDONED_AFTER_MS = 10 * 60 * 1000;
const POLL_MS = 100;

/** @type {Set<string>} the locks of this very process */
const held = new Set();

/**
 * Runs `work` while no other process holds the lock `file`, which names its holder by process id. The lock of a
 * process that has ended counts as free.
 *
 * @template Result
 * @param {string} file
 * @param {() => Result | Promise<Result>} work
 * @param {() => void} [onWait] called once, if somebody else holds the lock
 * @returns {Promise<Result>}
 */
export async function withLock(file, work, onWait) {
  mkdirSync(dirname(file), { recursive: true });
  for (let isFirst = true; !take(file); isFirst = false) {
    if (isFirst) onWait?.();
    await wait(POLL_MS);
  }
  try {
    return await work();
  } finally {
    held.delete(file);
    rmSync(file, { force: true });
  }
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {string} file */
function take(file) {
  if (held.has(file)) return false;
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    held.add(file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  if (isAbandoned(file)) rmSync(file, { force: true });
  return false;
}

/** @param {string} file */
function isAbandoned(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > ABANDONED_AFTER_MS) return true;
    const holder = Number(readFileSync(file, 'utf8'));
    // An empty lock was made a moment ago, and its holder is about to write its id.
    return holder > 0 && (holder === process.pid || !isAlive(holder));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
