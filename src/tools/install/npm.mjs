import { spawn } from 'node:child_process';
import { stopSignal } from './stop-signal.mjs';

/**
 * Runs npm in a folder to its end, without a word. Throws one sentence where it fails, with npm's reason in it.
 *
 * @param {string} folder
 * @param {string[]} args
 * @returns {Promise<void>}
 */
export function npm(folder, ...args) {
  const { npm_execpath: cli = '', npm_node_execpath: node = process.execPath } = process.env;
  const [command, ...first] = cli.endsWith('npm-cli.js') ? [node, cli] : ['npm'];
  const failed = `The install failed (npm ${args.join(' ')})`;
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args, ...options], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    stopSignal().addEventListener('abort', () => child.kill());
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complaint += text;
    });
    child.once('error', (error) => reject(new Error(`${failed}: npm did not start (${error.message}).`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${failed}: ${signal ?? reasonIn(complaint) ?? `npm ended with ${code}`}`));
    });
  });
}

/**
 * The first line of npm's complaint that is a sentence; above it stand codes.
 *
 * @param {string} complaint
 */
function reasonIn(complaint) {
  return complaint
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .find((line) => line !== '' && !/^(code|errno|syscall|path|dest|type) /.test(line));
}
