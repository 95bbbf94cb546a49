import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a block of commands printed, and which of them failed, by what they said. */
export type Ran = { output: string; failed: string[] };

/** Whether this machine has what the documents' commands are written for. */
export const hasTerminal = ['bash', 'curl', 'sed'].every((tool) => spawnSync(tool, ['--version']).status === 0);

/**
 * A reader's terminal: one bash in which blocks of commands run one after the other, so that variables live on. A
 * command that fails holds up none that follow, as when lines are pasted; it is noted.
 */
export const openTerminal = (cwd: string, env: Record<string, string | undefined>) => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-terminal-'));
  const bash = spawn('bash', ['--noprofile', '--norc'], { cwd, env: { ...process.env, ...env }, stdio: 'pipe' });
  let printed = '';
  bash.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const closed = once(bash, 'close');
  bash.stdin.write('exec 2>&1\n');
  let blocks = 0;

  const run = async (block: string): Promise<Ran> => {
    blocks += 1;
    printed = '';
    const [file, end] = [join(folder, `${blocks}.sh`), `<end of ${blocks}>`];
    writeFileSync(file, `trap 'echo "<failed $BASH_COMMAND>"' ERR\n${block}\ntrap - ERR\n`);
    bash.stdin.write(`source ${file} < /dev/null\necho '${end}'\n`);
    while (!printed.includes(end)) await Promise.race([once(bash.stdout, 'data'), closed.then(tooEarly)]);
    const output = printed.slice(0, printed.indexOf(end));
    return {
      output: output.replace(/^<failed .*>\n/gm, ''),
      failed: [...output.matchAll(/<failed (.*)>/g)].map(([, command]) => command ?? ''),
    };
  };
  const close = async (): Promise<void> => {
    bash.stdin.end();
    await closed;
    rmSync(folder, { recursive: true });
  };
  return { run, close };
};

const tooEarly = (): never => {
  throw new Error('The terminal was closed before its commands had ended.');
};
