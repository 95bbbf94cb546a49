import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import pinned from '../../src/tools/install/node.json' with { type: 'json' };
import { isNewEnough } from '../../src/tools/install/node.mjs';
import { PROJECT } from './npm-start.ts';

// What begins every npm script, in a clone of a project that has but one dependency. In the place of npm stands what does
// the same without a registry; the Node that it brings is the one that runs this test, and says of itself that it is newer.

const NPM = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const called = process.argv.slice(2).filter((arg) => !/^--(no-|loglevel)/.test(arg)).join(' ');
const lock = readFileSync('package-lock.json', 'utf8');
const [, name, version, integrity] = /node_modules.((?:node|dependency)[a-z0-9-]*)":{"version":"(.+?)"(?:,"integrity":"(.+?)")?/.exec(lock);
const settings = existsSync('.npmrc') ? [readFileSync('.npmrc', 'utf8')] : [];
appendFileSync(import.meta.dirname + '/calls', JSON.stringify([called, name, version, integrity, ...settings]) + '\\n');
if (process.env.OFFLINE === name) {
  console.error('npm error code ENOTFOUND\\nnpm error network request to the registry failed');
  process.exit(1);
}
mkdirSync('node_modules/' + name + '/bin', { recursive: true });
writeFileSync('node_modules/' + name + '/package.json', '{}');
writeFileSync('node_modules/.package-lock.json', lock);
if (name !== 'dependency') {
  const node = '#!/bin/sh\\n[ "$1" = --version ] && echo v' + process.env.BROUGHT_VERSION + ' || BROUGHT=yes exec ' + process.execPath + ' "$@"\\n';
  writeFileSync('node_modules/' + name + '/bin/node', node, { mode: 0o755 });
}
`;

const OURS = pinned[`${process.platform}-${process.arch}` as keyof typeof pinned];
const DEPENDENCIES = ['ci --include=dev', 'dependency', '1.0.0', null];
const NODE = ['ci', OURS?.name, OURS?.version, OURS?.integrity];
const TOO_NEW = '>=98.7.6';

let root = '';

/** Locks the dependency, and a package of the project's own. */
const writeLock = (version: string, own = '1.0.0'): void => {
  const packages = { '': { version: own }, client: { version: own }, 'node_modules/dependency': { version } };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edge-accounts-install-'));
  cpSync(join(PROJECT, 'src/tools/install'), join(root, 'src/tools/install'), { recursive: true });
  writeFileSync(join(root, 'npm-cli.js'), NPM);
  writeFileSync(
    join(root, 'script.mjs'),
    'console.log(process.argv.slice(2).join("|"), process.env.BROUGHT); process.exitCode = 3;',
  );
  writeLock('1.0.0');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs the script as an npm script does; answers what it printed, what was said, and what npm was asked for so far. */
const run = async (engine: string, env: Record<string, string> = {}) => {
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module', engines: { node: engine } }));
  const child = spawn(process.execPath, ['src/tools/install/installed.mjs', 'script.mjs', 'a', 'b c'], {
    cwd: root,
    env: {
      ...process.env,
      npm_execpath: join(root, 'npm-cli.js'),
      npm_node_execpath: process.execPath,
      BROUGHT_VERSION: '98.7.6',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [printed, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const calls = existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : [];
  return { code, printed, said, calls: calls.map((call) => JSON.parse(call)) };
};

const OLD_ENOUGH = `>=${process.versions.node}`;
const lastLine = (said: string): string | undefined => said.trimEnd().split('\n').at(-1);

describe('an npm script', () => {
  it('begins by what installs, whichever it is', () => {
    const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    for (const [name, script] of Object.entries<string>(scripts)) {
      expect([name, script]).toEqual([
        name,
        expect.stringMatching(/^(node src\/tools\/install\/installed\.mjs|npm run )/),
      ]);
      // The shell remembers where it found the first `node`, which may be the machine's own.
      expect([name, script]).toEqual([name, expect.not.stringMatching(/node (?!src\/tools\/install\/installed\.mjs)/)]);
      expect(name).not.toMatch(/^pre/);
    }
  });

  it('installs what is missing once, and runs with its arguments and its exit code', async () => {
    const first = await run(OLD_ENOUGH);
    expect(first).toEqual({
      code: 3,
      printed: 'a|b c undefined\n',
      said: 'Installing the dependencies (npm ci): node_modules is missing.\n',
      calls: [DEPENDENCIES],
    });
    expect(await run(OLD_ENOUGH)).toEqual({ ...first, said: '' });
  });

  it('installs again what the lock file has in another version, unless that is of the project’s own', async () => {
    await run(OLD_ENOUGH);
    writeLock('1.0.0', '1.1.0');
    expect((await run(OLD_ENOUGH)).calls).toHaveLength(1);
    writeLock('1.0.1', '1.1.0');
    const { calls, said } = await run(OLD_ENOUGH);
    expect(calls[1]).toEqual(['ci --include=dev', 'dependency', '1.0.1', null]);
    expect(said).toMatch(/node_modules\/dependency is not the version of the lock file\.\n$/);
  });

  it('installs once where two begin at the same moment', async () => {
    const both = await Promise.all([run(TOO_NEW), run(TOO_NEW)]);
    expect(both.map(({ code, printed }) => [code, printed])).toEqual([
      [3, 'a|b c yes\n'],
      [3, 'a|b c yes\n'],
    ]);
    expect((await run(TOO_NEW)).calls).toEqual([DEPENDENCIES, NODE]);
  });

  it('says in one sentence what failed, by which command and why, and does not run', async () => {
    const { code, printed, said } = await run(OLD_ENOUGH, { OFFLINE: 'dependency' });
    expect([code, printed]).toEqual([1, '']);
    expect(lastLine(said)).toBe('The install failed (npm ci --include=dev): network request to the registry failed');
  });
});

describe('where the machine’s own Node is too old', () => {
  it('a newer one is brought once, as it is pinned, and scripts run on it', async () => {
    const first = await run(TOO_NEW);
    expect(first).toMatchObject({ code: 3, printed: 'a|b c yes\n', calls: [DEPENDENCIES, NODE] });
    expect(lastLine(first.said)).toBe(
      `Bringing Node ${OURS?.version} into node_modules: Node ${TOO_NEW} is needed, and this is Node ${process.versions.node}.`,
    );
    expect(await run(TOO_NEW)).toEqual({ ...first, said: '' });
  });

  it('it comes from where npm’s settings of the project say', async () => {
    writeFileSync(join(root, '.npmrc'), 'registry=http://127.0.0.1:1/');
    const { calls } = await run(TOO_NEW);
    expect(calls[1]).toEqual([...NODE, 'registry=http://127.0.0.1:1/']);
  });

  it('is brought again without a second install where it is gone, too old by now, or was broken off', async () => {
    await run(TOO_NEW);
    rmSync(join(root, 'node_modules/.bin/node'));
    mkdirSync(join(root, 'node_modules/.node/node_modules'), { recursive: true });
    const gone = await run(TOO_NEW, { BROUGHT_VERSION: '98.10.0' });
    expect([gone.code, gone.calls.slice(2)]).toEqual([3, [NODE]]);
    expect((await run('>=98.9.0')).calls.slice(3)).toEqual([]);
    const old = await run('>=98.11.0', { BROUGHT_VERSION: '98.11.0' });
    expect([old.code, old.calls.slice(3)]).toEqual([3, [NODE]]);
    expect(existsSync(join(root, 'node_modules/.node'))).toBe(false);
  });

  it('one sentence says why none can be brought, and nothing runs', async () => {
    const offline = await run(TOO_NEW, { OFFLINE: OURS?.name ?? '' });
    expect([offline.code, offline.printed]).toEqual([1, '']);
    expect(lastLine(offline.said)).toBe('The install failed (npm ci): network request to the registry failed');

    const needed = `Node ${TOO_NEW} is needed, and this is Node ${process.versions.node}`;
    const unfit = await run(TOO_NEW, { BROUGHT_VERSION: '98.7.5' });
    expect([unfit.code, unfit.printed]).toEqual([1, '']);
    expect(lastLine(unfit.said)).toBe(`${needed}; Node ${OURS?.version}, which npm brought, does not run here.`);

    writeFileSync(join(root, 'src/tools/install/node.json'), '{}');
    const unknown = await run(TOO_NEW);
    expect([unknown.code, unknown.printed]).toEqual([1, '']);
    expect(unknown.said).toBe(`${needed}; there is none to bring for ${process.platform} on ${process.arch}.\n`);
  });
});

describe('a Node is new enough', () => {
  const versions = [
    '22.19.0',
    '22.23.1',
    '24.5.0',
    '24.21.0',
    '26.0.0',
    '27.1.2',
    ...Object.values(pinned).map(({ version }) => version),
  ];
  it.each(versions)('that is %s', (version) => expect(isNewEnough(version)).toBe(true));
  it.each(['20.20.2', '22.18.9', '22.9.0', '23.11.0', '24.4.99', '25.9.0', ''])('but not where it is %s', (version) =>
    expect(isNewEnough(version)).toBe(false),
  );
});
