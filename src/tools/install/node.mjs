import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '../../..');
const { engines } = readJson(join(ROOT, 'package.json'));
const BINARY = process.platform === 'win32' ? 'node.exe' : 'node';

/**
 * The Node that is brought where the machine's own is too old. npm puts this folder first in the PATH of every script,
 * so what a script names (`vitest`, `wrangler`) runs on it too.
 */
export const NODE = join(ROOT, 'node_modules/.bin', BINARY);

/**
 * Whether a version of Node, by default the one that runs this, is one that package.json asks for.
 *
 * @param {string} version
 */
export function isNewEnough(version = process.versions.node) {
  return engines.node.split('||').some((/** @type {string} */ range) => {
    const [, operator, wanted = ''] = /^\s*(\^|>=)(\d+\.\d+\.\d+)\s*$/.exec(range) ?? [];
    const [have, want] = [numbersOf(version), numbersOf(wanted)];
    if (operator === '^' && have[0] !== want[0]) return false;
    const differs = want.findIndex((number, index) => number !== have[index]);
    return differs === -1 || Number(have[differs]) > Number(want[differs]);
  });
}

/** Whether there is a Node to run on: the machine's own, or one that was brought and is still there after an install. */
export function hasNode() {
  if (isNewEnough() && process.execPath !== NODE) return true;
  const { stdout } = spawnSync(NODE, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return isNewEnough(stdout?.trim().replace(/^v/, '') ?? '');
}

/**
 * Brings a Node for this platform from npm's registry, by its own package and without an install script, at the version
 * and with the content that node.json says. Throws one sentence where there is none that runs here.
 */
export async function bringNode() {
  const wanted = isNewEnough()
    ? 'the one that was there has gone with the packages'
    : `Node ${engines.node} is needed, and this is Node ${process.versions.node}`;
  const pinned = readJson(join(HERE, 'node.json'))[`${process.platform}-${process.arch}`];
  if (!pinned) throw new Error(`${wanted}; there is none to bring for ${process.platform} on ${process.arch}.`);
  console.error(`Bringing Node ${pinned.version} into node_modules: ${wanted}.`);
  // Beside where it is going to be, so that it appears there whole or not at all.
  const folder = join(ROOT, 'node_modules/.node');
  try {
    writeProject(folder, pinned);
    await npm(folder, 'ci');
    mkdirSync(dirname(NODE), { recursive: true });
    renameSync(join(folder, 'node_modules', pinned.name, 'bin', BINARY), NODE);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!hasNode()) throw new Error(`${wanted}; Node ${pinned.version}, which npm brought, does not run here.`);
}

/**
 * A project that has this one package, and npm's settings of ours.
 *
 * @param {string} folder
 * @param {{ name: string, version: string, integrity: string }} pinned
 */
function writeProject(folder, { name, version, integrity }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const project = { dependencies: { [name]: version } };
  const packages = { '': project, [`node_modules/${name}`]: { version, integrity } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  const settings = join(ROOT, '.npmrc');
  if (existsSync(settings)) cpSync(settings, join(folder, '.npmrc'));
}

/** @param {string} version */
function numbersOf(version) {
  return version.split('.').map((number) => Number.parseInt(number, 10));
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
