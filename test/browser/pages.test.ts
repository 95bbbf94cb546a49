import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  ONE_TIME_TOKEN_LIFETIME_MS,
  type OneTimePurpose,
  oneTimeTokenText,
} from '../../src/accounts/tokens/one-time-token.ts';
import { readMacKeys } from '../../src/accounts/tokens/signed-token.ts';
import { CATALOGUES } from '../../src/web/pages/catalogues.ts';
import { en } from '../../src/web/pages/locales/en.ts';
import { READER_LANGUAGES, type ReaderLanguage } from '../../src/workers/reader-language.ts';
import { type Api, MAIL_LINK_KEYS, PASSWORD, serveApi } from './api.ts';
import { launchBrowser, openPage, PATIENCE_MS, PHONE } from './browser.ts';

// The pages that mail links open, as people meet them: from the mail to the outcome, and everything between.

const VERIFY = en.pages['verify-email'];
const RESET = en.pages['reset-password'];
const CONFIRM = en.pages['confirm-email'];
const UNDO = en.pages['undo-email'];
const NEW_PASSWORD = 'quite another horse';

let api: Api;
let browser: Browser;

beforeAll(async () => {
  [api, browser] = await Promise.all([serveApi(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

/** What a page comes to, on a busy machine too. */
const eventually = <Value>(get: () => Promise<Value>) => expect.poll(get, { timeout: PATIENCE_MS, interval: 20 });

/** Opens something else, so that a link is opened and not only followed; of the same origin, so that no process is started for it. */
const leave = (page: Page) => page.goto('/health');

/** A page with what it asked of the API. `faults` is for the test to look at. */
const openOwnPage = async (options: BrowserContextOptions = {}) => {
  const { page, faults } = await openPage(browser, api.origin, { locale: 'en-US', ...options });
  const asked: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/api/')) asked.push(`${request.method()} ${request.url()}`);
    expect(request.url() + JSON.stringify(request.headers())).not.toContain('token=');
  });
  return { page, faults, asked };
};

let usual: ReturnType<typeof openOwnPage> | undefined;

/**
 * The page of somebody at a desk, who goes on to the next mail: there is nothing on it, and nothing has been asked. Where
 * it has to be another, by `options`, it is one of its own.
 */
const newPage = async (options?: BrowserContextOptions) => {
  if (options) {
    const own = await openOwnPage(options);
    onTestFinished(() => own.page.context().close());
    return own;
  }
  usual ??= openOwnPage();
  const { page, faults, asked } = await usual;
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().setOffline(false);
  await page.context().clearCookies();
  await leave(page);
  for (const list of [faults, asked]) list.length = 0;
  return { page, faults, asked };
};

const heading = (page: Page) => page.textContent('main h1');
const problem = (page: Page) => page.textContent('[role=alert]');
const button = (page: Page) => page.locator('form button:not([type])');
const field = (page: Page) => page.locator('#field');
const press = (page: Page) => button(page).click();
const address = (page: Page) => page.evaluate<string>('location.href');

/** Waits until a page has come to an outcome, and that somebody who does not see it is taken there. */
const expectOutcome = async (page: Page, text: string): Promise<void> => {
  await eventually(() => heading(page)).toBe(text);
  expect(await page.title()).toBe(text);
  expect(await page.evaluate('document.activeElement.textContent')).toBe(text);
};

const expectFlaw = async (page: Page, text: string): Promise<void> => {
  await eventually(() => page.textContent('#flaw')).toBe(text);
  const { focused, invalid, described } = await page.evaluate<Record<string, string>>(`(() => {
    const field = document.activeElement;
    const described = field.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id));
    return {
      focused: field.id,
      invalid: field.getAttribute('aria-invalid'),
      described: described.map(({ textContent }) => textContent).join(' '),
    };
  })()`);
  expect([focused, invalid]).toEqual(['field', 'true']);
  expect(described).toContain(text);
};

const signUp = async (email: string): Promise<string> => {
  const form = { email, password: PASSWORD, accepted_terms: true };
  await api.call('POST', '/api/v1/auth/signup', { json: form });
  return (await api.mail(email)).link;
};

const logIn = async (email: string, password = PASSWORD) => {
  const { status, body } = await api.call('POST', '/api/v1/auth/login', { json: { email, password } });
  return [status, body.code];
};

const askForReset = async (email: string): Promise<string> => {
  await api.call('POST', '/api/v1/auth/forgot-password', { json: { email } });
  return (await api.mail(email)).link;
};

/** A link as mails carry it, whose time is over. */
const expiredLink = (purpose: OneTimePurpose): string => {
  const token = { id: 'a'.repeat(22), userId: 1, expiresAt: new Date(Date.now() - 1000) };
  return `/${purpose}#token=${oneTimeTokenText(readMacKeys(MAIL_LINK_KEYS), purpose, token)}`;
};

/** Lets the API answer what it answers when something is wrong with it. */
const answering = async (page: Page, status: number, body: string, headers: Record<string, string> = {}) => {
  await page.route('**/api/**', (route) => route.fulfill({ status, body, headers }));
};

const refusal = (code: string, errors?: object[]) => JSON.stringify({ status: 'error', code, data: { errors } });

// What the files here stand on: a browser, an API that it can talk to, and an eye for what goes wrong.
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
    await api.newAccount('joan@example.com');
    await page.goto('/health');
    const post = (path: string, body: object) => page.request.post(path, { data: body });
    expect((await post('/api/v1/auth/login', { email: 'joan@example.com', password: PASSWORD })).status()).toBe(200);
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

describe('the link of a verification mail', () => {
  // ASVS 14.2.1
  it('verifies by a click and not by being opened, and leaves the address bar at once', async () => {
    const { page, faults, asked } = await newPage();
    const link = await signUp('ada@example.com');
    expect(link).toMatch(`${api.origin}/verify-email#token=`);
    await page.goto(link);
    await page.waitForLoadState('networkidle');
    expect([await heading(page), await page.title()]).toEqual([VERIFY.heading, VERIFY.heading]);
    await eventually(() => address(page)).toBe(`${api.origin}/verify-email`);
    expect(asked).toEqual([]);
    expect(await logIn('ada@example.com')).toEqual([403, 'EMAIL_NOT_VERIFIED']);

    await press(page);
    await expectOutcome(page, VERIFY.done.heading);
    expect(asked).toEqual([`POST ${api.origin}/api/v1/auth/verify-email`]);
    expect((await logIn('ada@example.com'))[0]).toBe(200);
    expect(await page.evaluate('document.cookie + localStorage.length + sessionStorage.length')).toBe('00');
    expect(faults).toEqual([]);
  });

  it('says that it may have been used already, and offers a new one', async () => {
    const { page, faults } = await newPage();
    const link = await signUp('grace@example.com');
    for (const outcome of [VERIFY.done.heading, en.headings.invalid]) {
      await leave(page);
      await page.goto(link);
      await press(page);
      await expectOutcome(page, outcome);
    }
    expect(await page.textContent('main')).toContain(VERIFY.used);
    await field(page).fill('grace@example.com');
    await press(page);
    await expectOutcome(page, en.headings.sent);
    expect(await page.textContent('main')).toContain(VERIFY.sent);
    expect(faults).toEqual([]);
  });

  it('leads to a new mail when its time is over', async () => {
    const { page, faults } = await newPage();
    await signUp('alan@example.com');
    await page.goto(expiredLink('verify-email'));
    await press(page);
    await expectOutcome(page, en.headings.expired);

    for (const wrong of ['', 'a', 'alan@', 'alan@example']) {
      await field(page).fill(wrong);
      await press(page);
      await expectFlaw(page, en.address.flaw);
    }
    await field(page).fill(' Alan@Example.com ');
    await press(page);
    await expectOutcome(page, en.headings.sent);

    await page.goto((await api.mail('alan@example.com', 1)).link);
    await press(page);
    await expectOutcome(page, VERIFY.done.heading);
    expect(faults).toEqual([]);
  });

  it('is told of when it is missing: after a reload, without a token, or with half of one', async () => {
    const { page, faults } = await newPage();
    await page.goto('/verify-email#token=half');
    await page.reload();
    expect([await heading(page), await page.title()]).toEqual([en.headings.missing, en.headings.missing]);
    expect(await page.textContent('main')).toContain(VERIFY.already);
    await page.goto('/verify-email');
    expect(await heading(page)).toBe(en.headings.missing);

    for (const half of ['half', 'x'.repeat(600)]) {
      // In the tab where the page is open, a link changes only the fragment.
      await page.goto(`/verify-email#token=${half}`);
      await eventually(() => heading(page)).toBe(VERIFY.heading);
      await press(page);
      await expectOutcome(page, en.headings.invalid);
    }
    expect(faults).toEqual([]);
  });
});

describe('the links of the mails about another address', () => {
  /** Asks for another address, as somebody who is signed in; the links that both mailboxes get. */
  const askFor = async (from: string, email: string, mails = 0) => {
    const { body } = await api.call('POST', '/api/v1/auth/login', { json: { email: from, password: PASSWORD } });
    const asked = { token: body.access_token, json: { email } };
    expect((await api.call('POST', '/api/v1/users/me/email', asked)).status).toBe(202);
    return { confirm: (await api.mail(email)).link, undo: (await api.mail(from, mails)).link };
  };

  it('confirm it by a click, and undo it up to a new password', async () => {
    const { page, faults, asked } = await newPage();
    await api.insertAccount('rosalind@example.com');
    const { confirm, undo } = await askFor('rosalind@example.com', 'franklin@example.com');
    await page.goto(confirm);
    await page.waitForLoadState('networkidle');
    expect([await heading(page), asked]).toEqual([CONFIRM.heading, []]);
    await eventually(() => address(page)).toBe(`${api.origin}/confirm-email`);
    await press(page);
    await expectOutcome(page, CONFIRM.done.heading);
    expect((await logIn('franklin@example.com'))[0]).toBe(200);

    const changed = await api.mail('rosalind@example.com', 1);
    expect(changed.subject).toContain('was changed');
    await page.goto(undo);
    expect(await heading(page)).toBe(UNDO.heading);
    await press(page);
    await expectOutcome(page, UNDO.done.heading);
    expect((await logIn('rosalind@example.com'))[0]).toBe(401);
    await page.goto((await api.mail('rosalind@example.com', 2)).link);
    await field(page).fill(NEW_PASSWORD);
    await press(page);
    await expectOutcome(page, RESET.done.heading);
    expect((await logIn('rosalind@example.com', NEW_PASSWORD))[0]).toBe(200);

    await page.goto(changed.link);
    await press(page);
    await expectOutcome(page, en.headings.invalid);
    expect(await page.textContent('main')).toContain(UNDO.used);
    expect(faults).toEqual([]);
  });

  it('say that its time is over, or that somebody else has it', async () => {
    const { page, faults } = await newPage();
    for (const [purpose, text] of [
      ['confirm-email', CONFIRM],
      ['undo-email', UNDO],
    ] as const) {
      await page.goto(expiredLink(purpose));
      await press(page);
      await expectOutcome(page, en.headings.expired);
      expect(await page.textContent('main')).toContain(text.expired);
    }
    await api.insertAccount('dorothy@example.com');
    const { confirm } = await askFor('dorothy@example.com', 'hodgkin@example.com');
    await api.insertAccount('hodgkin@example.com');
    await page.goto(confirm);
    await press(page);
    await expectOutcome(page, en.headings.taken);
    expect(await page.textContent('main')).toContain(CONFIRM.taken);
    expect(faults).toEqual([]);
  });
});

describe('the link of a mail for a forgotten password', () => {
  it('leads from an old link by a new mail and a weak password to a new one', async () => {
    const { page, faults, asked } = await newPage({ viewport: PHONE });
    const email = 'edsger@example.com';
    await api.insertAccount(email);
    await page.goto(expiredLink('reset-password'));
    await field(page).fill(NEW_PASSWORD);
    await press(page);
    await expectOutcome(page, en.headings.expired);
    await field(page).fill(email);
    await press(page);
    await expectOutcome(page, en.headings.sent);
    expect(await page.textContent('main')).toContain(RESET.sent);

    await page.goto((await api.mail(email)).link);
    await eventually(() => heading(page)).toBe(RESET.heading);
    // The heading is there before the script, which takes the token out of the address.
    await eventually(() => address(page)).toBe(`${api.origin}/reset-password`);
    asked.length = 0;
    for (const [password, flaw] of [
      ['', en.password.flaws.short],
      ['seven😀!', en.password.flaws.short],
      ['x'.repeat(129), en.password.flaws.long],
    ] as const) {
      await field(page).fill(password);
      await press(page);
      await expectFlaw(page, flaw);
    }
    expect(asked).toEqual([]);
    await field(page).fill('password123');
    await press(page);
    await expectFlaw(page, en.password.flaws.known);
    await field(page).fill(PASSWORD);
    await press(page);
    await expectFlaw(page, en.password.flaws.same);
    await field(page).fill(NEW_PASSWORD);
    await press(page);
    await expectOutcome(page, RESET.done.heading);
    expect(await page.textContent('main')).toContain(RESET.done.text);

    expect(await logIn(email)).toEqual([401, 'INVALID_CREDENTIALS']);
    expect((await logIn(email, NEW_PASSWORD))[0]).toBe(200);
    expect(faults).toEqual([]);
  });

  it('works once', async () => {
    const { page, faults } = await newPage();
    await api.insertAccount('barbara@example.com');
    const link = await askForReset('barbara@example.com');
    for (const [password, outcome] of [
      [NEW_PASSWORD, RESET.done.heading],
      [`${NEW_PASSWORD} again`, en.headings.invalid],
    ] as const) {
      await leave(page);
      await page.goto(link);
      await field(page).fill(password);
      await press(page);
      await expectOutcome(page, outcome);
    }
    expect(await page.textContent('main')).toContain(RESET.used);
    expect(faults).toEqual([]);
  });

  // ASVS 6.2.6, 6.2.7
  it('shows the password to whoever wants to see it, and tells a password manager that it is new', async () => {
    const { page, faults } = await newPage();
    await page.goto('/reset-password#token=a');
    await field(page).fill(NEW_PASSWORD);
    expect(await field(page).getAttribute('autocomplete')).toBe('new-password');
    const toggle = page.getByRole('button', { name: en.password.show });
    for (const [type, pressed] of [
      ['password', 'false'],
      ['text', 'true'],
      ['password', 'false'],
    ]) {
      expect([await field(page).getAttribute('type'), await toggle.getAttribute('aria-pressed')]).toEqual([
        type,
        pressed,
      ]);
      await toggle.click();
    }
    expect(await field(page).inputValue()).toBe(NEW_PASSWORD);
    expect(faults).toEqual([]);
  });
});

describe('a page that a mail has opened', () => {
  it('keeps the link while the network is away', async () => {
    const { page, faults } = await newPage();
    await page.goto(await signUp('tony@example.com'));
    await page.context().setOffline(true);
    await press(page);
    await eventually(() => problem(page)).toBe(en.problems.offline(''));
    expect(await button(page).textContent()).toBe(en.retry);
    await page.context().setOffline(false);
    await press(page);
    await expectOutcome(page, VERIFY.done.heading);
    expect(faults).toEqual([expect.stringMatching(/^failed: .*verify-email \(net::ERR_INTERNET_DISCONNECTED\)$/)]);
  });

  it.each([
    [
      'too many requests',
      429,
      refusal('RATE_LIMIT_EXCEEDED'),
      { 'Retry-After': '60' },
      'There were too many attempts from your network. Please try again in 60 seconds.',
    ],
    [
      'a limit of hours',
      429,
      'no JSON',
      { 'Retry-After': '7200' },
      'There were too many attempts from your network. Please try again in 120 minutes.',
    ],
    [
      'a service that is away',
      503,
      refusal('SERVICE_UNAVAILABLE'),
      { 'Retry-After': '5' },
      'The service is not available at the moment. Please try again in 5 seconds.',
    ],
    [
      'a gateway without a service',
      502,
      '<h1>Bad gateway</h1>',
      {},
      'The service is not available at the moment. Please try again in 60 seconds.',
    ],
    ['a bug', 500, refusal('INTERNAL_SERVER_ERROR'), {}, en.problems.unexpected('')],
    ['an answer that nobody expects', 418, 'null', {}, en.problems.unexpected('')],
  ] as const)('tells of %s, and goes on with what was entered', async (_, status, body, headers, told) => {
    const { page, faults } = await newPage();
    await page.goto('/reset-password#token=a');
    await answering(page, status, body, headers);
    await field(page).fill(NEW_PASSWORD);
    await press(page);
    await eventually(() => problem(page)).toBe(told);
    expect(await field(page).inputValue()).toBe(NEW_PASSWORD);
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: en.retry }).click();
    await expectOutcome(page, en.headings.invalid);
    expect(await problem(page)).toBe('');
    expect(faults).toEqual([]);
  });

  it('asks once, however often it is told to', async () => {
    const { page, faults, asked } = await newPage();
    await page.goto(await signUp('donald@example.com'));
    let held: Route | undefined;
    await page.route('**/api/**', (route) => {
      held = route;
    });
    await button(page).focus();
    for (const key of ['Enter', 'Enter', ' ']) await page.keyboard.press(key);
    await button(page).dblclick({ force: true });
    expect(await page.textContent('[role=status]')).toBe(en.working);
    expect(await button(page).getAttribute('aria-disabled')).toBe('true');
    await held?.continue();
    await expectOutcome(page, VERIFY.done.heading);
    expect(asked).toHaveLength(1);
    expect(await page.textContent('[role=status]')).toBe('');
    expect(faults).toEqual([]);
  });

  it('needs nothing but a keyboard', async () => {
    const { page, faults } = await newPage();
    await api.insertAccount('radia@example.com');
    await page.goto(await askForReset('radia@example.com'));
    const focus = () => page.evaluate<string>('document.activeElement.id || document.activeElement.textContent');
    const ring = () => page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
    const visited: string[] = [];
    for (let stop = 0; stop < 4; stop += 1) {
      await page.keyboard.press('Tab');
      visited.push(await focus());
      expect(await ring()).toBe('solid');
    }
    expect(visited).toEqual(['field', en.password.show, RESET.action, 'English']);
    for (let stop = 0; stop < 2; stop += 1) await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    expect(await field(page).getAttribute('type')).toBe('text');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('short');
    await page.keyboard.press('Enter');
    await expectFlaw(page, en.password.flaws.short);
    await page.keyboard.press('Control+A');
    await page.keyboard.type(NEW_PASSWORD);
    await page.keyboard.press('Enter');
    await expectOutcome(page, RESET.done.heading);
    expect((await logIn('radia@example.com', NEW_PASSWORD))[0]).toBe(200);
    expect(faults).toEqual([]);
  });
});

const asWritten = (text: string | null): string => (text ?? '').replaceAll('\u2011', '-');

describe('the language of a page', () => {
  it('is that of the browser', async () => {
    const { page, faults } = await newPage({ locale: 'de-AT' });
    const { pages, headings, problems } = CATALOGUES.de;
    await page.goto('/verify-email#token=a');
    expect(await page.getAttribute('html', 'lang')).toBe('de');
    expect(asWritten(await heading(page))).toBe(pages['verify-email'].heading);
    await answering(page, 503, '', { 'Retry-After': '5' });
    await press(page);
    await eventually(async () => asWritten(await problem(page))).toBe(problems.unavailable('in 5 Sekunden'));
    await page.unroute('**/api/**');
    await press(page);
    await eventually(() => page.title()).toBe(headings.invalid);
    expect(faults).toEqual([]);
  });

  it('can be changed at any time, and neither the link nor what was entered is lost', async () => {
    const { page, faults } = await newPage();
    const { password, pages } = CATALOGUES.ja;
    await api.insertAccount('yukihiro@example.com');
    await page.goto(await askForReset('yukihiro@example.com'));
    await field(page).fill(NEW_PASSWORD);
    await page.getByRole('link', { name: '日本語' }).click();
    await eventually(() => page.getAttribute('html', 'lang')).toBe('ja');
    expect(await page.title()).toBe(pages['reset-password'].heading);
    expect(await page.textContent('label')).toBe(password.label);
    expect(await field(page).inputValue()).toBe(NEW_PASSWORD);
    await eventually(() => address(page)).toBe(`${api.origin}/reset-password?lang=ja`);
    await press(page);
    await expectOutcome(page, pages['reset-password'].done.heading);

    await page.getByRole('link', { name: 'Türkçe' }).click();
    await eventually(() => heading(page)).toBe(CATALOGUES.tr.pages['reset-password'].done.heading);
    await page.reload();
    expect(asWritten(await heading(page))).toBe(CATALOGUES.tr.headings.missing);
    expect(faults).toEqual([]);
  });

  it('stays as it is where the network is away', async () => {
    const { page } = await newPage();
    await page.goto('/reset-password#token=a');
    await page.context().setOffline(true);
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await eventually(() => problem(page)).toBe(en.problems.offline(''));
    expect(await heading(page)).toBe(RESET.heading);
  });

  it('has room on the narrowest telephone', async () => {
    const { page, faults } = await newPage({ viewport: { width: 320, height: 568 } });
    for (const language of READER_LANGUAGES) {
      await page.goto(`/reset-password?lang=${language}#token=a`);
      expect(await page.evaluate('document.documentElement.scrollWidth'), language).toBe(320);
    }
    expect(faults).toEqual([]);
  });
});

describe('without its script', () => {
  it.each(['en', 'ru', 'zh'] as ReaderLanguage[])('a page says in its language what it needs: %s', async (language) => {
    const { page, faults } = await newPage({ javaScriptEnabled: false, locale: language });
    await page.goto('/verify-email#token=a');
    const said = page.locator('noscript p');
    expect([await said.isVisible(), await said.textContent()]).toEqual([true, CATALOGUES[language].noScript]);
    await page.evaluate('for (const animation of document.getAnimations()) animation.finish()');
    expect(await page.getByText(CATALOGUES[language].incomplete).isVisible()).toBe(false);
    expect(await page.locator('main button').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('a page says after a while that it did not arrive', async () => {
    const { page } = await newPage();
    await page.route('**/page.js', (route) => route.abort());
    await page.goto('/verify-email#token=a');
    const text = page.getByText(en.incomplete);
    expect(await text.isVisible()).toBe(false);
    await page.evaluate('for (const animation of document.getAnimations()) animation.finish()');
    expect(await text.isVisible()).toBe(true);
    expect(await address(page)).toContain('#token=a');
  });
});

const PURPOSES = Object.keys(ONE_TIME_TOKEN_LIFETIME_MS) as OneTimePurpose[];

/** Every state of the pages, by what the API answers to the button; the one that waits for it comes last. */
const STATES: [OneTimePurpose, string, ((page: Page) => Promise<void>)?][] = [
  ...PURPOSES.flatMap((purpose): typeof STATES => [
    [purpose, 'before'],
    [purpose, 'missing', async (page) => void (await page.reload())],
    [purpose, 'done', (page) => answering(page, 200, '{}')],
    [purpose, 'away', (page) => answering(page, 503, '')],
  ]),
  ['verify-email', 'expired', (page) => answering(page, 400, refusal('TOKEN_EXPIRED'))],
  ['verify-email', 'invalid', (page) => answering(page, 400, refusal('INVALID_TOKEN'))],
  ['verify-email', 'working', async (page) => void (await page.route('**/api/**', () => {}))],
  ...(['confirm-email', 'undo-email'] as const).flatMap((purpose): typeof STATES => [
    [purpose, 'expired', (page) => answering(page, 400, refusal('TOKEN_EXPIRED'))],
    [purpose, 'invalid', (page) => answering(page, 400, refusal('INVALID_TOKEN'))],
    [purpose, 'taken', (page) => answering(page, 409, refusal('ADDRESS_TAKEN'))],
  ]),
  ['reset-password', 'expired', (page) => answering(page, 400, refusal('RESET_TOKEN_EXPIRED'))],
  ['reset-password', 'invalid', (page) => answering(page, 400, refusal('INVALID_RESET_TOKEN'))],
  ['reset-password', 'same password', (page) => answering(page, 400, refusal('SAME_PASSWORD'))],
  ['reset-password', 'working', async (page) => void (await page.route('**/api/**', () => {}))],
];

const leadTo = async (page: Page, [purpose, , prepare]: (typeof STATES)[number]): Promise<void> => {
  await page.unroute('**/api/**');
  await leave(page);
  await page.goto(`/${purpose}#token=a`);
  await prepare?.(page);
  if (!prepare || (await button(page).count()) === 0) return;
  const before = await page.innerHTML('main');
  if (purpose === 'reset-password') await field(page).fill(NEW_PASSWORD);
  await press(page);
  await eventually(() => page.innerHTML('main')).not.toBe(before);
};

describe('to everybody', () => {
  it.each(PURPOSES)('each state of %s is accessible, in light and in dark colours', async (purpose) => {
    const { page, faults } = await newPage({ locale: 'de', viewport: PHONE });
    for (const state of STATES.filter(([of]) => of === purpose)) {
      await leadTo(page, state);
      await page.evaluate(axe.source);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const { violations, passes } = await page.evaluate<axe.AxeResults>(
          `axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })`,
        );
        expect(
          violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
          `${state[1]}, ${colorScheme}`,
        ).toEqual([]);
        expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'target-size']));
      }
    }
    expect(faults).toEqual([]);
  });
});
