import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

// Nothing of the browser's own goes over the network.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a page may take for a step where the machine is busy. */
export const PATIENCE_MS = 120_000;

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 900 };

/** Starts the machine's Chromium, with a profile of its own that is gone afterwards. The caller closes it. */
export const launchBrowser = (): Promise<Browser> => {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium was found. Set CHROMIUM_PATH or install chromium.');
  return chromium.launch({ executablePath, args: FLAGS });
};

/**
 * Opens an empty page with storage of its own. `faults` says, a line each, what a page must not do: errors on the
 * console, exceptions, violations of its Content-Security-Policy, requests that fail or go to another origin than
 * `origin`, and files that are not there. An answer of the API that refuses is none: the page is to tell of it.
 */
export const openPage = async (
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> => {
  const context = await browser.newContext({ baseURL: origin, viewport: DESK, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  await collectViolations(page, faults);
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    const isRefusal = message.text().startsWith('Failed to load resource:');
    if (message.type() === 'error' && !isRefusal) faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isNetwork = url.protocol !== 'data:' && url.protocol !== 'blob:';
    if (isNetwork && url.origin !== origin) faults.push(`another origin: ${request.url()}`);
  });
  page.on('requestfailed', (request) => {
    const [url, why] = [request.url(), request.failure()?.errorText];
    // What a browser is offered by itself to sign in with is left where a page goes on to another.
    if (!url.endsWith('/login/passkey-options') || why !== 'net::ERR_ABORTED') faults.push(`failed: ${url} (${why})`);
  });
  page.on('response', (response) => {
    const isOfApi = new URL(response.url()).pathname.startsWith('/api/');
    if (response.status() >= 400 && !isOfApi) faults.push(`${response.status()}: ${response.url()}`);
  });
  return { page, faults };
};

/** What a policy blocks is an event in the page; the console does not name all of it. */
const collectViolations = async (page: Page, faults: string[]): Promise<void> => {
  await page.exposeFunction('noteViolation', (text: string) => void faults.push(`policy: ${text}`));
  await page.addInitScript(`
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) =>
      noteViolation(effectiveDirective + ' blocked ' + blockedURI + ' at ' + sourceFile + ':' + lineNumber));
  `);
};
