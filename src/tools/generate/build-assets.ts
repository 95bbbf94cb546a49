/**
 * Puts together what the API Worker serves as it is, and what it reads, in dist/assets: wrangler runs this before it bundles.
 *
 *   node src/tools/generate/build-assets.ts
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../root.ts';
import { buildMailTexts } from './build-mail-texts.ts';
import { buildPages } from './build-pages.ts';
import { buildReference } from './build-reference.ts';

const SERVED = join(ROOT, 'dist/assets');
const OUT = join(ROOT, `dist/assets-${process.pid}`);

/** Builds all files anew. What was served before and is not built any more is gone. */
export const buildAssets = async (): Promise<void> => {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  cpSync(join(ROOT, 'docs/openapi.json'), join(OUT, 'openapi.json'));
  cpSync(join(ROOT, 'src/accounts/data/common-passwords.txt'), join(OUT, 'common-passwords.txt'));
  buildPages(OUT);
  await buildMailTexts(OUT);
  buildReference(OUT);
  replaceWhatDiffers();
};

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

const contentOf = (file: string): Buffer | undefined => {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
};

/** Others may be serving these files, or building them, at this moment: none is missing or half there at any time. */
const replaceWhatDiffers = (): void => {
  mkdirSync(SERVED, { recursive: true });
  const built = filesBelow(OUT);
  for (const file of filesBelow(SERVED)) if (!built.includes(file)) rmSync(join(SERVED, file), { force: true });
  for (const file of built) {
    if (contentOf(join(SERVED, file))?.equals(readFileSync(join(OUT, file)))) continue;
    mkdirSync(dirname(join(SERVED, file)), { recursive: true });
    renameSync(join(OUT, file), join(SERVED, file));
  }
  rmSync(OUT, { recursive: true, force: true });
};

if (import.meta.main) await buildAssets();
