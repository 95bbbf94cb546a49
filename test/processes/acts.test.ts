import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { USER_ACT_NAMES } from '../../src/api/admin/user-acts.command.ts';

// What happens to an account at every moment, beside every other act and under every failure, is tried inside a Worker, by
// tables that stand in several files. Whether an act has its lines there is told here, which takes no Worker.

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const acts = globSync('src/accounts/**/*.ts', { cwd: ROOT }).flatMap((file) =>
  [...read(file).matchAll(/^export const (\w+) = act(?:OnUser|OnSelf|ByLink)\(/gm)].map(([, name = '']) => name),
);

/** Those of these names that a file does not say. */
const missingIn = (file: string, names: readonly string[]): string[] => {
  const text = read(file);
  return names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
};

describe('an act', () => {
  it('is found where the domain declares it', () => {
    expect(acts.length).toBeGreaterThan(30);
    expect(acts).toContain('deactivateUser');
  });

  it.each(['test/acts.test.ts', 'test/authority.test.ts'])('has its lines in %s', (file) => {
    expect(missingIn(file, acts)).toEqual([]);
  });

  it.each(['test/faults.test.ts', 'test/races/acts.ts', 'test/model/commands.ts'])(
    'of an administrator has its lines in %s',
    (file) => {
      expect(missingIn(file, Object.keys(USER_ACT_NAMES))).toEqual([]);
    },
  );
});
