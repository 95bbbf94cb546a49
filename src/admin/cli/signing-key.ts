import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runWrangler } from '../../deploy/wrangler.ts';
import { withLock } from '../../dev/lock.mjs';
import { ROOT } from '../../dev/state-dir.ts';
import { CliFault } from './cli-fault.ts';

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliFault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
};

/** When the key on a line was made; of the key itself nothing is taken. */
const madeAt = (line: string): string | null => {
  const ms = /"created_at":(\d+)/.exec(line)?.[1];
  return ms === undefined ? null : `${new Date(Number(ms)).toISOString().slice(0, 19)}Z`;
};

/**
 * Replaces the key of a slot in a `.dev.vars`. `expected` is when the key there was made as the running copy knows it:
 * where the file holds another, it was rotated since that copy started, and the slot is not the older one any more.
 */
export const replaceDevVar = (file: string, slot: string, key: string, expected: string | null): Promise<void> =>
  withLock(join(ROOT, '.wrangler/secrets.lock'), () => {
    const before = read(file);
    const line = new RegExp(`^${slot}=.*$`, 'm');
    const old = line.exec(before)?.[0] ?? '';
    if (madeAt(old) !== expected) {
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

/** Hands a secret of a deployed Worker to wrangler, which deploys the Worker with it at once. */
export const putSecret = async (worker: string, name: string, value: string): Promise<void> => {
  const { code, reason } = await runWrangler(['secret', 'put', name, '--name', worker], {}, value);
  if (code !== 0) throw new CliFault(`The secret ${name} was not written: ${reason}`);
};
