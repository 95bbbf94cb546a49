import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../soft-factors.ts';
import { type Api, PASSWORD, serveApi } from './api.ts';
import { launchBrowser, openPage } from './browser.ts';

// Passkeys as a real browser makes and uses them, with an authenticator of its own that has its user verified, in a page of the
// API's own origin; authenticator apps and recovery codes beside them.

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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

/** A page of the API's origin, whose browser has a virtual authenticator, and somebody who has an account. */
const newVisitor = async () => {
  people += 1;
  const email = `factor-${people}@example.com`;
  await api.insertAccount(email, 'Ada Lovelace');
  const { page, faults } = await openPage(browser, api.origin);
  await page.goto('/docs');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  return { email, page, faults, devtools, authenticatorId };
};

/** The code that comes after the one that an app was added by; it is good already. */
const nextCode = (secret: string): string => codeOf(secret, Date.now() + 30_000);

type Answer = { status: number; body: any };

/** What a page of a front end does: asks the API with the browser's own cookies. */
const ask = (page: Page, method: string, path: string, json?: object, token?: string): Promise<Answer> =>
  page.evaluate(
    async ([method, path, json, token]) => {
      const answer = await fetch(`/api/v1${path}`, {
        method: String(method),
        headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
        ...(json ? { body: JSON.stringify(json) } : {}),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    [method, path, json, token] as const,
  );

/** The browser makes a passkey by the options as they came. */
const create = (page: Page, options: object): Promise<any> =>
  page.evaluate(async (options) => {
    const { PublicKeyCredential: type } = globalThis as any;
    const publicKey = type.parseCreationOptionsFromJSON(options);
    return ((await (navigator as any).credentials.create({ publicKey })) as any).toJSON();
  }, options);

const get = (page: Page, options: object): Promise<any> =>
  page.evaluate(async (options) => {
    const { PublicKeyCredential: type } = globalThis as any;
    const publicKey = type.parseRequestOptionsFromJSON(options);
    return ((await (navigator as any).credentials.get({ publicKey })) as any).toJSON();
  }, options);

const logIn = (page: Page, email: string): Promise<Answer> =>
  ask(page, 'POST', '/auth/login', { email, password: PASSWORD });

const addPasskey = async (page: Page, token: string): Promise<Answer> => {
  const { body } = await ask(page, 'POST', '/users/me/factors/passkeys/options', undefined, token);
  const passkey = await create(page, body.passkey_options);
  const json = { challenge: body.challenge, name: 'This browser', passkey };
  return ask(page, 'POST', '/users/me/factors/passkeys', json, token);
};

const signInByPasskey = async (page: Page): Promise<Answer> => {
  const { body } = await ask(page, 'POST', '/auth/login/passkey-options');
  const passkey = await get(page, body.passkey_options);
  return ask(page, 'POST', '/auth/login/passkey', { challenge: body.challenge, passkey });
};

const countOf = async (devtools: CDPSession, authenticatorId: string): Promise<number[]> =>
  (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials.map(({ signCount }) => signCount);

// ASVS 6.3.3
describe('a passkey of a real browser', () => {
  it('is made, signs in alone without a name, completes a sign-in with a password, and is a fresh proof', async () => {
    const { email, page, faults, devtools, authenticatorId } = await newVisitor();
    const { access_token: token } = (await logIn(page, email)).body;
    const added = await addPasskey(page, token);
    expect([added.status, added.body.factor.kind, added.body.recovery_codes.length]).toEqual([201, 'passkey', 10]);

    const alone = await signInByPasskey(page);
    expect([alone.status, alone.body.token_type]).toEqual([200, 'bearer']);
    expect((await ask(page, 'GET', '/users/me', undefined, alone.body.access_token)).body.email).toBe(email);
    // The refresh cookie is this browser's.
    expect((await ask(page, 'POST', '/auth/refresh-token')).status).toBe(200);

    const asked = await logIn(page, email);
    expect(asked.body).toMatchObject({ status: 'second_factor_required', factors: ['passkey', 'recovery_code'] });
    const passkey = await get(page, asked.body.passkey_options);
    const completion = { challenge: asked.body.challenge, passkey };
    const completed = await ask(page, 'POST', '/auth/login/second-factor', completion);
    expect(completed.status).toBe(200);
    expect((await ask(page, 'POST', '/auth/login/second-factor', completion)).body.code).toBe('CHALLENGE_EXPIRED');

    const { access_token: now } = completed.body;
    const proof = (await ask(page, 'POST', '/auth/prove/passkey-options', undefined, now)).body;
    const json = { challenge: proof.challenge, passkey: await get(page, proof.passkey_options) };
    expect((await ask(page, 'POST', '/auth/prove', json, now)).status).toBe(200);
    // Each use was counted, and stored.
    expect(await countOf(devtools, authenticatorId)).toEqual([4]);
    const [factor] = (await ask(page, 'GET', '/users/me/factors', undefined, now)).body.factors;
    expect(factor).toMatchObject({ name: 'This browser', last_used_at: expect.stringMatching(/Z$/) });
    expect(faults).toEqual([]);
  });

  it('is not made twice for one account, nor used where its user is not verified', async () => {
    const { email, page, devtools, authenticatorId } = await newVisitor();
    const { access_token: token } = (await logIn(page, email)).body;
    await addPasskey(page, token);
    await expect(addPasskey(page, token)).rejects.toThrow(/InvalidStateError/);
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await expect(signInByPasskey(page)).rejects.toThrow(/NotAllowedError/);
  });

  it('opens nothing any more once it was removed', async () => {
    const { email, page } = await newVisitor();
    const { access_token: token } = (await logIn(page, email)).body;
    const { id } = (await addPasskey(page, token)).body.factor;
    expect((await ask(page, 'DELETE', `/users/me/factors/${id}`, undefined, token)).status).toBe(204);
    expect(await signInByPasskey(page)).toMatchObject({ status: 401, body: { code: 'INVALID_SECOND_FACTOR' } });
    expect((await logIn(page, email)).body.access_token).toBeDefined();
  });
});

describe('the reference', () => {
  const status = (page: Page) => page.getByRole('status');
  const signOut = async (page: Page) => {
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('E-mail address').waitFor();
  };

  it('signs in with a passkey alone, and asks for a second factor behind a password', async () => {
    const { email, page, faults } = await newVisitor();
    const { access_token: token } = (await logIn(page, email)).body;
    const { body } = await ask(page, 'POST', '/users/me/factors/authenticators/options', undefined, token);
    const json = { setup: body.setup, code: codeOf(body.secret), name: 'Telephone' };
    const { recovery_codes } = (await ask(page, 'POST', '/users/me/factors/authenticators', json, token)).body;
    await addPasskey(page, token);

    await page.getByRole('button', { name: 'Sign in with a passkey', exact: true }).click();
    await page.getByText('Signed in as').waitFor();
    expect(await page.locator('#who').textContent()).toBe(email);
    await signOut(page);

    const password = async () => {
      await page.getByLabel('E-mail address').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByLabel('Code or recovery code').waitFor();
    };
    await password();
    await page.evaluate(AXE);
    const { violations } = (await page.evaluate(`axe.run({ resultTypes: ['violations'] })`)) as {
      violations: object[];
    };
    expect(violations).toEqual([]);
    await page.getByLabel('Code or recovery code').fill('000000');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await status(page).getByText('not right').waitFor();
    await page.getByLabel('Code or recovery code').fill(nextCode(body.secret));
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await page.getByText('Signed in as').waitFor();
    await signOut(page);

    await password();
    await page.getByRole('button', { name: 'Use a passkey', exact: true }).click();
    await page.getByText('Signed in as').waitFor();
    await signOut(page);

    await password();
    await page.getByRole('button', { name: 'Begin again', exact: true }).click();
    await page.getByLabel('E-mail address').waitFor();
    await password();
    await page.getByLabel('Code or recovery code').fill(recovery_codes[0]);
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await page.getByText('Signed in as').waitFor();
    expect(faults).toEqual([]);
  });
});

describe('an authenticator app beside a real browser', () => {
  it('completes a sign-in, and a recovery code does once it is lost', async () => {
    const { email, page, faults } = await newVisitor();
    const { access_token: token } = (await logIn(page, email)).body;
    const { body } = await ask(page, 'POST', '/users/me/factors/authenticators/options', undefined, token);
    const json = { setup: body.setup, code: codeOf(body.secret), name: 'Telephone' };
    const added = await ask(page, 'POST', '/users/me/factors/authenticators', json, token);
    expect(added.status).toBe(201);
    expect((await api.mail(email)).subject).toContain('authenticator app');
    const complete = async (given: object) =>
      ask(page, 'POST', '/auth/login/second-factor', {
        challenge: (await logIn(page, email)).body.challenge,
        ...given,
      });
    expect((await complete({ code: nextCode(body.secret) })).status).toBe(200);
    expect((await complete({ recovery_code: added.body.recovery_codes[0] })).status).toBe(200);
    expect((await complete({ recovery_code: added.body.recovery_codes[0] })).status).toBe(401);
    expect((await api.mail(email, 1)).subject).toContain('recovery code');
    expect(faults).toEqual([]);
  });
});
