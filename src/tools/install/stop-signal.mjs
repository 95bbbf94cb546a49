import { readFileSync } from 'node:fs';

const POLL_MS = 100;

/**
 * Aborts when this process is to end: at Ctrl-C, SIGTERM or SIGHUP, when nobody reads its output any more, and when
 * the npm that runs it has gone without a word.
 *
 * @returns {AbortSignal}
 */
export function stopSignal() {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, end);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', end);
  if (process.env['npm_lifecycle_event'] !== undefined) whenParentsGo(end);
  return stop.signal;
}

/**
 * npm hands a signal to the shell that it runs a script by, and not every shell hands it on.
 *
 * @param {() => void} end
 */
function whenParentsGo(end) {
  const before = parents();
  setInterval(() => parents() !== before && end(), POLL_MS).unref();
}

/** The parent of this process, and npm above it where a shell stands between the two. */
function parents() {
  const parent = process.ppid;
  try {
    const [, name = '', above] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${parent}/stat`, 'utf8')) ?? [];
    return /^(sh|ash|bash|dash|busybox)$/.test(name) ? `${parent} of ${above}` : `${parent}`;
  } catch {
    // Not Linux: where sh is another one, it gives way to the only command that it runs.
    return `${parent}`;
  }
}
