import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newCheckout } from './npm-start.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-clone-'));
const [source, clone] = [join(folder, 'source'), join(folder, 'clone')];
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { encoding: 'utf8' });

beforeAll(() => {
  newCheckout(source);
  rmSync(join(source, 'node_modules'));
  git('init', '--quiet', source);
  git('-C', source, 'add', '--all');
  git('-C', source, 'commit', '--quiet', '--no-verify', '--message', 'As it is.');
});
afterAll(() => rmSync(folder, { recursive: true }));

it('A clone whose git makes Windows line ends of others is the same to the byte.', () => {
  git('-c', 'core.autocrlf=true', 'clone', '--quiet', source, clone);
  const files = git('-C', source, 'ls-files', '-z').split('\0').filter(Boolean);
  expect(files.length).toBeGreaterThan(300);
  const bytesIn = (root: string, file: string) => readFileSync(join(root, file)).toString('latin1');
  expect(files.filter((file) => bytesIn(clone, file) !== bytesIn(source, file))).toEqual([]);
});
