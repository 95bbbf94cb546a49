import { describe, expect, it } from 'vitest';
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
});
