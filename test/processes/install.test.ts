import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROJECT } from './npm-start.ts';

// What begins every npm script, in a clone of a project that has but one dependency: the Node that scripts run on, whose
// binary comes with its install script. In the place of npm stands what does the same without a registry.

const NPM = `
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
const args = process.argv.slice(2).filter((arg) => !/^--(no-|loglevel)/.test(arg));
appendFileSync('calls', args.join(' ') + '\\n');
if (process.env.OFFLINE) {
  console.error('npm error code ENOTFOUND\\nnpm error network request to the registry failed');
  process.exit(1);
}
if (args[0] === 'ci') {
  mkdirSync('node_modules/node/bin', { recursive: true });
  writeFileSync('node_modules/node/package.json', '{}');
  writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/node': { version: process.env.NODE_OF_PROJECT } } }));
}
const runsScripts = args.includes('--ignore-scripts=false') || !process.env.npm_config_ignore_scripts;
if (runsScripts) symlinkSync(process.execPath, 'node_modules/node/bin/node');
`;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edge-accounts-install-'));
  mkdirSync(join(root, 'src/tools/install'), { recursive: true });
  for (const file of ['install', 'installed', 'lock', 'stop-signal'].map((name) => `src/tools/install/${name}.mjs`)) {
    cpSync(join(PROJECT, file), join(root, file));
  }
  writeFileSync(join(root, 'npm-cli.js'), NPM);
  writeFileSync(
    join(root, 'script.mjs'),
    'console.log(process.argv.slice(2).join("|"), process.argv[1]); process.exitCode = 3;',
  );
  const allowScripts = { node: true, esbuild: true, '@scarf/scarf': false };
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module', allowScripts }));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs the script as an npm script does; answers what it printed, what was said, and which commands npm was given. */
const run = async (env: Record<string, string>, version = process.versions.node) => {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { 'node_modules/node': { version } } }));
  const child = spawn(process.execPath, ['src/tools/install/installed.mjs', 'script.mjs', 'a', 'b c'], {
    cwd: root,
    env: {
      ...process.env,
      npm_execpath: join(root, 'npm-cli.js'),
      npm_node_execpath: process.execPath,
      npm_config_ignore_scripts: '',
      NODE_OF_PROJECT: version,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [printed, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const calls = readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
  return { code, printed, said, calls };
};

const IGNORING = { npm_config_ignore_scripts: 'true' };
const REBUILD = 'rebuild --ignore-scripts=false node esbuild';

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
    const first = await run({});
    expect(first).toMatchObject({
      code: 3,
      printed: `a|b c ${join(root, 'script.mjs')}\n`,
      calls: ['ci --include=dev'],
    });
    expect(first.said).toBe('Installing the dependencies (npm ci): node_modules is missing.\n');
    expect(await run({})).toMatchObject({ code: 3, printed: first.printed, said: '', calls: first.calls });
  });

  it('works where npm was told to run no install scripts: those that package.json allows run by name', async () => {
    const { code, printed, calls } = await run(IGNORING);
    expect({ code, printed, calls }).toEqual({
      code: 3,
      printed: `a|b c ${join(root, 'script.mjs')}\n`,
      calls: ['ci --include=dev', REBUILD],
    });
  });

  it('mends an install by hand that ran no install scripts, without a second install', async () => {
    await run(IGNORING);
    rmSync(join(root, 'node_modules/node/bin/node'));
    const { code, said, calls } = await run(IGNORING);
    expect([code, calls.slice(2)]).toEqual([3, [REBUILD]]);
    expect(said).toMatch(/^Running the install scripts that package\.json allows \(npm rebuild\): .*\n$/);
  });

  it('runs on the Node of the project where the machine’s own was found first', async () => {
    const { code, printed } = await run({}, '99.0.0');
    expect({ code, printed }).toEqual({ code: 3, printed: `a|b c ${join(root, 'script.mjs')}\n` });
  });

  it('says in one sentence what failed, by which command and why, and does not run', async () => {
    const { code, printed, said } = await run({ OFFLINE: 'yes' });
    expect([code, printed]).toEqual([1, '']);
    expect(said.trimEnd().split('\n').at(-1)).toBe(
      'The install failed (npm ci --include=dev): network request to the registry failed',
    );
  });
});
