import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { en } from '../../src/web/people/locales/en.ts';
import { type Api, PASSWORD, serveApi } from './api.ts';
import { launchBrowser, openPage } from './browser.ts';

// The pages on which people make an account, sign in and look after it, as stories: from the form to the mail and back.

let api: Api;
let browser: Browser;

beforeAll(async () => {
  [api, browser] = await Promise.all([serveApi(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

const newPage = async (options: BrowserContextOptions = {}) => {
  const { page, faults } = await openPage(browser, api.origin, { locale: 'en-US', ...options });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  page.setDefaultTimeout(10_000);
  onTestFinished(() => page.context().close());
  return { page, faults, asked };
};

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const expectHeading = (page: Page, heading: string) =>
  page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();

describe('an account', () => {
  it('is opened, verified, signed in to and changed', async () => {
    const { page, faults } = await newPage();
    await page.goto('/sign-up');
    await page.screenshot({ path: '/tmp/shots/sign-up.png', fullPage: true });
    await page.getByLabel(en.fields.email).fill('ada@example.com');
    await page.getByLabel(en.fields.password, { exact: true }).fill(PASSWORD);
    await page.getByLabel(en.fields.name, { exact: true }).fill('Ada Lovelace');
    await page.getByRole('combobox', { name: en.fields.listening }).click();
    await page.keyboard.type('fran');
    await page.screenshot({ path: '/tmp/shots/sign-up-list.png', fullPage: true });
    await page.getByRole('option', { name: 'français French', exact: true }).click();
    await press(page, en.signUp.action);
    await page.getByText(en.signUp.termsFlaw).waitFor();
    await page.getByLabel(en.signUp.terms).check();
    await press(page, en.signUp.action);
    await expectHeading(page, en.signUp.sent.heading);
    await page.screenshot({ path: '/tmp/shots/sent.png', fullPage: true });
    await page.goto((await api.mail('ada@example.com')).link);
    await page.locator('main form button').click();
    await page.goto('/sign-in');
    await page.screenshot({ path: '/tmp/shots/sign-in.png', fullPage: true });
    await page.getByLabel(en.fields.email).fill('ada@example.com');
    await page.getByLabel(en.fields.password, { exact: true }).fill(PASSWORD);
    await press(page, en.signIn.action);
    await page.getByText('You are signed in as ada@example.com.').waitFor();
    await page.screenshot({ path: '/tmp/shots/account.png', fullPage: true });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 320, height: 700 });
    await page.evaluate('for (const d of document.querySelectorAll("main details")) d.open = true');
    await page.evaluate('for (const d of document.querySelectorAll("main [hidden]")) d.hidden = false');
    await page.screenshot({ path: '/tmp/shots/account-dark.png', fullPage: true });
    expect(faults).toEqual([]);
  });
});
