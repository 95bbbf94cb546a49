import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { call, mailToken, newAccount, ORIGIN, PASSWORD, rows } from './client.ts';

const COMMON = 'Password1';
const REFUSED = { data: { errors: [{ message: 'is one of the most common passwords' }] } };

let worker: typeof import('../src/api/index.ts').default;
let reads = 0;

const ASSETS = {
  ...env.ASSETS,
  fetch: (...args: Parameters<Fetcher['fetch']>) => {
    reads += 1;
    return env.ASSETS.fetch(...args);
  },
} as Fetcher;

const ask = async (path: string, json: object, { assets = ASSETS, token = '' } = {}) => {
  const ctx = createExecutionContext();
  const request = new Request<unknown, IncomingRequestCfProperties>(new URL(`/api/v1/auth${path}`, ORIGIN), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(json),
  });
  const answer = await worker.fetch(request, { ...env, ASSETS: assets }, ctx);
  const body = await answer.json<Record<string, unknown>>();
  await waitOnExecutionContext(ctx);
  return { status: answer.status, headers: answer.headers, body };
};

const signUpWith = (email: string, password: string, assets?: Fetcher) =>
  ask('/signup', { email, password, accepted_terms: true }, assets ? { assets } : {});

/** In an isolate that has not read them yet. */
const startAnew = async (): Promise<void> => {
  vi.resetModules();
  ({ default: worker } = await import('../src/api/index.ts'));
  reads = 0;
};

describe('the common passwords', () => {
  // ASVS 6.2.4
  it('are read once in an isolate, by whatever takes a new one first, and refused by all of them', async () => {
    await startAnew();
    const { email, token } = await newAccount();
    await call('POST', '/api/v1/auth/forgot-password', { json: { email } });
    const link = await mailToken(email, 'reset-password');
    const change = { current_password: PASSWORD, new_password: COMMON };
    expect((await ask('/login', { email, password: COMMON })).status).toBe(401);
    expect(reads).toBe(0);
    expect((await ask('/change-password', change, { token })).body).toMatchObject(REFUSED);
    expect((await ask('/reset-password', { token: link, new_password: COMMON })).body).toMatchObject(REFUSED);
    expect((await signUpWith('common@example.com', COMMON)).body).toMatchObject(REFUSED);
    expect((await signUpWith('common@example.com', PASSWORD)).status).toBe(201);
    expect(reads).toBe(1);
  });

  it.each([
    ['does not answer', () => Promise.reject(new Error('Network connection lost.'))],
    ['has none', async () => new Response(null, { status: 404 })],
    ['breaks off', async () => new Response(new ReadableStream({ pull: (to) => to.error(new Error('lost')) }))],
  ])('refuse every new one while the platform %s, whoever asks, and are read again', async (_, fetch) => {
    await startAnew();
    const { email, token } = await newAccount();
    const assets = { fetch } as unknown as Fetcher;
    const before = await rows('SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM outbox) AS mails');
    const change = { current_password: PASSWORD, new_password: 'a password that is new' };
    const answers = [
      await signUpWith(email, PASSWORD, assets),
      await signUpWith('unread@example.com', PASSWORD, assets),
      await ask('/reset-password', { token: 'none', new_password: PASSWORD }, { assets }),
      await ask('/change-password', change, { assets, token }),
    ];
    for (const { status, headers, body } of answers) {
      expect(body).toMatchObject({ status_code: 503, code: 'SERVICE_UNAVAILABLE', data: {} });
      expect([status, headers.get('Retry-After')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    }
    expect(await rows('SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM outbox) AS mails')).toEqual(
      before,
    );
    expect((await ask('/change-password', change, { token })).status).toBe(200);
  });

  it('are served to nobody', async () => {
    expect((await env.ASSETS.fetch(`${ORIGIN}/common-passwords.txt`)).status).toBe(200);
    for (const path of [
      '/common-passwords.txt',
      '//common-passwords.txt',
      '/docs/common-passwords.txt',
      '/docs/../common-passwords.txt',
      '/docs/..%2fcommon-passwords.txt',
      '/docs/..%2Fcommon-passwords.txt',
      '/docs/%2e%2e/common-passwords.txt',
      '/docs/%2e%2e%2fcommon-passwords.txt',
      '/docs/..%5ccommon-passwords.txt',
      '/docs/..\\common-passwords.txt',
      '/docs/.%252e%252fcommon-passwords.txt',
      '/pages/common-passwords.txt',
      '/pages/..%2fcommon-passwords.txt',
    ]) {
      expect((await call('GET', path)).status, path).toBe(404);
    }
  });
});
