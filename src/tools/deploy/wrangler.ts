import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { ROOT } from '../root.ts';
import { complaintIn } from '../wrangler-output.ts';

// What wrangler's own command starts as a second Node: this is that one, without the first.
const WRANGLER = join(ROOT, 'node_modules/wrangler/wrangler-dist/cli.js');

// Workers Builds sets these for the one Worker that it knows; here it would rename the other one after it.
const BUILDS = ['WRANGLER_CI_OVERRIDE_NAME', 'WRANGLER_CI_MATCH_TAG'];

// What is loaded stays, so that to collect around it while it grows is a sixth of wrangler's start.
const NODE_OPTIONS = ['--no-warnings', '--min-semi-space-size=64', '--max-semi-space-size=64'];

/** Variables that wrangler finds in its environment, besides ours. */
export type Environment = Record<string, string | undefined>;

/** How a wrangler ended: `reason` is its own word on a failure, without what it draws around it. */
export type Ended = { code: number | null; stdout: string; reason: string };

// Where wrangler keeps a login, by the system: it is there also when it is over and cannot be renewed.
const LOGIN_FOLDERS = [
  '.wrangler',
  '.config/.wrangler',
  'Library/Preferences/.wrangler',
  'AppData/Roaming/xdg.config/.wrangler',
];

/** Whether somebody has logged in on this machine, whatever that is still worth. */
export const hasLogin = (): boolean => {
  const given = process.env['XDG_CONFIG_HOME'];
  const folders = [
    ...LOGIN_FOLDERS.map((folder) => join(homedir(), folder)),
    ...(given ? [join(given, '.wrangler')] : []),
  ];
  return folders.some((folder) => globSync('config/*.{toml,enc}', { cwd: folder }).length > 0);
};

/** Runs wrangler to its end, without a question and without a terminal; `input` is what it reads, which no list of processes shows. */
export const runWrangler = async (args: readonly string[], env: Environment = {}, input = ''): Promise<Ended> => {
  const wrangler = spawn(process.execPath, [...NODE_OPTIONS, WRANGLER, ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...Object.fromEntries(BUILDS.map((name) => [name, undefined])),
      CI: 'true',
      CLOUDFLARE_ENV: undefined,
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_WRITE_LOGS: 'false',
      ...env,
    },
    stdio: 'pipe',
  });
  // A wrangler that has ended before it read all of it tells why by itself.
  wrangler.stdin.on('error', () => {}).end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(wrangler.stdout),
    text(wrangler.stderr),
    once(wrangler, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout: stripVTControlCharacters(stdout), reason: complaintIn(stderr, code) };
};
