import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, PASSWORD, serveApi } from './api.ts';
import { launchBrowser, openPage, PHONE } from './browser.ts';
import { findChromium, hasBrowserTests } from './chromium.ts';

// What the other files here stand on: a browser, an API that it can talk to, and an eye for what goes wrong.

let api: Api;
let browser: Browser;

beforeAll(async () => {
  [api, browser] = await Promise.all([serveApi(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

describe('a browser', () => {
  it('reads the API, and has nothing to complain of', async () => {
    const { page, faults } = await openPage(browser, api.origin, { viewport: PHONE });
    await page.goto('/health');
    expect(await page.textContent('body')).toBe('{"status":"ok"}');
    expect(await page.evaluate('innerWidth')).toBe(PHONE.width);
    expect(faults).toEqual([]);
  });

  it('takes the cookies of a login on localhost, and gives the refresh cookie back', async () => {
    const { page, faults } = await openPage(browser, api.origin);
    await api.newAccount('ada@example.com');
    await page.goto('/health');
    const post = (path: string, body: object) => page.request.post(path, { data: body });
    expect((await post('/api/v1/auth/login', { email: 'ada@example.com', password: PASSWORD })).status()).toBe(200);
    expect((await page.context().cookies()).map(({ name }) => name)).toContain('__Secure-refresh_token');
    const refreshed = await page.request.post('/api/v1/auth/refresh-token', { headers: { Origin: api.origin } });
    expect(refreshed.status()).toBe(200);
    expect(faults).toEqual([]);
  });

  it('notes each thing that a page must not do', async () => {
    const { page, faults } = await openPage(browser, api.origin);
    // Stands in for a page of ours that goes wrong: the API serves none.
    await page.route('/wrong', (route) =>
      route.fulfill({
        contentType: 'text/html',
        headers: { 'Content-Security-Policy': "script-src 'nonce-a'; img-src 'self'" },
        body: `<script>blocked()</script><script nonce="a">
          console.error('on the console');
          fetch('/missing');
          fetch('http://127.0.0.1:1/').catch(() => {});
          unknown();
        </script>`,
      }),
    );
    await page.goto('/wrong');
    const expected = [
      /^policy: script-src-elem blocked inline/m,
      /^console: on the console/m,
      /^404: .*\/missing/m,
      /^another origin: http:\/\/127\.0\.0\.1:1\//m,
      /^failed: http:\/\/127\.0\.0\.1:1\//m,
      /^exception: unknown is not defined/m,
    ];
    for (const fault of expected) await expect.poll(() => faults.join('\n')).toMatch(fault);
  });
});

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
