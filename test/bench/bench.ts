/**
 * Measures the built Workers on the runtime, without wrangler's proxy before them, and writes the tables of docs/performance.md:
 * `npm run bench`.
 *
 *   npm run bench -- speed            only that part: speed, distance, start, pictures or mixed
 *   npm run bench -- --against DIR    beside another copy of the project, which is installed there
 *   npm run bench -- --whole          the full counts: more blocks, a million users, a thousand pictures, ten minutes
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureSpeed } from './speed.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' }, whole: { type: 'boolean', default: false } },
});
const against = values.against === undefined ? undefined : resolve(values.against);
const { whole } = values;
const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-bench-'));

const PARTS: Record<string, () => Promise<void>> = {
  speed: () => measureSpeed(folder, { blocks: whole ? 25 : 9, against }),
};

try {
  for (const part of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
    const measure = PARTS[part];
    if (!measure) throw new Error(`There is no part ${part}: ${Object.keys(PARTS).join(', ')}.`);
    await measure();
  }
} finally {
  rmSync(folder, { recursive: true });
}
