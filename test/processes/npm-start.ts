import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, vi } from 'vitest';

// `npm start` for real, from a checkout of its own, so that a developer's secrets and data stay as they are.

export const PROJECT = resolve(import.meta.dirname, '../..');

const PATIENCE = { timeout: 4 * 60_000, interval: 50 };

// What a clone does not have.
const NOT_CLONED = /(?:^|\/)(?:\.git|\.wrangler|\.dev\.vars.*|node_modules|dist|coverage)$/;

/** Makes a checkout of the project as it is, without what was made in it; node_modules is that of the project. */
export const newCheckout = (folder: string): void => {
  const isCloned = (path: string): boolean => !NOT_CLONED.test(relative(PROJECT, path));
  cpSync(PROJECT, folder, { recursive: true, filter: isCloned });
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
};

export type Process = { pid: number; parent: number; command: string };

/** The processes of the machine, without those that have ended and wait for their parent to notice. */
const processes = (): Process[] => {
  if (!existsSync('/proc/self/stat')) {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
    return lines.map((line) => {
      const [pid, parent, ...command] = line.trim().split(/ +/);
      return { pid: Number(pid), parent: Number(parent), command: command.join(' ') };
    });
  }
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return state === undefined || state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    } catch {
      return [];
    }
  });
};

/** A process and every one that it has started. */
export const familyOf = (root: number): Process[] => {
  const all = processes();
  const family = all.filter(({ pid }) => pid === root);
  for (const { pid } of family) family.push(...all.filter(({ parent }) => parent === pid));
  return family;
};

/** A copy of the API, served by `npm start`, with what it has printed so far. */
export type Copy = {
  npm: ChildProcess;
  port: number;
  output: () => string;
  complaint: () => string;
  family: () => Process[];
};

/** Runs `npm start` in a checkout, on the port and with the other variables that are given. */
export const startCopy = (checkout: string, env: { PORT: string } & Record<string, string>): Copy => {
  // As where a user's `.npmrc` lets no install script run.
  const npm = spawn('npm', ['start', '--silent', '--ignore-scripts'], {
    cwd: checkout,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    npm[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  return {
    npm,
    port: Number(env.PORT),
    output: () => printed.stdout,
    complaint: () => printed.stderr,
    family: () => familyOf(npm.pid ?? 0),
  };
};

export const untilReady = (copy: Copy): Promise<void> =>
  vi.waitFor(() => {
    if (!copy.output().includes('Try first:')) throw new Error(`It is not ready: ${copy.complaint()}`);
  }, PATIENCE);

export const untilGone = (family: Process[]): Promise<void> =>
  vi.waitFor(() => {
    const living = new Set(processes().map(({ pid }) => pid));
    expect(family.filter(({ pid }) => living.has(pid))).toEqual([]);
  }, PATIENCE);

/** Ends copies, and waits until nothing is left of them. */
export const endCopies = async (copies: readonly Copy[]): Promise<void> => {
  const families = copies.flatMap(({ family }) => family());
  for (const { npm } of copies) npm.kill();
  await untilGone(families);
};

export type ReceivedMail = { from: string; subject: string; text: string; link: string };

/**
 * The mails that a copy has printed for an address, once there are as many as that. It prints each when it has been sent, so
 * two that leave one after the other may stand in the other order.
 */
export const mailsTo = (copy: Copy, email: string, count = 1): Promise<ReceivedMail[]> =>
  vi.waitFor(() => {
    const printed = copy
      .output()
      .split(/^Mail to /m)
      .slice(1);
    const mails = printed.filter((text) => text.startsWith(`${email}: `));
    if (mails.length < count) throw new Error(`${mails.length} of ${count} mails have arrived at ${email}.`);
    return mails.map((mail) => {
      const line = (name: string) => new RegExp(`^  ${name}: (.+)$`, 'm').exec(mail)?.[1] ?? '';
      const subject = mail.slice(`${email}: `.length, mail.indexOf('\n'));
      const text = readFileSync(line('Text'), 'utf8');
      return { from: line('From'), subject, text, link: /^ {2}(\S+#token=\S+)$/m.exec(mail)?.[1] ?? '' };
    });
  }, PATIENCE);
