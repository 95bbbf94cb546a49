import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, PASSWORD, serveApi } from './api.ts';
import { DESK, launchBrowser, openPage, PATIENCE_MS, PHONE } from './browser.ts';

// The reference at /docs as a reader meets it: a real browser, the real document, and the API behind the requests.

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENS = [
  ['a telephone', PHONE, 'dark'],
  ['a desk', DESK, 'light'],
] as const;

let api: Api;
let browser: Browser;
let desk: Awaited<ReturnType<typeof openDocs>>;
let accounts = 0;

beforeAll(async () => {
  [api, browser] = await Promise.all([serveApi(), launchBrowser()]);
  desk = await openDocs();
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

const newAccount = async (): Promise<string> => {
  accounts += 1;
  const email = `reader-${accounts}@example.com`;
  await api.insertAccount(email, 'Ada Lovelace');
  return email;
};

/** A page of its own, when the reference is there: to load it takes a browser seconds. */
const openDocs = async (hash = '', options: BrowserContextOptions = {}) => {
  const opened = await openPage(browser, api.origin, options);
  await opened.page.goto(`/docs${hash}`);
  await opened.page.waitForSelector('main:not([aria-busy])');
  return opened;
};

const signIn = async (page: Page, email: string, password = PASSWORD): Promise<void> => {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};

const signOut = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByLabel('E-mail address').waitFor();
};

/** The page at the desk, which stays open from reader to reader; nobody is signed in. */
const atTheDesk = async () => {
  const { page, faults } = desk;
  if (await page.locator('#signed-in').isVisible()) await signOut(page);
  faults.length = 0;
  return desk;
};

const told = (page: Page) => page.getByRole('status');

/** Opens an operation by the list of operations, at any width. */
const openOperation = async (page: Page, id: string) => {
  await page.evaluate(`document.getElementById('contents-box').open = true`);
  await page.locator(`#contents a[href$="/${id}"]`).click();
  const operation = page.locator(`[id^="operations-"][id$="-${id}"]`);
  await operation.locator('.execute').waitFor();
  return operation;
};

/** Sends the request of an open operation; answers what the page shows of the response. */
const execute = async (operation: Awaited<ReturnType<typeof openOperation>>) => {
  const clear = operation.getByRole('button', { name: 'Clear', exact: true });
  if (await clear.isVisible()) await clear.click();
  const answered = operation.page().waitForResponse((response) => response.url().includes('/api/v1/'));
  await operation.getByRole('button', { name: 'Execute' }).click();
  await answered;
  const live = operation.locator('.live-responses-table tbody');
  await live.waitFor();
  const [body, headers] = await live.locator('pre').allInnerTexts();
  const status = Number.parseInt((await live.locator('.response-col_status').textContent()) ?? '', 10);
  return { status, body: JSON.parse(body ?? '') as any, headers: headers ?? '' };
};

const overflow = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** What axe finds wrong with the page, by rule and place. */
const flawsIn = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE);
  // Of what is well it says so, and no more than that: to name each place takes longer than to look at it.
  const { violations } = (await page.evaluate(`axe.run({ resultTypes: ['violations'] })`)) as {
    violations: { id: string; nodes: { target: string[] }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
};

describe.each(SCREENS)('on the screen of %s', (_, viewport, colorScheme) => {
  let page: Page;
  let faults: string[];
  let email: string;

  beforeAll(async () => {
    email = await newAccount();
    ({ page, faults } = await openDocs('', { viewport, colorScheme }));
  });
  beforeEach(() => void faults.splice(0));
  afterAll(() => page.context().close());

  it('the reference lists every operation of the document, without scrolling sideways', async () => {
    const { paths } = (await (await fetch(`${api.origin}/openapi.json`)).json()) as { paths: Record<string, object> };
    const operations = Object.values(paths).reduce((sum, path) => sum + Object.keys(path).length, 0);
    expect(operations).toBeGreaterThan(20);
    expect(await page.locator('.opblock').count()).toBe(operations);
    expect(await page.locator('#contents li li').count()).toBe(operations);
    expect(await overflow(page)).toBe(0);
    expect(faults).toEqual([]);
  });

  it('the page keeps nobody out', async () => {
    expect(await flawsIn(page)).toEqual([]);
    await signIn(page, email, 'another password');
    await told(page).getByText('wrong').waitFor();
    expect(await flawsIn(page)).toEqual([]);
    await signIn(page, email);
    await page.getByText('Signed in as').waitFor();
    await execute(await openOperation(page, 'listUsers'));
    await openOperation(page, 'updateProfile');
    expect(await flawsIn(page)).toEqual([]);
    await signOut(page);
  });

  // ASVS 7.4.4
  it('somebody signs in, sees the own profile, changes it and signs out', async () => {
    await signIn(page, email);
    await page.getByText('Signed in as').waitFor();
    expect(await page.locator('#who').textContent()).toBe(email);
    expect(await page.locator('#until').getAttribute('datetime')).toMatch(/^\d{4}-\d\d-\d\dT/);

    const profile = await execute(await openOperation(page, 'getProfile'));
    expect([profile.status, profile.body.email]).toEqual([200, email]);
    expect(profile.body.full_name).toBe('Ada Lovelace');
    expect(profile.headers).toMatch(/x-request-id: \S+/);

    const change = await openOperation(page, 'updateProfile');
    await change.getByRole('textbox', { name: 'Request body' }).fill('{"full_name":"Ada King"}');
    const changed = await execute(change);
    expect([changed.status, changed.body.full_name]).toEqual([200, 'Ada King']);
    expect(await overflow(page)).toBe(0);

    await signOut(page);
    const refused = await execute(await openOperation(page, 'getProfile'));
    expect([refused.status, refused.body.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(faults).toEqual([]);
  });
});

describe('the page', () => {
  it('is used by the keyboard alone', async () => {
    const email = await newAccount();
    const { page } = await atTheDesk();
    await page.getByLabel('E-mail address').focus();
    await page.keyboard.type(email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('Signed in as').waitFor();
    // What had the focus is hidden now: it goes on where the reader does.
    expect(await page.evaluate('document.activeElement.id')).toBe('signed-in');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByLabel('E-mail address').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('email');
  });

  it('says without JavaScript where the document is', async () => {
    const { page, faults } = await openPage(browser, api.origin, { javaScriptEnabled: false });
    await page.goto('/docs');
    expect(await page.locator('noscript a').getAttribute('href')).toBe('/openapi.json');
    expect(await page.locator('noscript').isVisible()).toBe(true);
    expect(await page.getByLabel('E-mail address').isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  it('opens the operation that its address names, and the one that a link leads to', async () => {
    const { page, faults } = await openDocs('#/Profile/getProfile');
    await page.locator('#operations-Profile-getProfile .execute').waitFor();
    await openOperation(page, 'deleteAccount');
    expect(new URL(page.url()).hash).toBe('#/Account/deleteAccount');
    await page.getByRole('link', { name: 'Sign up', exact: true }).first().click();
    await page.locator('#operations-Sign-up-signUp .execute').waitFor();
    expect(faults).toEqual([]);
  });

  it('says that the reference could not be loaded where the connection breaks', async () => {
    const { page } = await openPage(browser, api.origin);
    await page.route('**/swagger-ui-bundle.js', (route) => route.abort());
    await page.goto('/docs');
    await page.getByText('The reference could not be loaded.').waitFor();
    expect(await page.getByLabel('E-mail address').isVisible()).toBe(true);
  });
});

describe('whoever cannot sign in', () => {
  const refused = async (page: Page, email: string, sentence: string | RegExp, password?: string): Promise<void> => {
    await signIn(page, email, password);
    await told(page).getByText(sentence).waitFor();
  };

  it('is told why, in plain words', async () => {
    const [good, suspended, deleted] = [await newAccount(), await newAccount(), await newAccount()];
    await api.call('POST', '/api/v1/auth/signup', {
      json: { email: 'unverified@example.com', password: PASSWORD, accepted_terms: true },
    });
    await api.sql('UPDATE users SET is_active = 0, deactivated_at = created_at WHERE email = ?', suspended);
    await api.sql('UPDATE users SET is_active = 0, deleted_at = created_at WHERE email = ?', deleted);
    const { page, faults } = await atTheDesk();

    await refused(page, '', 'Enter the e-mail address.');
    await refused(page, good, 'Enter the password.', '');
    await refused(page, good, 'The e-mail address or the password is wrong.', 'another password');
    expect(await page.evaluate('document.activeElement.id')).toBe('password');
    expect(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid')).not.toBeNull();
    await refused(page, 'unverified@example.com', /not verified yet\. Open the link in the mail/);
    await refused(page, suspended, 'This account is suspended.');
    await refused(page, deleted, 'This account is deleted.');
    expect(faults).toEqual([]);

    await page.context().setOffline(true);
    await refused(page, good, 'The API cannot be reached.');
    await page.context().setOffline(false);
    await signIn(page, good);
    await page.getByText('Signed in as').waitFor();
    expect(await told(page).textContent()).toBe('');
  });

  it('is told for how long, where the address is locked or the client asks too often', async () => {
    const { page, faults } = await atTheDesk();
    for (let failure = 0; failure < 5; failure += 1) {
      await api.call('POST', '/api/v1/auth/login', { json: { email: 'locked@example.com', password: 'another' } });
    }
    await refused(
      page,
      'locked@example.com',
      /locked until \d\d:\d\d.*; try again in 15 minutes, or reset the password\./,
    );
    // The API runs here without its limits, so that the other tests meet none.
    await page.route('**/auth/login', (route) =>
      route.fulfill({
        status: 429,
        headers: { 'Retry-After': '60' },
        json: {
          status: 'error',
          status_code: 429,
          code: 'RATE_LIMIT_EXCEEDED',
          message: 'Too many requests.',
          data: {},
        },
      }),
    );
    await refused(page, 'locked@example.com', 'Too many requests. Try again in 60 seconds.');
    await page.unroute('**/auth/login');
    expect(faults).toEqual([]);
  });
});

describe('whoever is signed in', () => {
  const signedIn = async (opening = atTheDesk()) => {
    const [email, opened] = [await newAccount(), await opening];
    await signIn(opened.page, email);
    await opened.page.getByText('Signed in as').waitFor();
    return { ...opened, email };
  };

  const loginByScript = async (email: string) =>
    (await api.call('POST', '/api/v1/auth/login', { json: { email, password: PASSWORD } })).body;

  // ASVS 14.3.3
  it('stays it when the page is loaded anew, by the cookie: no storage holds a token', async () => {
    const { page, faults, email } = await signedIn();
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toMatch(/ey|@/);
    await page.reload();
    await page.getByText('Signed in as').waitFor();
    expect(await page.locator('#who').textContent()).toBe(email);
    const profile = await execute(await openOperation(page, 'getProfile'));
    expect(profile.status).toBe(200);

    await page.context().clearCookies();
    await page.reload();
    await told(page).getByText('The session has ended. Sign in again.').waitFor();
    await page.waitForSelector('main:not([aria-busy])');
    expect(faults).toEqual([]);
  });

  it('gets a new token by the cookie when the old one has run out, before the request goes out', async () => {
    // Its clock goes on, so nobody else has it after this.
    const { page, faults } = await signedIn(openDocs());
    const until = await page.locator('#until').getAttribute('datetime');
    const sent: string[] = [];
    page.on('request', (request) => sent.push(new URL(request.url()).pathname));
    const operation = await openOperation(page, 'listSessions');
    await page.clock.install();
    await page.clock.fastForward('16:00');
    expect((await execute(operation)).status).toBe(200);
    expect(sent.filter((path) => path.startsWith('/api/'))).toEqual([
      '/api/v1/auth/refresh-token',
      '/api/v1/users/me',
      '/api/v1/users/me/sessions',
    ]);
    expect(await page.locator('#until').getAttribute('datetime')).not.toBe(until);
    expect(faults).toEqual([]);
  });

  it('gets a new token when the old one is refused, and the request goes out once more', async () => {
    const { page, faults } = await signedIn();
    let tries = 0;
    // A token that the API stops taking before its time: the answer is the API's own to no token at all.
    await page.route('**/api/v1/users/me/sessions', (route) => {
      tries += 1;
      const headers = route.request().headers();
      return route.continue({ headers: tries > 1 ? headers : { ...headers, authorization: '' } });
    });
    const operation = await openOperation(page, 'listSessions');
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation.locator('.live-responses-table').getByText('"current": true').waitFor();
    expect(tries).toBe(2);
    await page.unroute('**/api/v1/users/me/sessions');
    expect(faults).toEqual([]);
  });

  it('is told that the session has ended elsewhere', async () => {
    const { page, faults, email } = await signedIn();
    const { access_token: token } = await loginByScript(email);
    const { sessions } = (await api.call('GET', '/api/v1/users/me/sessions', { token })).body;
    const other = sessions.find(({ current }: { current: boolean }) => !current);
    await fetch(`${api.origin}/api/v1/users/me/sessions/${other.id}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${token}` },
    });
    const answer = await execute(await openOperation(page, 'getProfile'));
    expect([answer.status, answer.body.code]).toEqual([401, 'TOKEN_REVOKED']);
    await told(page).getByText('The session has ended. Sign in again.').waitFor();
    expect(await page.getByLabel('E-mail address').isVisible()).toBe(true);
    expect(faults).toEqual([]);
  });

  it('is whoever signs in by a request that is tried', async () => {
    const { page, faults } = await signedIn();
    const other = await newAccount();
    const login = await openOperation(page, 'logIn');
    const body = JSON.stringify({ email: other, password: PASSWORD });
    await login.getByRole('textbox', { name: 'Request body' }).fill(body);
    expect((await execute(login)).status).toBe(200);
    await expect.poll(() => page.locator('#who').textContent()).toBe(other);
    const profile = await execute(await openOperation(page, 'getProfile'));
    expect(profile.body.email).toBe(other);
    expect(faults).toEqual([]);
  });

  it('uploads a picture by the form, and sees it', async () => {
    const { page, faults } = await signedIn();
    const operation = await openOperation(page, 'updateProfile');
    await operation.getByLabel('Request content type').selectOption('multipart/form-data');
    const png = await sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await operation.locator('input[type=file]').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: png });
    const answer = await execute(operation);
    expect([answer.status, answer.body.avatar_url]).toEqual([200, expect.stringMatching(/\/avatars\/.+\.webp$/)]);

    const picture = await openOperation(page, 'getAvatar');
    await picture.locator('[data-param-name="key"] input').fill(answer.body.avatar_url.split('/avatars/')[1]);
    await picture.getByRole('button', { name: 'Execute' }).click();
    const shown = picture.locator('.live-responses-table img');
    await expect.poll(() => shown.evaluate((image: any) => image.naturalWidth), { timeout: PATIENCE_MS }).toBe(512);
    expect(faults).toEqual([]);
  });

  it('erases the account with the query that says so, and is signed out', async () => {
    const { page, faults, email } = await signedIn();
    const operation = await openOperation(page, 'deleteAccount');
    await operation.locator('[data-param-name="hard"] select').selectOption('true');
    const answer = await execute(operation);
    expect([answer.status, answer.body.status]).toEqual([200, 'ok']);
    await page.getByLabel('E-mail address').waitFor();
    expect((await loginByScript(email)).code).toBe('INVALID_CREDENTIALS');
    expect(faults).toEqual([]);
  });

  it("tries the administrator's routes, where they are one", async () => {
    const { page, faults, email } = await signedIn();
    const refused = await execute(await openOperation(page, 'listUsers'));
    expect([refused.status, Object.keys(refused.body)]).toEqual([403, ['status', 'status_code', 'message', 'data']]);
    await api.sql("UPDATE users SET role = 'admin' WHERE email = ?", email);
    const list = await execute(await openOperation(page, 'listUsers'));
    expect(list.status).toBe(200);
    expect(list.body.data.users.map((user: { email: string }) => user.email)).toContain(email);
    expect(faults).toEqual([]);
  });
});
