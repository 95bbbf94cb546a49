import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestHarness } from 'wrangler';
import { newSigningKey, signAccessToken } from '../../src/accounts/tokens/access-token.ts';
import { type AccountsClientOptions, AccountsError, accountsClient } from '../../src/client/client.ts';
import { accountsService } from '../../src/client/service.ts';
import { expectPromised } from '../conformance.ts';
import { apiWithCheapHashes } from './cheap-hashes.ts';

// The typed client against both Workers from their real configurations. A browser stands around it as far as it needs
// one: something that keeps cookies.

const ROOT = resolve(import.meta.dirname, '../..');
const PASSWORD = 'correct horse battery staple';
const MINUTE = 60 * 1000;
const REFRESH = 'POST /api/v1/auth/refresh-token';
const ME = 'GET /api/v1/users/me';
const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });

let server: ReturnType<typeof createTestHarness>;
let origin: string;
let signingKey: string;

beforeAll(async () => {
  for (const level of ['log', 'info'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  signingKey = await newSigningKey();
  const shared = { MAIL_LINK_KEYS: keys('client links'), SERVICE_KEYS: keys('client services') };
  const secrets = {
    SIGNING_KEY_A: signingKey,
    SIGNING_KEY_B: '',
    TOKEN_KEYS: keys('client'),
    FACTOR_KEYS: keys('client factors'),
    ...shared,
  };
  server = createTestHarness({
    workers: [
      { configPath: apiWithCheapHashes(), vars: { RATE_LIMITS: 'off' }, secrets },
      { configPath: 'src/mailer/wrangler.toml', secrets: shared },
    ],
  });
  origin = (await server.listen()).url.origin;
  await server.getWorker<Env>().applyD1Migrations('DB');
});
afterAll(() => server.close());
afterEach(() => void vi.useRealTimers());

const change = async (statement: string, ...values: unknown[]): Promise<void> => {
  const { DB } = await server.getWorker<Env>().getEnv();
  await DB.prepare(statement)
    .bind(...values)
    .run();
};

/** A browser on a page of another origin: keeps the API's cookies where it is asked to, and notes what was asked. */
const newBrowser = () => {
  const cookies = new Map<string, string>();
  const asked: string[] = [];
  const browse: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    asked.push(`${init?.method} ${pathname}`);
    const headers = new Headers(init?.headers);
    const { credentials } = init as { credentials?: string };
    if (pathname.startsWith('/api/v1/auth/') && credentials === 'include') {
      headers.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    }
    const answer = await fetch(input, { ...init, headers });
    const { status, headers: given } = answer;
    expectPromised(init?.method ?? '', String(input), { status, headers: given, text: await answer.clone().text() });
    for (const cookie of credentials === 'include' ? answer.headers.getSetCookie() : []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/; Max-Age=0/.test(cookie)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return { fetch: browse, asked, count: (request: string) => asked.filter((it) => it === request).length };
};

/** The same browser, with a first login of which the token had run out already when it arrived. */
const withTokenRunOut = (browse: typeof fetch): typeof fetch => {
  let isFirst = true;
  return async (input, init) => {
    const answer = await browse(input, init);
    if (!isFirst || !String(input).endsWith('/login')) return answer;
    isFirst = false;
    const body = (await answer.json()) as { access_token: string };
    const { iss = '', aud, sub, sid } = decodeJwt(body.access_token);
    const names = { issuer: iss, audience: String(aud) };
    const session = { id: String(sid), userId: Number(sub) };
    const longAgo = new Date(Date.now() - 20 * MINUTE);
    const access_token = await signAccessToken([signingKey, ''], names, session, longAgo);
    return Response.json({ ...body, access_token });
  };
};

/** The same browser, but for the first request of a kind: its answer is held back until it is released. */
const withHeld = (browse: typeof fetch, request: string) => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let isFirst = true;
  const held: typeof fetch = async (input, init) => {
    const isHeld = isFirst && `${init?.method} ${new URL(String(input)).pathname}` === request;
    if (isHeld) isFirst = false;
    const answer = await browse(input, init);
    if (isHeld) {
      begin();
      await released;
    }
    return answer;
  };
  return { fetch: held, begun, release };
};

let accounts = 0;

/** Makes a verified account. Only the first signs up; the others have its password. */
const newAddress = async (name = 'Ada Lovelace'): Promise<string> => {
  accounts += 1;
  const email = `user-${accounts}@example.com`;
  if (accounts === 1) {
    const form = { email, password: PASSWORD, accepted_terms: true, full_name: name } as const;
    await accountsClient(origin).api.v1.auth.signup.$post({ json: form });
    await change('UPDATE users SET is_verified = 1');
  } else {
    await change(
      `INSERT INTO users (email, full_name, password_hash, is_verified, accepted_terms_at, created_at, updated_at)
       SELECT ?, ?, password_hash, 1, accepted_terms_at, created_at, updated_at FROM users WHERE id = 1`,
      email,
      name,
    );
  }
  return email;
};

/** Somebody who has just signed in with a new account. */
const signedIn = async (options: AccountsClientOptions = {}) => {
  const email = await newAddress();
  const browser = newBrowser();
  const onSessionEnd = vi.fn<(refusal: AccountsError) => void>();
  const client = accountsClient(origin, { fetch: browser.fetch, onSessionEnd, ...options });
  const { user_id } = await client.signIn(email, PASSWORD);
  browser.asked.length = 0;
  return { ...client, me: client.api.v1.users.me, id: user_id, email, browser, onSessionEnd };
};

/** Somebody who has signed in with a token that has run out, which the client cannot know. */
const signedInLongAgo = async () => {
  const browser = newBrowser();
  return { ...(await signedIn({ fetch: withTokenRunOut(browser.fetch) })), browser };
};

const refusalOf = async (call: Promise<unknown>): Promise<AccountsError> => {
  const refusal = await call.catch((error: unknown) => error);
  if (refusal instanceof AccountsError) return refusal;
  throw new Error('It was not refused.', { cause: refusal });
};

describe('the typed client', () => {
  it('signs in, reads and changes the profile, and uploads a picture', async () => {
    const { me, id, email } = await signedIn();
    expect(await (await me.$get()).json()).toMatchObject({ id, email, full_name: 'Ada Lovelace', avatar_url: null });
    const changed = await (await me.$patch({ json: { listening_language: 'pt-br', full_name: null } })).json();
    expect([changed.listening_language, changed.full_name]).toEqual(['pt-BR', null]);

    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const avatar = new File([new Uint8Array(png)], 'me.png');
    const pictured = await (await me.$patch({ form: { full_name: 'Ada', avatar } })).json();
    expect([pictured.full_name, pictured.listening_language]).toEqual(['Ada', 'pt-BR']);
    expect((await fetch(pictured.avatar_url ?? '')).headers.get('Content-Type')).toBe('image/webp');
  });

  it('says what was refused, and why, and repeats nothing for it', async () => {
    const { me, api, signIn, email, browser } = await signedIn();
    const invalid = await refusalOf(me.$patch({ json: { full_name: '', speaking_language: 'xx' } }));
    expect(invalid).toMatchObject({ status: 400, code: 'INVALID_LANGUAGE_CODE', requestId: expect.any(String) });
    expect(invalid.errors.map(({ field }) => field)).toEqual(['body.full_name', 'body.speaking_language']);
    expect(await refusalOf(api.v1.users.$get({ query: {} }))).toMatchObject({ status: 403, code: undefined });
    expect(await refusalOf(signIn(email, 'not that'))).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
    expect(browser.asked).toHaveLength(3);
  });

  it('knows a refusal by something in front of the API, which has no code', async () => {
    const busy = async () => new Response('<h1>Too many</h1>', { status: 429, headers: { 'Retry-After': '60' } });
    const { api } = accountsClient(origin, { fetch: busy });
    const refusal = await refusalOf(api.v1.users.me.$get());
    expect(refusal).toMatchObject({ status: 429, code: undefined, errors: [], retryAfterSeconds: 60 });
    expect(refusal.message).toBe('The API answered 429.');
  });

  it('renews a token that the API does not take any more once for twenty simultaneous calls, which all succeed', async () => {
    const { me, id, browser, onSessionEnd } = await signedInLongAgo();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await me.$get()).json()));
    expect(answers.map((answer) => answer.id)).toEqual(Array(20).fill(id));
    expect([browser.count(REFRESH), browser.count(ME)]).toEqual([1, 40]);
    await me.$get();
    expect([browser.count(REFRESH), browser.count(ME)]).toEqual([1, 41]);
    expect(onSessionEnd).not.toHaveBeenCalled();
  });

  it('renews for a call no token that another call has renewed, or is renewing', async () => {
    const browser = newBrowser();
    const late = withHeld(browser.fetch, ME);
    const renewal = withHeld(late.fetch, REFRESH);
    const { me } = await signedIn({ fetch: withTokenRunOut(renewal.fetch) });
    browser.asked.length = 0;
    const first = me.$get();
    await late.begun;
    const second = me.$get();
    await renewal.begun;
    const third = me.$get();
    renewal.release();
    await Promise.all([second, third]);
    late.release();
    await first;
    // The first and the second twice, the third, which waited, once.
    expect([browser.count(REFRESH), browser.count(ME)]).toEqual([1, 5]);
  });

  it('renews a token that is about to run out before it is used, once, also for calls that come meanwhile', async () => {
    const browser = newBrowser();
    const { fetch, begun, release } = withHeld(browser.fetch, REFRESH);
    const { me } = await signedIn({ fetch });
    browser.asked.length = 0;
    await me.$get();
    expect(browser.asked).toEqual([ME]);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 14.75 * MINUTE });
    const first = me.$get();
    await begun;
    const others = Array.from({ length: 9 }, () => me.$get());
    release();
    await Promise.all([first, ...others]);
    expect([browser.count(REFRESH), browser.count(ME)]).toEqual([1, 11]);
    expect(browser.asked[1]).toBe(REFRESH);
  });

  it('repeats an upload that was refused for its token, and no body that can be read once only', async () => {
    const { me, browser } = await signedInLongAgo();
    browser.asked.length = 0;
    const body = new Blob(['{"full_name":"Grace"}']).stream();
    const init = { body, duplex: 'half', headers: { 'Content-Type': 'application/json' } };
    const streamed = () => me.$patch({}, { init });
    expect(await refusalOf(streamed())).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
    expect(browser.asked).toEqual(['PATCH /api/v1/users/me', REFRESH]);
    expect((await (await me.$get()).json()).full_name).toBe('Ada Lovelace');

    const other = await signedInLongAgo();
    const changed = await (await other.me.$patch({ form: { full_name: 'Grace' } })).json();
    expect(changed.full_name).toBe('Grace');
  });

  it('tells once that a session was ended, refuses what was asked, and asks for no renewal', async () => {
    const { me, email, browser, onSessionEnd } = await signedIn();
    const elsewhere = accountsClient(origin, { fetch: newBrowser().fetch });
    await elsewhere.signIn(email, PASSWORD);
    const own = elsewhere.api.v1.users.me.sessions;
    const { sessions } = await (await own.$get()).json();
    const id = sessions.find(({ current }) => !current)?.id ?? '';
    expect((await own[':id'].$delete({ param: { id } })).status).toBe(204);

    const refusals = await Promise.all(Array.from({ length: 5 }, () => refusalOf(me.$get())));
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['TOKEN_REVOKED']));
    expect(onSessionEnd.mock.calls).toEqual([[expect.objectContaining({ code: 'TOKEN_REVOKED' })]]);
    expect((await refusalOf(me.$get())).code).toBe('INVALID_CREDENTIALS');
    expect(browser.asked).toEqual(Array(6).fill(ME));
  });

  it('repeats a call in the session that began while it was refused for the one before', async () => {
    const browser = newBrowser();
    const { fetch, begun, release } = withHeld(browser.fetch, ME);
    const { me, id, email, signIn } = await signedIn({ fetch });
    await change('DELETE FROM sessions WHERE user_id = ?', id);
    const late = me.$get();
    await begun;
    await signIn(email, PASSWORD);
    release();
    expect((await late).status).toBe(200);
    expect(browser.count(REFRESH)).toBe(0);
  });

  it('tells once that a renewal was refused, to every call that waited for it', async () => {
    const { me, id, browser, onSessionEnd } = await signedInLongAgo();
    await change('DELETE FROM sessions WHERE user_id = ?', id);
    browser.asked.length = 0;
    const refusals = await Promise.all(Array.from({ length: 5 }, () => refusalOf(me.$get())));
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['INVALID_REFRESH_TOKEN']));
    expect(onSessionEnd).toHaveBeenCalledOnce();
    await refusalOf(me.$get());
    expect([browser.count(REFRESH), browser.count(ME)]).toEqual([1, 6]);
  });

  it('tells the same to a call whose own answer comes after the renewal was refused', async () => {
    const browser = newBrowser();
    const { fetch, begun, release } = withHeld(withTokenRunOut(browser.fetch), ME);
    const { me, id } = await signedIn({ fetch });
    await change('DELETE FROM sessions WHERE user_id = ?', id);
    const late = refusalOf(me.$get());
    await begun;
    expect((await refusalOf(me.$get())).code).toBe('INVALID_REFRESH_TOKEN');
    release();
    expect((await late).code).toBe('INVALID_REFRESH_TOKEN');
    expect(browser.count(REFRESH)).toBe(1);
  });

  it('tells a suspended user so, with the next call and with the next renewal', async () => {
    const [now, later, admin] = [await signedIn(), await signedInLongAgo(), await signedIn()];
    await change(`UPDATE users SET role = 'admin' WHERE id = ?`, admin.id);
    for (const { id } of [now, later]) await admin.api.v1.users.deactivate.$patch({ json: { user_id: id } });
    const suspended = await (await admin.api.v1.users[':id'].$get({ param: { id: String(now.id) } })).json();
    expect(suspended.data.user.is_active).toBe(false);
    for (const { me, onSessionEnd } of [now, later]) {
      expect(await refusalOf(me.$get())).toMatchObject({ status: 403, code: 'ACCOUNT_DEACTIVATED' });
      expect(onSessionEnd.mock.calls).toEqual([[expect.objectContaining({ code: 'ACCOUNT_DEACTIVATED' })]]);
    }
  });

  it('renews the token of an administrator, whose routes refuse without a code', async () => {
    const { api, id, browser } = await signedInLongAgo();
    await change(`UPDATE users SET role = 'admin' WHERE id = ?`, id);
    const { data } = await (await api.v1.users.$get({ query: { limit: '1' } })).json();
    expect(data.users).toHaveLength(1);
    expect(browser.count(REFRESH)).toBe(1);
  });

  it('lets the failure of the network through, and goes on when it is back', async () => {
    const browser = newBrowser();
    const offline = vi.fn<() => boolean>(() => false);
    const gone = new TypeError('fetch failed');
    const { me, onSessionEnd, signOut } = await signedIn({
      fetch: (input, init) => (offline() ? Promise.reject(gone) : browser.fetch(input, init)),
    });
    offline.mockReturnValue(true);
    await expect(me.$get()).rejects.toBe(gone);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20 * MINUTE });
    await expect(Promise.all([me.$get(), me.$get()])).rejects.toBe(gone);
    offline.mockReturnValue(false);
    expect((await me.$get()).status).toBe(200);

    offline.mockReturnValue(true);
    await expect(signOut()).rejects.toBe(gone);
    offline.mockReturnValue(false);
    await signOut();
    const page = accountsClient(origin, { fetch: browser.fetch });
    expect((await refusalOf(page.api.v1.users.me.$get())).code).toBe('MISSING_REFRESH_TOKEN');
    expect(onSessionEnd).not.toHaveBeenCalled();
  });

  it('signs out at the API, after which nothing is renewed, and does not mind a session that is over', async () => {
    const { me, signOut, signIn, email, browser, onSessionEnd } = await signedIn();
    await signOut();
    expect((await refusalOf(me.$get())).code).toBe('INVALID_CREDENTIALS');
    await signOut();
    expect(browser.asked).toEqual(['POST /api/v1/auth/logout', ME, 'POST /api/v1/auth/logout']);
    // Without cookies the token alone says which session ends.
    const bare = accountsClient(origin);
    await bare.signIn(email, PASSWORD);
    await bare.signOut();
    await signIn(email, PASSWORD);
    expect((await (await me.sessions.$get()).json()).sessions).toHaveLength(1);
    expect(onSessionEnd).not.toHaveBeenCalled();
  });

  it('goes on with the session of the cookie when a page is opened anew', async () => {
    const { id, browser } = await signedIn();
    const { api } = accountsClient(origin, { fetch: browser.fetch });
    const calls = await Promise.all(Array.from({ length: 5 }, async () => (await api.v1.users.me.$get()).json()));
    expect(new Set(calls.map((me) => me.id))).toEqual(new Set([id]));
    expect([browser.count(REFRESH), browser.count(ME)]).toEqual([1, 5]);
  });

  it('asks once whether there is a session where nobody has signed in, and calls that no end', async () => {
    const browser = newBrowser();
    const onSessionEnd = vi.fn();
    const { api } = accountsClient(origin, { fetch: browser.fetch, onSessionEnd });
    expect((await refusalOf(api.v1.users.me.$get())).code).toBe('MISSING_REFRESH_TOKEN');
    expect((await refusalOf(api.v1.users.me.$get())).code).toBe('INVALID_CREDENTIALS');
    expect(browser.asked).toEqual([REFRESH, ME]);
    expect(onSessionEnd).not.toHaveBeenCalled();
  });

  it('makes no call as somebody else who has signed in meanwhile, in another tab or in this one', async () => {
    const ada = await signedInLongAgo();
    const otherTab = accountsClient(origin, { fetch: ada.browser.fetch });
    await otherTab.signIn(await newAddress('Bob'), PASSWORD);
    expect((await refusalOf(ada.me.$patch({ json: { full_name: 'Ada' } }))).code).toBe('TOKEN_REVOKED');
    expect(ada.onSessionEnd).toHaveBeenCalledOnce();
    expect((await (await otherTab.api.v1.users.me.$get()).json()).full_name).toBe('Bob');

    const { fetch, begun, release } = withHeld(newBrowser().fetch, REFRESH);
    const cy = await signedIn({ fetch: withTokenRunOut(fetch) });
    const late = refusalOf(cy.me.$patch({ json: { full_name: 'Cy' } }));
    await begun;
    await cy.signIn(await newAddress('Dee'), PASSWORD);
    release();
    expect((await late).code).toBe('INVALID_CREDENTIALS');
  });

  it('has a token that another service checks by itself, and refuses by the blacklist once its user is suspended', async () => {
    const admin = await signedIn();
    await change(`UPDATE users SET role = 'admin' WHERE id = ?`, admin.id);
    const { api } = accountsClient(origin);
    const json = { email: await newAddress(), password: PASSWORD };
    const answer = await (await api.v1.auth.login.$post({ json })).json();
    if (!('access_token' in answer)) throw new Error('A second factor was asked for.');
    const { access_token, user_id } = answer;
    const { iss: issuer = '', aud } = decodeJwt(access_token);
    const { REVOKED_TOKENS: blacklist } = await server.getWorker<Env>().getEnv();
    const names = { issuer, audience: String(aud) };
    const { verifyToken } = accountsService({ origin, ...names, blacklist });
    expect((await verifyToken(access_token))?.userId).toBe(user_id);

    await admin.api.v1.users.deactivate.$patch({ json: { user_id } });
    await vi.waitFor(async () => expect(await verifyToken(access_token)).toBeUndefined(), { timeout: 10_000 });
    expect((await accountsService({ origin, ...names }).verifyToken(access_token))?.userId).toBe(user_id);
  });

  it('takes nothing of the Worker along, and runs in Node by the name of the package, as its page shows', async () => {
    const code = readFileSync(join(ROOT, 'client/client.js'), 'utf8');
    expect(code.match(/^import .* from '(?!\.\/).*$/gm)).toEqual([`import { hc } from 'hono/client';`]);
    const email = await newAddress('Ada Lovelace');
    const [, example = ''] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(ROOT, 'docs/client.md'), 'utf8')) ?? [];
    const folder = join(ROOT, 'dist/example');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'example.ts');
    writeFileSync(file, example.replace('https://accounts.example.com', origin).replace('ada@example.com', email));
    expect((await promisify(execFile)(process.execPath, [file])).stdout).toBe('Hello Ada Lovelace\n');
  });
});
