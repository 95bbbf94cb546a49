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
import { measureDistance } from './distance.ts';
import { measureMixed, measurePictures } from './endurance.ts';
import { measureSpeed } from './speed.ts';
import { measureStart } from './start.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' }, whole: { type: 'boolean', default: false } },
});
const against = values.against === undefined ? undefined : resolve(values.against);
const { whole } = values;
const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-bench-'));

const PARTS: Record<string, () => Promise<void>> = {
  speed: () => measureSpeed(folder, { blocks: whole ? 25 : 8, against }),
  distance: () => measureDistance(folder, { crowd: whole ? 1_000_000 : 20_000, times: whole ? 10 : 5 }),
  start: () => measureStart(folder, { times: whole ? 15 : 5, against }),
  pictures: () => measurePictures(folder, whole ? 1000 : 40),
  mixed: () => measureMixed(folder, whole ? { seconds: 600, people: 200_000 } : { seconds: 30, people: 20_000 }),
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
