import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { USER_ACT_NAMES } from '../../src/api/admin/user-acts.command.ts';
import { appRoutes, changingRoutes } from '../app-routes.ts';

// What every act and every route meets, at every moment and under every failure, is tried inside a Worker, by tables that
// stand in several files. Whether one has its lines there is told here, which takes no Worker.

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

  it('of an administrator is told of to who runs scripts', () => {
    expect(missingIn('docs/administration.md', Object.values(USER_ACT_NAMES))).toEqual([]);
  });
});

/** A file in whose templates stand the texts that it names. */
const filledIn = (file: string): string => {
  const text = read(file);
  const texts = new Map([...text.matchAll(/^const (\w+) = ['`](.*)['`];$/gm)].map(([, name, value]) => [name, value]));
  const fill = (template: string): string =>
    template.replaceAll(/\$\{(\w+)\}/g, (hole, name: string) => (texts.has(name) ? fill(texts.get(name) ?? '') : hole));
  return fill(text);
};

type Route = { method: string; pattern: string };

/** Those of these routes that a table of a file, by method and pattern, has no line for. */
const unknownTo = (file: string, routes: readonly Route[]): string[] => {
  const text = filledIn(file);
  const keys = routes.map(({ method, pattern }) => `${method} ${pattern.replaceAll('\\', '\\\\')}`);
  return keys.filter((key) => !text.includes(`'${key}'`) && !text.includes(`\`${key}\``));
};

describe('a route', () => {
  it('has its line in test/faults.test.ts', () => {
    expect(unknownTo('test/faults.test.ts', appRoutes())).toEqual([]);
  });

  it('that changes something has its line in test/sent.ts', () => {
    expect(unknownTo('test/sent.ts', changingRoutes())).toEqual([]);
  });

  it('that changes something has its trips in docs/cost.md', () => {
    const [, table = ''] = read('docs/cost.md').split('**Trips.**');
    const told = [...table.matchAll(/^\| (\w+ \/[^ |,?]*)/gm)].map(([, name]) => name);
    const named = changingRoutes().map(
      ({ method, pattern }) => `${method} ${pattern.replace('/api/v1', '').replace(/:\w+(?:\{.*\})?/, '…')}`,
    );
    expect(told.length).toBeGreaterThan(10);
    expect(named.filter((name) => !told.includes(name))).toEqual([]);
  });
});
