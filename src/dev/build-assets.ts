/**
 * Puts together what the API Worker serves as it is, in dist/assets: wrangler runs this before it bundles.
 *
 *   node src/dev/build-assets.ts
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './state-dir.ts';

const OUT = join(ROOT, 'dist/assets');

/** Builds all files anew; what is served by that name before is gone. */
export const buildAssets = (): void => {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  cpSync(join(ROOT, 'docs/openapi.json'), join(OUT, 'openapi.json'));
};

if (import.meta.main) buildAssets();
