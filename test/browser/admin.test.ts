import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { termsOf } from '../../src/accounts/users/search-terms.ts';
import { type Api, PASSWORD, serveApi } from './api.ts';
import { DESK, launchBrowser, openPage, PATIENCE_MS } from './browser.ts';

// The page of administrators, as support staff meet it.

const ADMIN = 'grace@example.com';
const REASON = 'Spam.\nThree people have reported it.';

let api: Api;
let browser: Browser;

beforeAll(async () => {
  [api, browser] = await Promise.all([serveApi(), launchBrowser()]);
  await api.insertAccount(ADMIN, 'Grace Hopper');
  await api.sql("UPDATE users SET role = 'admin' WHERE email = ?", ADMIN);
  for (const [email, name] of [
    ['ada@example.com', 'Ada Lovelace'],
    ['alan@example.com', 'Alan Turing'],
  ] as const) {
    await api.insertAccount(email, name);
    await api.sql('UPDATE users SET terms = ? WHERE email = ?', termsOf({ email, fullName: name }), email);
  }
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

/** What a page comes to, on a busy machine too. */
const eventually = <Value>(get: () => Promise<Value>) => expect.poll(get, { timeout: PATIENCE_MS, interval: 20 });

const tokenOf = async (email: string): Promise<string> =>
  (await api.call('POST', '/api/v1/auth/login', { json: { email, password: PASSWORD } })).body.access_token;

const signIn = (page: Page, email: string) =>
  page.evaluate(
    `fetch('/api/v1/auth/login', { method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: ${JSON.stringify(JSON.stringify({ email, password: PASSWORD }))} }).then((answer) => answer.text())`,
  );

/** The page of somebody who has signed in, at a path below `/admin`. */
const openAs = async (email: string, path = '', options: BrowserContextOptions = {}) => {
  const { page, faults } = await openPage(browser, api.origin, { locale: 'en-US', ...options });
  onTestFinished(() => page.context().close());
  await page.goto('/sign-in');
  await signIn(page, email);
  await page.goto(`/admin${path}`);
  return { page, faults };
};

let usual: ReturnType<typeof openPage> | undefined;

/** The administrator's page, opened anew; its requests go where they are meant to. */
const openAdmin = async (path = '') => {
  usual ??= openPage(browser, api.origin, { locale: 'en-US' }).then(async (opened) => {
    await opened.page.goto('/sign-in');
    await signIn(opened.page, ADMIN);
    return opened;
  });
  const { page, faults } = await usual;
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().setOffline(false);
  await page.goto(`/admin${path}`);
  faults.length = 0;
  return { page, faults };
};

const heading = (page: Page) => page.textContent('main h1');

const flawsOf = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
};

let strangers = 0;

/** Somebody whom no other test knows; answers the id. */
const newPerson = async (): Promise<{ id: number; email: string }> => {
  strangers += 1;
  const email = `person-${strangers}@people.example`;
  await api.insertAccount(email, `Person ${strangers}`);
  await api.sql("UPDATE users SET listening_language = 'de-AT' WHERE email = ?", email);
  const token = await tokenOf(ADMIN);
  const { body } = await api.call('GET', `/api/v1/users?limit=1`, { token });
  return { id: body.data.users[0].id, email };
};

const act = (page: Page, name: string) => page.click(`[data-act=${name}]`);
const confirm = (page: Page) => page.click('dialog button:not([type])');
const alert = (page: Page) => page.locator('dialog [role=alert]');

describe('who comes to /admin', () => {
  it('is led to the sign-in and back, keyboard alone, with three requests for the first view', async () => {
    const { page, faults } = await openPage(browser, api.origin, { locale: 'en-US' });
    onTestFinished(() => page.context().close());
    await page.goto('/admin?q=ada');
    await page.waitForURL(/\/sign-in\?next=/);
    await page.fill('[name=email]', ADMIN);
    await page.fill('[name=password]', PASSWORD);
    const loaded: string[] = [];
    page.on('request', (request) => void loaded.push(new URL(request.url()).pathname));
    await page.press('[name=password]', 'Enter');
    await page.waitForURL(/\/admin\?q=ada$/);
    await page.getByText('ada@example.com').waitFor();
    expect(await page.innerText('#signed-in')).toContain(`Signed in as ${ADMIN}`);
    const own = loaded.filter((path) => !path.startsWith('/api/'));
    expect(own).toEqual(['/admin', '/pages/admin.css', '/pages/admin.js']);
    expect(faults).toEqual([]);
  });

  it('hears so who is no administrator, and how one becomes one', async () => {
    const { page, faults } = await openAs('alan@example.com', '', { colorScheme: 'dark' });
    await eventually(() => heading(page)).toBe('You are no administrator');
    expect(await page.innerText('main')).toContain('alan@example.com');
    expect(await page.textContent('code')).toMatch(/^npm run admin -- users promote \d+$/);
    expect(await flawsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.click('#sign-out button');
    await page.waitForURL(/\/sign-in\?next=%2Fadmin$/);
  });

  it('hears that a second factor is required, and where to get one', async () => {
    const { page } = await openPage(browser, api.origin);
    onTestFinished(() => page.context().close());
    await page.goto('/sign-in');
    await signIn(page, ADMIN);
    const body = { status: 'error', status_code: 403, message: 'A second factor is required', data: {} };
    await page.route('**/api/v1/users?**', (route) => route.fulfill({ status: 403, json: body }));
    await page.goto('/admin');
    await eventually(() => heading(page)).toBe('A second factor is required');
    expect(await page.getAttribute('main p a', 'href')).toBe('/account');
    expect(await flawsOf(page)).toEqual([]);
  });

  it('can try again where the service cannot be reached', async () => {
    const { page } = await openAdmin();
    await page.getByText('ada@example.com').waitFor();
    await page.route('**/api/v1/auth/refresh-token', (route) => route.abort());
    await page.reload();
    await page.getByText('cannot be reached').waitFor();
    expect(await flawsOf(page)).toEqual([]);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.click('#load button');
    await page.getByText('ada@example.com').waitFor();
  });
});

describe('the list of people', () => {
  it('leads back to one’s own account', async () => {
    const { page } = await openAdmin('');
    await eventually(() => heading(page)).toBe('People');
    await page.getByRole('link', { name: 'Your account', exact: true }).click();
    await eventually(async () => new URL(page.url()).pathname).toBe('/account');
  });

  it('is searched as one types, shows the newest answer alone, and keeps its place in the address', async () => {
    const { page, faults } = await openAdmin();
    await page.getByText('ada@example.com').waitFor();
    const asked: string[] = [];
    let release = (): void => {};
    await page.route(/\/api\/v1\/users\?.*q=a(?:&|$)/, async (route) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      await route.continue();
    });
    page.on('request', (request) => {
      const q = new URL(request.url()).searchParams.get('q');
      if (request.url().includes('/api/v1/users?')) asked.push(q ?? '');
    });
    await page.fill('#q', 'a');
    await eventually(async () => asked).toEqual(['a']);
    await page.locator('#q').pressSequentially('lan@', { delay: 10 });
    await eventually(() => page.locator('#found a').allInnerTexts()).toEqual(['Alan Turing alan@example.com']);
    const late = page.waitForResponse(/q=a(?:&|$)/);
    release();
    await (await late).finished();
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
    expect(await page.textContent('#count')).toBe('1 found');
    expect(await page.locator('#found a').allInnerTexts()).toEqual(['Alan Turing alan@example.com']);
    expect(asked).toEqual(['a', 'alan@']);
    expect(page.url()).toBe(`${api.origin}/admin?q=alan%40`);
    expect(await flawsOf(page)).toEqual([]);

    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await eventually(() => heading(page)).toMatch(/^Account \d+$/);
    expect(page.url()).toMatch(/\/admin\?user=\d+$/);
    await page.goBack();
    await eventually(() => page.locator('#found a').allInnerTexts()).toEqual(['Alan Turing alan@example.com']);
    expect(await page.inputValue('#q')).toBe('alan@');
    expect(faults).toEqual([]);
  });

  it('says that nobody is found, lists by state, and goes on where there are more', async () => {
    const { page } = await openAdmin('?q=nobody-at-all');
    await eventually(() => page.textContent('#count')).toBe('Nobody is found');
    const { email } = await newPerson();
    await api.sql('UPDATE users SET is_active = 0, deactivated_at = 0 WHERE email = ?', email);
    await page.fill('#q', '');
    await page.selectOption('#status', 'deactivated');
    await eventually(() => page.locator('#found a').allInnerTexts()).toEqual([expect.stringContaining(email)]);
    expect(page.url()).toBe(`${api.origin}/admin?status=deactivated`);

    for (let n = 0; n < 23; n += 1) await api.insertAccount(`many-${n}@many.example`, 'Many');
    await api.sql("UPDATE users SET deleted_at = 1, is_active = 0 WHERE email LIKE 'many-%'");
    await page.selectOption('#status', 'deleted');
    await eventually(() => page.textContent('#count')).toBe('20 shown, and there are more');
    await page.locator('.more button').press('Enter');
    await eventually(() => page.locator('#found a').count()).toBe(23);
    expect(await page.evaluate('document.activeElement.textContent')).toContain('@many.example');
    expect(await page.locator('.more').isVisible()).toBe(false);
  });
});

describe('a person', () => {
  it('is suspended with a reason, once, after a look at the mail that then goes out', async () => {
    const { id, email } = await newPerson();
    await tokenOf(email);
    const { page, faults } = await openAdmin(`?user=${id}`);
    await eventually(() => heading(page)).toBe(`Account ${id}`);
    expect(await page.innerText('#who')).toMatch(/German|Austria/);
    await act(page, 'deactivate');
    await page.fill('#reason', REASON);
    const preview = page.locator('#preview pre');
    await eventually(() => preview.innerText()).toContain('> Spam.\n> Three people');
    const shown = `${await page.textContent('#preview .subject')}\n${await preview.innerText()}`;
    expect(await flawsOf(page)).toEqual([]);
    // What decides is in sight, however long the mail is.
    const { y, height } = (await page.locator('dialog button:not([type])').boundingBox()) ?? { y: 0, height: 0 };
    expect(y + height).toBeLessThan(DESK.height - 20);

    let sent = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/deactivate')) sent += 1;
    });
    await page.locator('dialog button:not([type])').dblclick();
    await eventually(() => page.textContent('#done')).toBe('The account is suspended. One mail is on its way.');
    expect(sent).toBe(1);
    expect(await page.innerText('#who')).toMatch(/Suspended since[\s\S]*Three people have reported it\./);
    await eventually(() => page.innerText('#audit')).toContain('user.deactivate');
    expect(await page.innerText('#sessions')).toContain('Nobody is signed in.');
    expect(await page.evaluate('document.activeElement.id')).toBe('heading');
    expect(await flawsOf(page)).toEqual([]);

    const mail = await api.mail(email);
    expect(shown.trim()).toBe(`${mail.subject}\n${mail.text.trim()}`);

    await act(page, 'reactivate');
    await confirm(page);
    await eventually(() => page.textContent('#done')).toBe('The account is active again. One mail is on its way.');
    await api.mail(email, 1);
    expect(faults).toEqual([]);
  });

  it('that has never been is said to be none, of which nothing is noted', async () => {
    const { page, faults } = await openAdmin('?user=999999');
    await eventually(() => heading(page)).toMatch(/^There is no account 999999/);
    await page.getByText('Nothing is noted.').waitFor();
    expect(await page.locator('#audit .problem').innerText()).toBe('');
    expect(faults).toEqual([]);
  });

  it('is signed out everywhere, unlocked, and sent a link, and every refusal is told in words', async () => {
    const { id, email } = await newPerson();
    await tokenOf(email);
    for (let n = 0; n < 6; n += 1)
      await api.call('POST', '/api/v1/auth/login', { json: { email, password: 'wrong horse' } });
    const { page } = await openAdmin(`?user=${id}`);
    await eventually(() => page.innerText('#locks')).toMatch(/Password.*: \d wrong guess/);
    expect(await flawsOf(page)).toEqual([]);
    await act(page, 'unlock');
    await confirm(page);
    await eventually(() => page.textContent('#done')).toBe('The account is unlocked.');
    expect(await page.locator('#locks').isVisible()).toBe(false);
    await act(page, 'end-sessions');
    await confirm(page);
    await eventually(() => page.textContent('#done')).toBe('All sessions have ended.');
    await act(page, 'send-reset');
    await confirm(page);
    await eventually(() => page.textContent('#done')).toBe('The mail is on its way.');
    expect((await api.mail(email)).link).toContain('/reset-password#token=');

    await act(page, 'send-reset');
    await api.sql('UPDATE users SET is_verified = 0 WHERE id = ?', id);
    await confirm(page);
    await eventually(() => alert(page).innerText()).toBe('It was not done. User is not verified.');
    await page.keyboard.press('Escape');
    await eventually(() => page.locator('dialog').count()).toBe(0);
    await page.reload();
    await act(page, 'send-verification');
    await confirm(page);
    await eventually(() => page.textContent('#done')).toBe('The mail is on its way.');
  });

  it('is not suspended where no answer comes; what was typed stays, and the next try works', async () => {
    const { id } = await newPerson();
    const { page } = await openAdmin(`?user=${id}`);
    await act(page, 'deactivate');
    await page.fill('#reason', REASON);
    await page.route('**/deactivate', (route) => route.abort());
    await confirm(page);
    await eventually(() => alert(page).innerText()).toContain('cannot be reached');
    expect(await page.inputValue('#reason')).toBe(REASON);
    await page.unroute('**/deactivate');
    // The answer is lost, and the act happens.
    await page.route('**/deactivate', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await confirm(page);
    await eventually(() => alert(page).innerText()).toContain('cannot be reached');
    await page.unroute('**/deactivate');
    await confirm(page);
    await eventually(() => alert(page).innerText()).toBe('It was not done. User is already deactivated.');
    await page.click('dialog [data-close]');
    await eventually(() => page.innerText('#who')).toContain('Suspended since');
    expect(await page.textContent('#done')).toBe('');
  });

  it('stays as they are where the administrator is demoted or suspended meanwhile, who hears of it', async () => {
    const { id } = await newPerson();
    await api.insertAccount('second@example.com', 'Second');
    const become = (change: string) => api.sql(`UPDATE users SET ${change} WHERE email = 'second@example.com'`);
    await become("role = 'admin'");
    const { page } = await openAs('second@example.com', `?user=${id}`);
    await act(page, 'deactivate');
    await page.fill('#reason', REASON);
    await become("role = 'user'");
    await confirm(page);
    await eventually(() => alert(page).innerText()).toBe('It was not done: you are no administrator any more.');
    await become("role = 'admin', is_active = 0, deactivated_at = 0");
    await confirm(page);
    await eventually(() => alert(page).innerText()).toContain('Your session has ended.');
    expect(await flawsOf(page)).toEqual([]);

    // Somebody signs in beside the page, and what was typed is still there.
    await become('is_active = 1, deactivated_at = NULL');
    const [beside] = await Promise.all([page.waitForEvent('popup'), page.click('dialog [role=alert] a')]);
    await beside.fill('[name=email]', 'second@example.com');
    await beside.fill('[name=password]', PASSWORD);
    await beside.press('[name=password]', 'Enter');
    await beside.waitForURL(/\/admin$/);
    await confirm(page);
    await eventually(() => page.textContent('#done')).toContain('The account is suspended.');
    expect(await page.innerText('#who')).toContain('Three people');
  });

  it('stays as they are where another account has signed in meanwhile: the page becomes that of the other', async () => {
    const { id, email } = await newPerson();
    await api.insertAccount('third@example.com', 'Third');
    await api.sql("UPDATE users SET role = 'admin' WHERE email = 'third@example.com'");
    const { page } = await openAs('third@example.com', `?user=${id}`);
    await act(page, 'deactivate');
    await api.sql("DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = 'third@example.com')");
    await confirm(page);
    await eventually(() => alert(page).innerText()).toContain('Your session has ended.');
    await signIn(page, ADMIN);
    await confirm(page);
    await eventually(() => page.innerText('#signed-in')).toContain(ADMIN);
    await eventually(() => page.innerText('#who')).toMatch(new RegExp(`${email}[\\s\\S]*Active`));
  });

  it('has commands for what only a script does, ready to copy; oneself is left alone', async () => {
    const { id } = await newPerson();
    const { page } = await openAdmin(`?user=${id}`);
    await page.getByText('What only a script does').click();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const commands = page.locator('[data-command]:visible code');
    expect(await commands.allInnerTexts()).toEqual(
      ['promote', 'set-email', 'reset-second-factor', 'export', 'erase'].map(
        (name) => `npm run admin -- users ${name} ${id}${name === 'set-email' ? ' NEW-ADDRESS' : ''}`,
      ),
    );
    await page.locator('[data-command=erase] [data-copy]').click();
    await page.locator('[data-command=erase]').getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`npm run admin -- users erase ${id}`);

    const token = await tokenOf(ADMIN);
    const own = (await api.call('GET', '/api/v1/users/me', { token })).body.id;
    await page.goto(`/admin?user=${own}`);
    await page.getByText('This is your own account.').waitFor();
    expect(await page.locator('[data-act]:visible').count()).toBe(0);
    await page.goto('/admin?user=999999');
    await eventually(() => heading(page)).toBe('There is no account 999999');
  });

  it('is created with a mail to set a password, and only once', async () => {
    const { page } = await openAdmin('?view=new');
    await page.fill('#email', 'new@example.com');
    await page.fill('#full_name', 'New Person');
    await page.fill('#listening_language', 'fr');
    expect(await flawsOf(page)).toEqual([]);
    await page.click('#create button');
    await eventually(() => page.textContent('#done')).toContain('The account is created');
    expect((await api.mail('new@example.com')).link).toContain('/reset-password#token=');
    await page.goBack();
    await page.fill('#email', 'new@example.com');
    await page.click('#create button');
    await eventually(() => page.locator('#create [role=alert]').innerText()).toBe(
      'It was not done. User already exists.',
    );
  });
});

describe('how the service is', () => {
  const wide = async (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

  it('is told by failed mails, services with their lag, and unconfirmed erasures', async () => {
    const { id } = await newPerson();
    const at = Date.UTC(2026, 2, 14);
    await api.sql(
      `INSERT INTO outbox (user_id, kind, email, language, data, attempts, failure, due_at, created_at, failed_at)
       VALUES (?, 'password-changed', 'a@example.com', 'en', '{}', 9, 'refused for good', ?, ?, ?)`,
      ...[id, at, at, at],
    );
    const { page, faults } = await openAdmin('?view=mails');
    await page.getByText('refused for good').waitFor();
    expect(await page.textContent('code')).toMatch(/^npm run admin -- mail retry \d+$/);
    expect(await flawsOf(page)).toEqual([]);
    await page.click('.sections >> text=Services');
    await page.getByText('There is none.').waitFor();
    await page.click('.sections >> text=Erasures');
    await page.getByText('No confirmation is outstanding.').waitFor();
    await page.fill('#days', 'two');
    await page.click('#older button');
    await page.getByText('Please enter a number of days.').waitFor();
    await page.fill('#days', '3');
    await page.click('#older button');
    await page.getByText('No confirmation is outstanding.').waitFor();
    expect(await flawsOf(page)).toEqual([]);
    await page.click('.sections >> text=Scripts');
    expect(await page.locator('code').allInnerTexts()).toContain('npm run admin -- after-restore');
    expect(await flawsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('shows a halted service and an open erasure', async () => {
    const { page } = await openAdmin();
    const envelope = (data: object) => ({ status: 'success', status_code: 200, message: '', data });
    const since = '2026-03-14T12:00:00Z';
    const service = {
      ...{ name: 'captions', url: 'https://captions.example.com', types: null, state: 'halted', attempts: 12 },
      ...{ failure: 'answered 500', waiting: { events: 3, or_more: false, since } },
    };
    await page.route('**/operations/services', (route) => route.fulfill({ json: envelope({ services: [service] }) }));
    const erasure = { user_id: 12, erased_at: since, services: [{ name: 'captions', state: 'told' }] };
    await page.route('**/operations/erasures?**', (route) =>
      route.fulfill({ json: envelope({ erasures: [erasure], next_cursor: null }) }),
    );
    await page.click('.sections >> text=Services');
    await page.getByText('3 events wait, since').waitFor();
    expect(await page.innerText('#list')).toMatch(/answered 500, after 12 tries[\s\S]*services resume captions/);
    await page.click('.sections >> text=Erasures');
    await page.getByText('Not confirmed by: captions').waitFor();
  });

  it('is plotted where there are numbers, with a table for who cannot see it; else says how to have them', async () => {
    const { page, faults } = await openAdmin('?view=numbers');
    await page.getByText('The numbers are not available').waitFor();
    expect(await flawsOf(page)).toEqual([]);
    const names = await page.evaluate<string[]>(
      "Array.from(document.getElementById('table').querySelectorAll('th[data-count]'), (cell) => cell.dataset.count)",
    );
    const days = ['2026-03-13', '2026-03-14'].map((day, n) => ({
      day,
      ...Object.fromEntries(names.map((name) => [name, n * 1000 + 1])),
    }));
    const json = { status: 'success', status_code: 200, message: '', data: { days } };
    await page.route('**/operations/numbers?**', (route) => route.fulfill({ json }));
    await page.setViewportSize({ width: 320, height: 600 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.reload();
    await page.locator('.plot svg').first().waitFor();
    expect(await page.locator('.plot').count()).toBe(names.length);
    expect(await page.locator('.plot').first().innerText()).toBe('Requests: 1,002');
    expect(await page.locator('.plot rect').count()).toBe(2 * names.length);
    await page.getByText('As a table').click();
    expect(await page.locator('tbody tr').last().innerText()).toContain('1,001');
    expect(await flawsOf(page)).toEqual([]);
    expect(await wide(page)).toBe(320);
    expect(faults).toEqual([]);
    for (const path of ['', '?view=new', '?view=mails']) {
      await page.goto(`/admin${path}`);
      await page.locator('.sections').waitFor();
      expect(await wide(page), path).toBe(320);
    }
    const { id } = await newPerson();
    await page.goto(`/admin?user=${id}`);
    await act(page, 'deactivate');
    expect(await wide(page)).toBe(320);
    expect(await flawsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
  });
});
