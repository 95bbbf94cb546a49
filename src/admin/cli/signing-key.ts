import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { withLock } from '../../dev/lock.mjs';
import { ROOT } from '../../dev/state-dir.ts';
import { CliFault } from './cli-fault.ts';

const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');

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

/** Hands a secret of the deployed API Worker to wrangler, by its standard input: no list of processes shows it. */
export const putSecret = async (name: string, value: string): Promise<void> => {
  const args = [WRANGLER, 'secret', 'put', name, '--config', join(ROOT, 'wrangler.toml')];
  const wrangler = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
  wrangler.stdin.end(value);
  const [, complaint, [code]] = await Promise.all([
    text(wrangler.stdout),
    text(wrangler.stderr),
    once(wrangler, 'close'),
  ]);
  if (code === 0) return;
  const reason = /\[ERROR\] *(.*)/.exec(stripVTControlCharacters(complaint))?.[1] ?? `wrangler ended with ${code}`;
  throw new CliFault(`The secret ${name} was not written: ${reason}`);
};
