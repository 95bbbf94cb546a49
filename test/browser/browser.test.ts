import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, hasBrowserTests } from './chromium.ts';

describe('where there is no browser', () => {
  const nowhere = { PATH: '/nowhere', CHROMIUM_PATH: '/nowhere/chromium' };

  it('the tests in it are left out, except where they have to run', () => {
    expect(findChromium(nowhere)).toBeUndefined();
    expect(hasBrowserTests(nowhere)).toBe(false);
    expect(hasBrowserTests({ ...nowhere, CI: 'true' })).toBe(true);
  });

  it('the path of the environment comes before the usual places', () => {
    expect(findChromium({ CHROMIUM_PATH: process.execPath })).toBe(process.execPath);
    expect(findChromium({ CHROME_PATH: process.execPath })).toBe(process.execPath);
  });

  it('the build without windows comes before one with them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-chromium-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of ['chromium', 'google-chrome', 'chromium-headless-shell']) {
      writeFileSync(join(folder, name), '');
      chmodSync(join(folder, name), 0o755);
    }
    expect(findChromium({ PATH: folder })).toBe(join(folder, 'chromium-headless-shell'));
  });
});
