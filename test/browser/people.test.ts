import axe from 'axe-core';
import type { Browser, BrowserContextOptions, CDPSession, Page, Route } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { en as mailPages } from '../../src/web/pages/locales/en.ts';
import { en } from '../../src/web/people/locales/en.ts';
import { READER_LANGUAGES } from '../../src/workers/reader-language.ts';
import { codeOf } from '../soft-factors.ts';
import { type Api, PASSWORD, serveApi } from './api.ts';
import { launchBrowser, openPage, PATIENCE_MS } from './browser.ts';

// The pages on which people make an account, sign in and look after it, as stories: from the form to the mail and back.

const { fields, signUp, signIn, account, problems } = en;
const NEW_PASSWORD = 'quite another horse';
const TERMS = signUp.terms.replace(/[[\]]/g, '');

let api: Api;
let browser: Browser;
let people = 0;

beforeAll(async () => {
  [api, browser] = await Promise.all([serveApi(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

/** A page of a browser of its own, and what it has asked of the API. */
const newPage = async (options: BrowserContextOptions = {}) => {
  const { page, faults } = await openPage(browser, api.origin, { locale: 'en-US', ...options });
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) asked.push(`${request.method()} ${pathname.replace('/api/v1', '')}`);
  });
  onTestFinished(() => page.context().close());
  return { page, faults, asked };
};

/** Somebody who has an account. */
const newPerson = async (name = ''): Promise<string> => {
  people += 1;
  const email = `person-${people}@example.com`;
  await api.insertAccount(email, name);
  return email;
};

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (page: Page, name: string) => button(page, name).click();
const field = (page: Page, label: string) => page.getByRole('textbox', { name: label, exact: true });
const language = (page: Page, label: string) => page.getByRole('combobox', { name: label, exact: true });
const password = (page: Page, label = fields.password) => page.getByLabel(label, { exact: true });
/** The dialog asks for a proof: the password. */
const prove = async (page: Page, words = PASSWORD): Promise<void> => {
  await page
    .getByRole('dialog', { name: account.proof.heading })
    .getByLabel(fields.password, { exact: true })
    .fill(words);
  await press(page, signIn.factor.action);
};
const section = (page: Page, heading: string) => page.getByRole('region', { name: heading, exact: true });
const open = (page: Page, summary: string) => page.locator('summary', { hasText: summary }).click();
const said = (page: Page, text: string) => page.getByText(text, { exact: true }).filter({ visible: true }).waitFor();
const focused = (page: Page) => page.evaluate<string>('document.activeElement.id');
const eventually = <Value>(get: () => Promise<Value>) => expect.poll(get, { timeout: PATIENCE_MS, interval: 20 });

const expectHeading = (page: Page, heading: string) =>
  page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();

const enter = async (page: Page, email: string, words = PASSWORD): Promise<void> => {
  await field(page, fields.email).fill(email);
  await password(page).fill(words);
  await press(page, signIn.action);
};

const expectAccount = (page: Page, email: string) => said(page, account.signedInAs.replace('{email}', email));

/** Above all else the page says that the session is over, and why. */
const expectEnded = (page: Page, why: string) =>
  page.getByRole('dialog', { name: account.ended.heading }).getByText(why, { exact: true }).waitFor();

/** A page on which somebody with an account has signed in. */
const signedIn = async (options: BrowserContextOptions & { email?: string } = {}) => {
  const { email = await newPerson('Ada Lovelace'), ...rest } = options;
  const opened = await newPage(rest);
  await opened.page.goto('/sign-in');
  await enter(opened.page, email);
  await expectAccount(opened.page, email);
  opened.asked.length = 0;
  return { ...opened, email };
};

/** Lets a proof of who sits there be too old. */
const forgetProof = (email: string) =>
  api.sql('UPDATE sessions SET proved_at = 0 WHERE user_id = (SELECT id FROM users WHERE email = ?)', email);

/** An authenticator of the browser's own, whose user is there. */
const withAuthenticator = async (page: Page): Promise<CDPSession> => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  return devtools;
};

/** Answers a route of the API in its place. */
const answering = (page: Page, path: string, status: number, code: string, headers: Record<string, string> = {}) =>
  page.route(`**/api/v1${path}`, (route) =>
    route.fulfill({ status, headers, json: { status: 'error', status_code: status, code, message: '', data: {} } }),
  );

/** Holds back the first call of a route, which goes on when what is answered is called. */
const holding = async (page: Page, path: string): Promise<() => Promise<void>> => {
  const arrived = Promise.withResolvers<Route>();
  await page.route(`**/api/v1${path}`, (route) => arrived.resolve(route));
  return async () => (await arrived.promise).continue();
};

describe('somebody who has no account', () => {
  it('opens one, verifies the address, signs in, and is led on all the way', async () => {
    const { page, faults, asked } = await newPage();
    await page.goto('/sign-up');
    await field(page, fields.email).fill('ada@example.com');
    await password(page).fill(PASSWORD);
    await field(page, fields.name).fill('Ada Lovelace');
    await language(page, fields.listening).click();
    await page.keyboard.type('fran');
    await page.getByRole('option', { name: 'français French', exact: true }).click();
    await press(page, signUp.action);
    await said(page, signUp.termsFlaw);
    expect([await focused(page), asked]).toEqual(['terms', []]);
    await page.getByLabel(TERMS).check();
    await press(page, signUp.action);
    await expectHeading(page, signUp.sent.heading);
    expect(await focused(page)).toBe('heading');
    await api.mail('ada@example.com');
    await press(page, signUp.sent.again);
    await said(page, signUp.sent.done);

    await page.goto((await api.mail('ada@example.com', 1)).link);
    await page.locator('main form button').click();
    await expectHeading(page, mailPages.pages['verify-email'].done.heading);
    await page.getByRole('link', { name: mailPages.signIn, exact: true }).click();
    await enter(page, 'ada@example.com');
    await expectAccount(page, 'ada@example.com');
    expect(await field(page, fields.name).inputValue()).toBe('Ada Lovelace');
    expect(await language(page, fields.speaking).inputValue()).toBe('American English');
    expect(await language(page, fields.listening).inputValue()).toBe('français');
    await press(page, account.signOut);
    await expectHeading(page, signIn.heading);
    // To leave a page that is still loading is a request that fails.
    await page.waitForLoadState();
    await page.goto('/account');
    await expectHeading(page, signIn.heading);
    await page.waitForLoadState();
    expect(faults).toEqual([]);
  });

  it('is told of each flaw at its field, and loses nothing that was typed', async () => {
    const { page, asked } = await newPage();
    await page.goto('/sign-up');
    await field(page, fields.email).fill('ada@');
    await password(page).fill('short');
    await page.getByLabel(TERMS).check();
    await press(page, signUp.action);
    await said(page, mailPages.password.flaws.short);
    expect([await focused(page), asked]).toEqual(['password', []]);
    await password(page).fill('password123');
    await press(page, signUp.action);
    await said(page, mailPages.address.flaw);
    await field(page, fields.email).fill('flawed@example.com');
    await press(page, signUp.action);
    await said(page, mailPages.password.flaws.known);
    await password(page).fill(PASSWORD);
    await language(page, fields.speaking).fill('no language at all');
    await said(page, fields.noLanguage);
    await press(page, signUp.action);
    await said(page, fields.languageFlaw);
    expect([await focused(page), await page.getAttribute('#speaking', 'aria-invalid')]).toEqual(['speaking', 'true']);
    await language(page, fields.speaking).fill('de-at');

    await page.context().setOffline(true);
    await press(page, signUp.action);
    await said(page, problems.offline);
    await page.context().setOffline(false);
    await answering(page, '/auth/signup', 429, 'RATE_LIMIT_EXCEEDED', { 'Retry-After': '120' });
    await press(page, signUp.action);
    await said(page, problems.tooMany.replace('{wait}', 'in 2 minutes'));
    await page.unroute('**/api/v1/auth/signup');
    await press(page, signUp.action);
    await expectHeading(page, signUp.sent.heading);
    await press(page, signUp.sent.otherAddress);
    await expectHeading(page, signUp.heading);
  });

  it('reads the terms beside what was typed, where the deployment has named them', async () => {
    const { page, faults } = await newPage();
    await page.goto('/sign-up');
    await page.getByLabel(TERMS).waitFor();
    expect(await page.getByRole('main').getByRole('link').allTextContents()).toEqual([signIn.heading]);
    await page.route('**/sign-up', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('id="terms-link" href=""', 'id="terms-link" href="/docs"');
      await route.fulfill({ response, body });
    });
    await page.reload();
    await field(page, fields.email).fill('ada@example.com');
    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'terms', exact: true }).click();
    expect(new URL((await opened).url()).pathname).toBe('/docs');
    expect(await page.getByLabel(TERMS).isChecked()).toBe(false);
    expect(await field(page, fields.email).inputValue()).toBe('ada@example.com');
    expect(faults).toEqual([]);
  });

  it('sends nothing twice, whatever is pressed meanwhile', async () => {
    const { page, asked } = await newPage();
    await page.goto('/sign-up');
    await field(page, fields.email).fill('twice@example.com');
    await password(page).fill(PASSWORD);
    await page.getByLabel(TERMS).check();
    const goOn = await holding(page, '/auth/signup');
    for (let n = 0; n < 3; n += 1) await button(page, signUp.action).evaluate((element: any) => element.click());
    await said(page, mailPages.working);
    await goOn();
    await expectHeading(page, signUp.sent.heading);
    expect(asked).toEqual(['POST /auth/signup']);
  });

  it('gets through with the keyboard alone', async () => {
    const { page, faults } = await newPage();
    await page.goto('/sign-up');
    await field(page, fields.email).focus();
    const type = async (text: string, tabs: number) => {
      await page.keyboard.type(text);
      for (let n = 0; n < tabs; n += 1) await page.keyboard.press('Tab');
    };
    await type('keyboard@example.com', 1);
    await type(PASSWORD, 2);
    await type('Grace Hopper', 1);
    await page.keyboard.type('Deut');
    await page.keyboard.press('ArrowDown');
    expect(await page.getAttribute('#speaking', 'aria-activedescendant')).toBe('speaking-0');
    await page.keyboard.press('Enter');
    expect(await language(page, fields.speaking).inputValue()).toBe('Deutsch');
    await page.keyboard.type('x');
    await page.keyboard.press('Escape');
    expect(await language(page, fields.speaking).inputValue()).toBe('Deutsch');
    await page.keyboard.press('Tab');
    await type('pt-br', 1);
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expectHeading(page, signUp.sent.heading);
    expect((await api.mail('keyboard@example.com')).subject).not.toBe('');
    expect(faults).toEqual([]);
  });
});

describe('somebody who signs in', () => {
  it('is told of each refusal in words', async () => {
    const { page } = await newPage();
    const email = await newPerson();
    await page.goto('/sign-in');
    await press(page, signIn.action);
    await said(page, mailPages.address.flaw);
    await enter(page, email, 'wrong');
    await said(page, signIn.refusals.INVALID_CREDENTIALS);
    expect(await field(page, fields.email).inputValue()).toBe(email);

    await api.call('POST', '/api/v1/auth/signup', {
      json: { email: 'unverified@example.com', password: PASSWORD, accepted_terms: true },
    });
    await enter(page, 'unverified@example.com');
    await said(page, signIn.refusals.EMAIL_NOT_VERIFIED);
    await press(page, signIn.sendAgain);
    await said(page, signUp.sent.done);
    await api.mail('unverified@example.com', 1);

    for (const [change, refusal] of [
      ['is_active = 0, deactivated_at = 1', signIn.refusals.ACCOUNT_DEACTIVATED],
      ['deleted_at = 1', signIn.refusals.ACCOUNT_DELETED],
    ] as const) {
      await api.sql(`UPDATE users SET ${change} WHERE email = ?`, email);
      await enter(page, email);
      await said(page, refusal);
      expect(await button(page, signIn.sendAgain).isVisible()).toBe(false);
    }
    for (let n = 0; n < 6; n += 1) await enter(page, 'nobody@example.com', `wrong ${n}`);
    await said(page, signIn.refusals.ACCOUNT_LOCKED.replace('{wait}', 'in 15 minutes'));
  });

  it('is told of a network that fails or takes too long, and of a service that is away', async () => {
    const { page } = await newPage();
    const email = await newPerson();
    await page.goto('/sign-in');
    for (const [status, headers, text] of [
      [503, { 'Retry-After': '5' }, problems.unavailable.replace('{wait}', 'in 5 seconds')],
      [500, {}, problems.unexpected],
    ] as const) {
      await answering(page, '/auth/login', status, '', headers);
      await enter(page, email);
      await said(page, text);
      await page.unroute('**/api/v1/auth/login');
    }
    await page.route('**/api/v1/auth/login', () => {});
    // The next deadline comes soon; those behind it are the usual ones.
    await page.evaluate(`(() => {
      const { timeout } = AbortSignal;
      AbortSignal.timeout = () => {
        AbortSignal.timeout = timeout;
        return timeout.call(AbortSignal, 300);
      };
    })()`);
    await enter(page, email);
    await said(page, problems.timeout);
    await page.unroute('**/api/v1/auth/login');
    await press(page, signIn.action);
    await expectAccount(page, email);
  });

  it.each([
    ['/docs', '/docs'],
    ['//evil.example/', '/account'],
    ['https://evil.example/', '/account'],
    ['javascript:alert(1)', '/account'],
    ['\\\\evil.example', '/account'],
  ])('goes on to a page of this origin that asked for it, and to no other: %s', async (next, path) => {
    const { page, faults } = await newPage();
    const email = await newPerson();
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await enter(page, email);
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    expect(page.url()).toBe(`${api.origin}${path}`);
    expect(faults).toEqual([]);
  });

  it('chooses a new password where it is forgotten, and a password manager knows whose', async () => {
    const { page, faults } = await newPage();
    const email = await newPerson();
    await page.goto('/sign-in');
    await field(page, fields.email).fill(email);
    await press(page, signIn.forgotten);
    await expectHeading(page, signIn.forgot.heading);
    expect(await field(page, fields.email).inputValue()).toBe(email);
    await press(page, signIn.forgot.action);
    await said(page, signIn.forgot.sent.text.replace('{email}', email));
    await page.goto((await api.mail(email)).link);
    expect(await page.inputValue('[autocomplete=username]')).toBe(email);
    await page.locator('#field').fill(NEW_PASSWORD);
    await page.locator('form button:not([type])').click();
    await page.getByRole('link', { name: mailPages.signIn, exact: true }).click();
    await enter(page, email, NEW_PASSWORD);
    await expectAccount(page, email);
    expect(faults).toEqual([]);
  });
});

describe('somebody who is signed in', () => {
  it('changes name and languages, is told where the network fails, and finds them after a reload', async () => {
    const { page, asked, email } = await signedIn();
    await field(page, fields.name).fill('Ada King');
    await language(page, fields.listening).fill('de-AT');
    await page.keyboard.press('Tab');
    await page.context().setOffline(true);
    await press(page, account.profile.action);
    await said(page, problems.offline);
    await page.context().setOffline(false);
    asked.length = 0;
    await press(page, account.profile.action);
    await said(page, account.profile.saved);
    expect(asked.filter((call) => call === 'PATCH /users/me')).toHaveLength(1);
    await page.reload();
    await expectAccount(page, email);
    expect(await field(page, fields.name).inputValue()).toBe('Ada King');
    expect(await language(page, fields.listening).inputValue()).toBe('Österreichisches Deutsch');
    await field(page, fields.name).fill('a\u202eb');
    await press(page, account.profile.action);
    await said(page, fields.nameFlaw);
  });

  it('cuts a picture, sees it before it is sent, and removes it', async () => {
    const { page, faults } = await signedIn();
    const picture = section(page, account.picture.heading);
    await page.setInputFiles('#file', { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await said(page, account.picture.flaws.unreadable);
    // Red on the left, blue on the right.
    const [left, right] = [
      { r: 255, g: 0, b: 0 },
      { r: 0, g: 0, b: 255 },
    ].map((background) => ({
      create: { width: 300, height: 300, channels: 3 as const, background },
    }));
    const wide = sharp({ create: { width: 600, height: 300, channels: 3, background: left?.create.background ?? '' } });
    const half = await sharp(right).png().toBuffer();
    const buffer = await wide
      .composite([{ input: half, left: 300, top: 0 }])
      .png()
      .toBuffer();
    await page.setInputFiles('#file', { name: 'b.png', mimeType: 'image/png', buffer });
    await page.getByRole('heading', { name: account.picture.cropHeading }).waitFor();
    const middle = () =>
      page.evaluate<number[]>(
        `[...document.getElementById('crop').getContext('2d').getImageData(256, 256, 1, 1).data]`,
      );
    await page.getByLabel(account.picture.leftRight).focus();
    await page.keyboard.press('Home');
    await eventually(middle).toEqual([255, 0, 0, 255]);
    await page.keyboard.press('End');
    await eventually(middle).toEqual([0, 0, 255, 255]);
    const canvas = await page.locator('#crop').boundingBox();
    if (!canvas) throw new Error('There is no preview.');
    await page.mouse.move(canvas.x + 20, canvas.y + 20);
    await page.mouse.down();
    await page.mouse.move(canvas.x + canvas.width - 5, canvas.y + 20, { steps: 5 });
    await page.mouse.up();
    await eventually(middle).toEqual([255, 0, 0, 255]);

    const goOn = await holding(page, '/users/me');
    await press(page, account.picture.use);
    await page.getByRole('progressbar', { name: account.picture.sending }).waitFor();
    await goOn();
    await said(page, account.picture.saved);
    await page.unroute('**/api/v1/users/me');
    const shown = picture.getByRole('img', { name: account.picture.alt, exact: true });
    await eventually(() => shown.evaluate((image: any) => image.complete && image.naturalWidth)).toBe(512);
    expect(await focused(page)).toBe('picture-heading');
    await answering(page, '/users/me', 400, 'INVALID_IMAGE');
    await page.setInputFiles('#file', { name: 'b.png', mimeType: 'image/png', buffer });
    await press(page, account.picture.use);
    await said(page, account.picture.flaws.INVALID_IMAGE);
    await page.unroute('**/api/v1/users/me');
    await press(page, account.picture.remove);
    await said(page, account.picture.removed);
    await said(page, account.picture.none);
    expect(faults).toEqual([]);
  });

  it('changes the password, and is signed out everywhere else', async () => {
    const { page, faults, email } = await signedIn();
    const other = await signedIn({ email });
    await page.reload();
    await expectAccount(page, email);
    const sessions = section(page, account.sessions.heading).getByRole('listitem');
    await eventually(() => sessions.count()).toBe(2);
    await open(page, account.password.change);
    expect(await page.inputValue('#password-form [autocomplete=username]')).toBe(email);
    await password(page, account.password.current).fill('wrong');
    await password(page, account.password.next).fill(NEW_PASSWORD);
    await press(page, account.password.action);
    await said(page, account.proof.INCORRECT_PASSWORD);
    await password(page, account.password.current).fill(PASSWORD);
    await password(page, account.password.next).fill(PASSWORD);
    await press(page, account.password.action);
    await said(page, mailPages.password.flaws.same);
    await password(page, account.password.next).fill(NEW_PASSWORD);
    await press(page, account.password.action);
    await said(page, account.password.saved);
    expect(await sessions.count()).toBe(1);

    // There, what was typed is kept until its owner is back.
    await field(other.page, fields.name).fill('Not saved yet');
    await press(other.page, account.profile.action);
    await expectEnded(other.page, account.ended.text);
    await other.page.getByRole('link', { name: signIn.heading, exact: true }).click();
    await enter(other.page, email, NEW_PASSWORD);
    await expectAccount(other.page, email);
    expect(await field(other.page, fields.name).inputValue()).toBe('Not saved yet');
    expect([faults, other.faults]).toEqual([[], []]);
  });

  it('asks for another address with a fresh proof, and sees that it waits', async () => {
    const { page, faults, email } = await signedIn();
    await forgetProof(email);
    await open(page, account.address.change);
    await field(page, account.address.label).fill(email);
    await press(page, account.address.action);
    await prove(page, 'wrong');
    await said(page, account.proof.INCORRECT_PASSWORD);
    await prove(page);
    await said(page, account.address.SAME_ADDRESS);
    await forgetProof(email);
    await field(page, account.address.label).fill(`new-${email}`);
    await button(page, account.address.action).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: account.proof.heading }).waitFor();
    expect(await focused(page)).toBe('proof-current');
    await page.keyboard.press('Escape');
    await said(page, account.declined);
    expect(await page.evaluate('document.activeElement.textContent')).toBe(account.address.action);
    expect(await field(page, account.address.label).inputValue()).toBe(`new-${email}`);
    await press(page, account.address.action);
    await prove(page);
    const waits = account.address.pending.replace('{email}', `new-${email}`);
    await said(page, waits);
    await page.reload();
    await open(page, account.address.change);
    await said(page, waits);
    await api.mail(`new-${email}`);
    expect(faults).toEqual([]);
  });

  it('signs other browsers out one by one, and all of them', async () => {
    const { page, faults, email } = await signedIn();
    for (let n = 0; n < 3; n += 1)
      await api.call('POST', '/api/v1/auth/login', { json: { email, password: PASSWORD } });
    await page.reload();
    await expectAccount(page, email);
    const sessions = section(page, account.sessions.heading);
    await eventually(() => sessions.getByRole('listitem').count()).toBe(4);
    await sessions.getByRole('button', { name: account.sessions.end }).first().click();
    await said(page, account.sessions.ended);
    expect([await sessions.getByRole('listitem').count(), await focused(page)]).toEqual([3, 'sessions-heading']);
    await press(page, account.sessions.endOthers);
    await said(page, account.sessions.othersEnded);
    expect(await sessions.getByRole('listitem').allTextContents()).toEqual([
      expect.stringContaining(account.sessions.current),
    ]);
    expect(faults).toEqual([]);
  });

  it('goes on in two tabs and after a reload, and hears in each that the session is over', async () => {
    const { page, faults, email } = await signedIn();
    const second = await page.context().newPage();
    for (const tab of [second, page]) {
      await tab.goto('/account');
      await expectAccount(tab, email);
    }
    await field(second, fields.name).fill('From the second tab');
    await press(second, account.profile.action);
    await said(second, account.profile.saved);
    await press(page, account.signOut);
    await expectHeading(page, signIn.heading);
    await press(second, account.profile.action);
    await expectEnded(second, account.ended.text);
    expect(faults).toEqual([]);
  });

  it('tries again where the account does not arrive', async () => {
    const { page, email } = await signedIn();
    await page.route('**/api/v1/users/me/factors', (route) => route.abort());
    await page.reload();
    await said(page, problems.offline);
    await page.unroute('**/api/v1/users/me/factors');
    await press(page, mailPages.retry);
    await expectAccount(page, email);
  });

  it('hears that the account was suspended', async () => {
    const { page, email } = await signedIn();
    await api.sql('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE email = ?', email);
    await press(page, account.profile.action);
    await expectEnded(page, account.ended.deactivated);
  });

  it('takes a copy of the data along, and closes the account until a day that is named', async () => {
    const { page, faults, email } = await signedIn();
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, account.data.action)]);
    expect(download.suggestedFilename()).toBe('account.json');
    await said(page, account.data.saved);
    await open(page, account.leave.soft.summary);
    const day = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(
      Date.now() + 30 * 86_400_000,
    );
    await press(page, account.leave.soft.action);
    await page.getByRole('dialog', { name: account.leave.soft.confirm.replace('{date}', day) }).waitFor();
    await press(page, account.cancel);
    await said(page, account.declined);
    await press(page, account.leave.soft.action);
    await press(page, signIn.factor.action);
    await said(page, account.leave.left.text.replace('{date}', day));
    expect((await api.mail(email)).text).toContain(day);
    expect(faults).toEqual([]);
  });

  it('erases the account for good by typing its address', async () => {
    const { page, faults, email } = await signedIn();
    await open(page, account.leave.hard.summary);
    await field(page, account.leave.hard.label).fill('somebody@example.com');
    await press(page, account.leave.hard.action);
    await said(page, account.leave.hard.flaw);
    await field(page, account.leave.hard.label).fill(email);
    await press(page, account.leave.hard.action);
    await expectHeading(page, account.leave.erased.heading);
    expect((await api.call('POST', '/api/v1/auth/login', { json: { email, password: PASSWORD } })).status).toBe(401);
    expect(faults).toEqual([]);
  });
});

describe('a second factor', () => {
  it('is an app, set up by a code that is scanned, and then signs in, as recovery codes do', async () => {
    const { page, faults, email } = await signedIn();
    await forgetProof(email);
    await open(page, account.factors.addApp);
    await press(page, account.factors.appBegin);
    await page.getByRole('img', { name: account.factors.qr }).waitFor();
    const secret = ((await page.textContent('#secret')) ?? '').replaceAll(' ', '');
    expect(await page.getAttribute('#otpauth', 'href')).toContain(`secret=${secret}`);
    await field(page, account.factors.appCode).fill('000000');
    await press(page, account.factors.appAction);
    await said(page, account.factors.refusals.INVALID_CODE);
    await field(page, account.factors.appCode).fill(codeOf(secret));
    await press(page, account.factors.appAction);
    await prove(page);
    const codes = page.getByRole('dialog', { name: account.factors.recovery.heading });
    await codes.waitFor();
    const [first = ''] = await codes.getByRole('listitem').allTextContents();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      press(page, account.factors.recovery.download),
    ]);
    expect(download.suggestedFilename()).toBe('recovery-codes.txt');
    await page.keyboard.press('Escape');
    expect(await codes.isVisible()).toBe(true);
    await press(page, account.factors.recovery.close);
    await said(page, account.factors.appAdded);
    await said(page, account.factors.recovery.left.replace('{count}', '10'));

    await press(page, account.signOut);
    await enter(page, email);
    await expectHeading(page, signIn.factor.heading);
    await field(page, signIn.factor.code).fill('000000');
    await press(page, signIn.factor.action);
    await said(page, signIn.refusals.INVALID_SECOND_FACTOR);
    await field(page, signIn.factor.code).fill(codeOf(secret, Date.now() + 30_000));
    await press(page, signIn.factor.action);
    await expectAccount(page, email);

    await press(page, account.signOut);
    await enter(page, email);
    await open(page, signIn.factor.useRecovery);
    await field(page, signIn.factor.recoveryCode).fill(first.toLowerCase());
    await page.keyboard.press('Enter');
    await expectAccount(page, email);
    await said(page, account.factors.recovery.left.replace('{count}', '9'));

    await press(page, account.factors.recovery.renew);
    await press(page, signIn.factor.action);
    await press(page, account.factors.recovery.close);
    await open(page, account.factors.rename);
    const factors = section(page, account.factors.heading);
    await factors.getByRole('listitem').getByRole('textbox').fill('Telephone');
    await press(page, account.factors.save);
    await said(page, account.factors.renamed);
    await press(page, account.factors.remove);
    await page.getByRole('dialog', { name: account.factors.confirmRemoval.replace('{name}', 'Telephone') }).waitFor();
    await press(page, signIn.factor.action);
    await said(page, account.factors.removed);
    await said(page, account.factors.none);
    expect(faults).toEqual([]);
  });

  it('is a passkey, which is a proof, and signs in alone', async () => {
    const { page, faults, email } = await signedIn();
    const devtools = await withAuthenticator(page);
    await open(page, account.factors.addPasskey);
    await page.locator('#passkey-name').fill('This browser');
    await press(page, account.factors.passkeyAction);
    await press(page, account.factors.recovery.close);
    await said(page, account.factors.passkeyAdded);
    await open(page, account.factors.addPasskey);
    await press(page, account.factors.passkeyAction);
    await said(page, account.factors.refusals.PASSKEY_EXISTS);
    await forgetProof(email);
    await open(page, account.address.change);
    await field(page, account.address.label).fill(`passkey-${email}`);
    await press(page, account.address.action);
    await press(page, signIn.factor.usePasskey);
    await said(page, account.address.pending.replace('{email}', `passkey-${email}`));

    // This authenticator answers at once what a browser offers by itself.
    await press(page, account.signOut);
    await page.waitForURL('**/sign-in');
    await page.waitForURL('**/account');
    await expectAccount(page, email);

    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false;');
    await press(page, account.signOut);
    await press(page, signIn.byPasskey);
    await expectAccount(page, email);
    await press(page, account.signOut);
    await expectHeading(page, signIn.heading);
    await enter(page, email);
    await expectHeading(page, signIn.factor.heading);
    await press(page, signIn.factor.usePasskey);
    await expectAccount(page, email);
    await devtools.send('WebAuthn.disable');
    await press(page, account.signOut);
    await expectHeading(page, signIn.heading);
    await page.evaluate(
      'navigator.credentials.get = async () => { throw new DOMException("No.", "NotAllowedError"); }',
    );
    await press(page, signIn.byPasskey);
    await said(page, signIn.refusals.noPasskey);
    expect(faults).toEqual([]);
  });
});

describe('to everybody', () => {
  const expectAccessible = async (page: Page, state: string): Promise<void> => {
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate<axe.AxeResults>(
        `axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })`,
      );
      expect(
        violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
        `${state}, ${colorScheme}`,
      ).toEqual([]);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth'), state).toBe(320);
  };
  const NARROW = { viewport: { width: 320, height: 640 } };

  it('each state of signing up and in is accessible, in light and in dark, on the narrowest telephone', async () => {
    const { page } = await newPage(NARROW);
    await page.goto('/sign-up');
    await press(page, signUp.action);
    await language(page, fields.speaking).click();
    await page.getByRole('option').first().waitFor();
    await expectAccessible(page, 'sign-up');
    await field(page, fields.email).fill('axe@example.com');
    await password(page).fill(PASSWORD);
    await page.getByLabel(TERMS).check();
    await press(page, signUp.action);
    await expectHeading(page, signUp.sent.heading);
    await expectAccessible(page, 'sent');
    await page.goto('/sign-in');
    await enter(page, 'axe@example.com');
    await said(page, signIn.refusals.EMAIL_NOT_VERIFIED);
    await expectAccessible(page, 'sign-in');
    await press(page, signIn.forgotten);
    await expectAccessible(page, 'forgotten');
    await page.goto('/sign-in');
    await page.route('**/api/v1/auth/login', (route) =>
      route.fulfill({
        json: {
          status: 'second_factor_required',
          ...{ challenge: 'a', expires_in: 300, factors: ['passkey', 'authenticator', 'recovery_code'] },
        },
      }),
    );
    await enter(page, 'axe@example.com');
    await open(page, signIn.factor.useRecovery);
    await expectAccessible(page, 'second factor');
  });

  it('each part of the account is accessible, in light and in dark, on the narrowest telephone', async () => {
    const { page } = await signedIn(NARROW);
    await open(page, account.factors.addApp);
    await press(page, account.factors.appBegin);
    await page.getByRole('img', { name: account.factors.qr }).waitFor();
    await page.evaluate(`for (const part of document.querySelectorAll('main details')) part.open = true`);
    const buffer = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#ff0000' } })
      .png()
      .toBuffer();
    await page.setInputFiles('#file', { name: 'a.png', mimeType: 'image/png', buffer });
    await page.getByRole('heading', { name: account.picture.cropHeading }).waitFor();
    await expectAccessible(page, 'account');
    for (const id of ['proof', 'codes', 'ended']) {
      await page.evaluate(`document.getElementById('${id}').showModal()`);
      await expectAccessible(page, id);
      await page.evaluate(`document.getElementById('${id}').close()`);
    }
  });

  it('has room in each language on the narrowest telephone', async () => {
    const { page, email } = await signedIn(NARROW);
    for (const reader of READER_LANGUAGES) {
      await page.goto(`/account?lang=${reader}`);
      await page.locator('main p', { hasText: email }).first().waitFor();
      await page.evaluate(`for (const part of document.querySelectorAll('main details')) part.open = true`);
      expect(await page.evaluate('document.documentElement.scrollWidth'), reader).toBe(320);
      await page.goto(`/sign-up?lang=${reader}`);
      expect(await page.evaluate('document.documentElement.scrollWidth'), reader).toBe(320);
    }
  });

  it('changes its language without losing what was typed', async () => {
    const { page } = await signedIn();
    await field(page, fields.name).fill('Not saved yet');
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await eventually(() => page.getAttribute('html', 'lang')).toBe('de');
    expect(page.url()).toBe(`${api.origin}/account?lang=de`);
    expect(await page.inputValue('#full-name')).toBe('Not saved yet');
    expect(await page.inputValue('#speaking')).toBe('English');
    await page.locator('#profile-form button:not([type])').click();
    await eventually(() => page.textContent('#profile-form [role=status]')).not.toBe('');
  });

  it('loads a page, a style and a script, and nothing from elsewhere', async () => {
    const { page, faults } = await newPage();
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    for (const name of ['sign-up', 'sign-in', 'account']) {
      loaded.length = 0;
      await page.goto(`/${name}`);
      await page.waitForLoadState('networkidle');
      const files = loaded.filter((path) => !path.startsWith('/api/'));
      expect(files.slice(0, 3)).toEqual([`/${name}`, '/pages/people.css', `/pages/${name}.js`]);
    }
    expect(faults).toEqual([]);
  });
});
