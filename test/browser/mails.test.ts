import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { serveCaughtMails } from '../../src/tools/start/caught-mails.ts';
import { launchBrowser, openPage } from './browser.ts';

// The page on which `npm start` shows the mails that it has caught, without the API before it.

const LINK = 'http://localhost:8787/verify-email#token=1.a-b_c.1.2.d';
const STYLE = join(import.meta.dirname, '../../src/web/pages/browser/page.css');

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-mails-'));
const files = { text: join(folder, 'mail.txt'), html: join(folder, 'mail.html') };
writeFileSync(files.text, `Hello,\n\nVerify it:\n${LINK}\n\n-- \n<b>Not bold</b>`);
writeFileSync(
  files.html,
  `<!doctype html><html lang="en"><head><title>Mail</title></head><body><p>Hello in HTML</p><a href="${LINK}">Verify</a><script>top.ran = true</script></body></html>`,
);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** A page of its own server, on which `arrive` lets mails arrive, and `shown` waits until as many are on it. */
const openMails = async (options: BrowserContextOptions = {}) => {
  const { address, add } = await serveCaughtMails();
  const { page, faults } = await openPage(browser, address, options);
  onTestFinished(() => page.context().close());
  await page.route('**/pages/page.css', (route) =>
    route.fulfill({ contentType: 'text/css', body: readFileSync(STYLE, 'utf8') }),
  );
  const arrive = (...recipients: string[]): void => {
    for (const to of recipients)
      add({ from: 'accounts@example.com', to, subject: `For ${to}`, link: LINK, ...files }, new Date());
  };
  const entries = page.locator('#mails > details');
  const shown = (count: number) => entries.nth(count - 1).waitFor({ state: 'attached' });
  await page.goto('/dev/mails');
  return { page, faults, arrive, entries, shown };
};

const flawsOf = async ({ page }: Pick<Awaited<ReturnType<typeof openMails>>, 'page'>): Promise<string[]> => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
};

describe('the page of the caught mails', () => {
  it('says that there is none, and shows each that arrives by itself, the newest first, without markup of its text', async () => {
    const opened = await openMails();
    const { page, faults, arrive, entries, shown } = opened;
    await page.getByText('No mail yet.').waitFor();
    expect(await flawsOf(opened)).toEqual([]);
    arrive('ada@example.com', 'bob@example.com');
    await shown(2);
    const summaries = await entries.locator('> summary').allInnerTexts();
    expect(summaries.map((text) => /to (\S+)/.exec(text)?.[1])).toEqual(['bob@example.com', 'ada@example.com']);
    expect(await page.textContent('#count')).toBe('2 mails');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const text = entries.first().locator('pre');
    expect(await text.innerText()).toContain('<b>Not bold</b>');
    expect(await text.locator('a').getAttribute('href')).toBe(LINK);
    expect(await flawsOf(opened)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('keeps what is open and where one reads when another arrives', async () => {
    const { page, arrive, entries, shown } = await openMails({ viewport: { width: 320, height: 480 } });
    arrive(...Array.from({ length: 12 }, (_, index) => `reader-${index}@example.com`));
    await shown(12);
    const read = entries.filter({ hasText: 'reader-4@' });
    await read.locator('> summary').click();
    const text = read.locator('pre');
    await text.scrollIntoViewIfNeeded();
    const place = async () => Math.round((await text.boundingBox())?.y ?? Number.NaN);
    const before = await place();
    arrive('newer@example.com');
    await shown(13);
    expect(await text.isVisible()).toBe(true);
    expect(Math.abs((await place()) - before)).toBeLessThanOrEqual(1);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBe(320);
  });

  it('shows the HTML in a frame that runs nothing, and opens its links beside it', async () => {
    const opened = await openMails({ colorScheme: 'dark' });
    const { page, arrive, entries, shown } = opened;
    arrive('ada@example.com');
    await shown(1);
    await entries.locator('> summary').click();
    await entries.getByText('As HTML').click();
    const frame = page.frameLocator('iframe');
    await frame.getByText('Hello in HTML').waitFor();
    expect(await page.evaluate('window.ran')).toBeUndefined();
    const [popup] = await Promise.all([page.context().waitForEvent('page'), frame.locator('a').click()]);
    await popup.close();
    expect(await flawsOf(opened)).toEqual([]);
  });

  it('says so while the copy does not answer, and goes on asking', async () => {
    const { page, arrive, shown } = await openMails();
    await page.context().setOffline(true);
    await page.getByText('The copy does not answer.').waitFor();
    await page.context().setOffline(false);
    arrive('ada@example.com');
    await shown(1);
    expect(await page.textContent('#problem')).toBe('');
  });
});
