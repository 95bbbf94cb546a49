import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../../src/tools/root.ts';

// Whoever runs or passes on this project does so under its own licence, MIT. What a Worker or the package carries asks for no
// more than that its notice is kept; what only a developer runs may also ask that changes to itself are published.

type Package = {
  version: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
  link?: boolean;
  deprecated?: string;
};
type Component = { purl: string; licenses?: unknown[] };

const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

const CARRIED = ['0BSD', 'Apache-2.0', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'Unlicense'];
const RUN_BY_DEVELOPERS = [...CARRIED, 'LGPL-3.0-or-later', 'MPL-2.0'];
// Of these, files are built into what is deployed.
const BUILT_IN = ['@zxcvbn-ts/language-common', 'language-subtag-registry', 'swagger-ui-dist'];
// Given up by their publisher for tsx. drizzle-kit loads its configuration with them, on a developer's machine, by a version of
// esbuild that `overrides` in package.json renews.
const GIVEN_UP = ['@esbuild-kit/core-utils', '@esbuild-kit/esm-loader'];
// Their own package.json names none; it is that of workerd, which they are the binaries of.
const NAMES_NONE = /^@cloudflare\/workerd-/;

const packages: Record<string, Package> = readJson('package-lock.json').packages;
const installed = Object.entries(packages)
  .filter(([path, { link }]) => path.includes('node_modules/') && !link)
  .map(([path, found]) => ({ name: path.replace(/.*node_modules\//, ''), ...found }));
const isCarried = ({ name, dev, devOptional }: { name: string } & Package): boolean =>
  BUILT_IN.includes(name) || !(dev || devOptional);

it('Every package, of every platform, has a licence that this project can be passed on with.', () => {
  expect(installed.length).toBeGreaterThan(100);
  const refused = installed.filter((found) => {
    const allowed = isCarried(found) ? CARRIED : RUN_BY_DEVELOPERS;
    const licence = found.license ?? (NAMES_NONE.test(found.name) ? 'Apache-2.0' : 'none');
    const terms = licence.replace(/[()]/g, '').split(' AND ');
    return !terms.every((term) => term.split(' OR ').some((one) => allowed.includes(one)));
  });
  expect(refused.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
});

it('No package is one that its publisher has given up, but for those that are known.', () => {
  const givenUp = installed.filter(({ name, deprecated }) => deprecated && !GIVEN_UP.includes(name));
  expect(givenUp.map(({ name, deprecated }) => `${name}: ${deprecated}`)).toEqual([]);
  expect(GIVEN_UP.filter((name) => !installed.some((found) => found.name === name && !isCarried(found)))).toEqual([]);
});

it('`npm run sbom` names every package with its version, and whatever a Worker carries with its licence.', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, maxBuffer: 2 ** 24 });
  const bill: { bomFormat: string; specVersion: string; components: Component[] } = JSON.parse(stdout);
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.stringMatching(/^1\.\d$/) });
  const listed = new Map(bill.components.map(({ purl, licenses }) => [purl, licenses ?? []]));
  const purlOf = ({ name, version }: { name: string; version: string }): string =>
    `pkg:npm/${name.replace('@', '%40')}@${version}`;
  expect(installed.map(purlOf).filter((purl) => !listed.has(purl))).toEqual([]);
  const carried = installed.filter(isCarried);
  expect(carried.map(({ name }) => name)).toEqual(
    expect.arrayContaining([...Object.keys(readJson('package.json').dependencies), ...BUILT_IN]),
  );
  expect(carried.map(purlOf).filter((purl) => listed.get(purl)?.length === 0)).toEqual([]);
});
