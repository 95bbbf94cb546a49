import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOUR_MS } from '../../../workers/duration.ts';
import { runWrangler } from '../../deploy/wrangler.ts';
import { withLock } from '../../install/lock.mjs';
import { ROOT } from '../../root.ts';
import { CliFault } from './cli-fault.ts';

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliFault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
};

/** When the newest key on a line was made, as a signing key says and as a version is numbered; of the key itself nothing is taken. */
const madeAt = (line: string): string | null => {
  const ms = /"created_at":(\d+)/.exec(line)?.[1];
  const hours = [...line.matchAll(/"(\d+)":"/g)].map(([, version]) => Number(version) * HOUR_MS);
  const newest = ms === undefined ? Math.max(...hours) : Number(ms);
  return Number.isFinite(newest) ? `${new Date(newest).toISOString().slice(0, 19)}Z` : null;
};

/**
 * Replaces the key of a slot in a `.dev.vars`. `expected` is when the key there was made as the running copy knows it:
 * where the file holds another, it was rotated since that copy started, and the slot is not the older one any more.
 * Undefined: whatever is there is replaced.
 */
export const replaceDevVar = (
  file: string,
  slot: string,
  key: string,
  expected: string | null | undefined,
): Promise<void> =>
  withLock(join(ROOT, '.wrangler/secrets.lock'), () => {
    const before = read(file);
    const line = new RegExp(`^${slot}=.*$`, 'm');
    const old = line.exec(before)?.[0] ?? '';
    if (expected !== undefined && madeAt(old) !== expected) {
      throw new CliFault('The running copy has other keys than .dev.vars: restart it before you rotate again.');
    }
    const written = `${slot}='${key}'`;
    const after = old === '' ? `${before.replace(/\n?$/, '\n')}${written}\n` : before.replace(line, () => written);
    const draft = `${file}.draft`;
    rmSync(draft, { force: true });
    writeFileSync(draft, after, { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  });

/** Hands secrets of a deployed Worker to wrangler, which deploys the Worker with them at once: all hold from one moment on. */
export const putSecrets = async (worker: string, secrets: Record<string, string>): Promise<void> => {
  const { code, reason } = await runWrangler(['secret', 'bulk', '--name', worker], {}, JSON.stringify(secrets));
  if (code === 0) return;
  throw new CliFault(`${Object.keys(secrets).join(' and ')} of ${worker} were not written: ${reason}`);
};
