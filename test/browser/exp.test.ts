import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { it } from 'vitest';
import { serveApi } from './api.ts';
import { openPage } from './browser.ts';
import { findChromium } from './chromium.ts';

const cpuOf = () => {
  // by type
  const { readdirSync } = require('node:fs');
  const by: Record<string, number> = {};
  for (const pid of readdirSync('/proc')) {
    try {
      const cmd = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!cmd.includes('chromium') || !cmd.includes(MARK)) continue;
    } catch {}
  }
  return by;
};
const MARK = 'exp';
void cpuOf;
const FLAGS = (process.env['FLAGS'] ?? '').split(' ').filter(Boolean);
const BASE = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
it('x', async () => {
  const api = await serveApi();
  const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: [...BASE, ...FLAGS] });
  const N = Number(process.env['N'] ?? 6);
  const mode = process.env['MODE'] ?? '';
  const path = process.env['GOTO'] ?? '/docs';
  const shared = mode.includes('one') ? await openPage(browser, api.origin, {}) : undefined;
  for (let n = 0; n < N; n += 1) {
    const opened = shared ?? (await openPage(browser, api.origin, {}));
    await opened.page.goto(path);
    if (path === 'about:blank' || path === '/health') {
    } else if (path === '/docs') await opened.page.waitForSelector('main:not([aria-busy])');
    else await opened.page.waitForSelector('main');
    if (mode.includes('linger')) await new Promise((r) => setTimeout(r, 1000));
    if (mode.includes('close')) await opened.page.context().close();
  }
  await browser.close();
  await api.close();
}, 200_000);
