import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root.ts';

// Which files a check had read when it passed, by its name: it passes again while they are the same.

const FILE = join(ROOT, 'dist/passed.json');

const filesOf = (path: string): string[] =>
  statSync(join(ROOT, path)).isDirectory()
    ? readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [join(ROOT, path)];

/** What these files and folders hold, and which packages are installed, as one short text. */
export const digestOf = (paths: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', ...paths].flatMap(filesOf).toSorted()) {
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('base64url');
};

const noted = (): Record<string, string> => {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    return {};
  }
};

/** Whether the check has passed on files with this digest. */
export const hasPassed = (name: string, digest: string): boolean => noted()[name] === digest;

/** Notes that it has. */
export const notePassed = (name: string, digest: string): void => {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(FILE, JSON.stringify({ ...noted(), [name]: digest }));
};
