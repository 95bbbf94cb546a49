import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newCheckout } from './npm-start.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-check-'));
beforeAll(() => newCheckout(folder));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (...names: string[]) => spawn(process.execPath, ['src/tools/check/check.ts', ...names], { cwd: folder });

const check = async (...names: string[]) => {
  const child = start(...names);
  const [printed, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, printed, said };
};

describe('npm run check', () => {
  it('runs what is named to its end, prints what each said under its name, and names those that failed', async () => {
    const passed = await check('data', 'imports');
    expect(passed).toMatchObject({ code: 0, said: '' });
    expect(passed.printed).toMatch(/^✓ data \(\d+\.\d s\)\nThe languages are those of .*\.$/m);
    expect(passed.printed).toMatch(/^✓ imports \(\d+\.\d s\)$/m);

    const words = join(folder, 'src/accounts/data/common-passwords.txt');
    const generated = readFileSync(words);
    writeFileSync(words, '');
    const failed = await check('data', 'imports');
    expect(failed).toMatchObject({ code: 1, said: 'These checks failed: data.\n' });
    expect(failed.printed).toMatch(
      /^✗ data \(.*\)\n.*\nRun `npm run generate:data` to bring src\/accounts\/data\/common-passwords\.txt up to date\.$/m,
    );
    expect(failed.printed).toMatch(/^✓ imports/m);
    writeFileSync(words, generated);
  });

  it('knows no other check', async () => {
    expect(await check('spelling')).toMatchObject({
      code: 1,
      printed: '',
      said: expect.stringContaining('no check spelling'),
    });
  });

  it('takes files for what a check has passed on until one of them is another', async () => {
    const { digestOf, hasPassed, notePassed } = await import(join(folder, 'src/tools/check/passed.ts'));
    const reads = ['client', 'README.md'];
    const before = digestOf(reads);
    expect(hasPassed('client', before)).toBe(false);
    notePassed('client', before);
    expect([hasPassed('client', digestOf(reads)), hasPassed('consumer', before)]).toEqual([true, false]);
    for (const file of ['README.md', 'client/client.js', 'client/another.js', 'package-lock.json']) {
      const known = digestOf(reads);
      appendFileSync(join(folder, file), '\n');
      expect(digestOf(reads), file).not.toBe(known);
    }
  });

  it('ends everything at Ctrl-C', async () => {
    const child = start('code', 'client', 'data');
    const printed = text(child.stdout);
    await once(child, 'spawn');
    const [[, signal]] = await Promise.all([
      once(child, 'close'),
      // Not before it listens: the first check that has ended shows that it does.
      once(child.stdout, 'data').then(() => child.kill('SIGINT')),
    ]);
    expect(signal).toBeNull();
    expect(child.exitCode).toBe(1);
    for (const name of ['code', 'client']) expect(await printed).toMatch(new RegExp(`^✗ ${name} \\(.*\\)$`, 'm'));
  });
});
