import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { newSigningKey } from '../src/accounts/access-token.ts';
import { type Answer, call, cookiesOf, login, newAccount } from './client.ts';
import { HOUR, MINUTE, passTime } from './clock.ts';

const kidOf = (token: string): string => JSON.parse(atob(token.split('.')[0] ?? '')).kid;
const kidOfSlot = (slot: string): string => JSON.parse(slot).kid;

describe('signing keys', () => {
  it('rotate twice under traffic without a token failing, and no key signs before every cache has it', async () => {
    const account = await newAccount();
    let keys = { SIGNING_KEY_A: env.SIGNING_KEY_A, SIGNING_KEY_B: '' };
    let cookie = account.cookie;
    let tokens: string[] = [];

    // What clients do all the time: refresh, and use every token of the last fifteen minutes.
    const traffic = async (minutes: number): Promise<void> => {
      for (let minute = 0; minute < minutes; minute += 7) {
        passTime(7 * MINUTE);
        const answer = await call('POST', '/api/v1/auth/refresh-token', { cookie, env: keys });
        cookie = cookiesOf(answer);
        tokens = [...tokens.slice(-1), answer.body.access_token];
        const published = await call('GET', '/.well-known/jwks.json', { env: keys });
        for (const token of tokens) {
          expect((await call('GET', '/api/v1/users/me', { token, env: keys })).status).toBe(200);
          expect(published.body.keys.map((key: { kid: string }) => key.kid)).toContain(kidOf(token));
        }
      }
    };

    await traffic(14);
    for (const slot of ['SIGNING_KEY_B', 'SIGNING_KEY_A'] as const) {
      const older = kidOf(tokens.at(-1) ?? '');
      keys = { ...keys, [slot]: await newSigningKey(new Date()) };
      await traffic(49);
      expect(kidOf(tokens.at(-1) ?? '')).toBe(older);
      await traffic(21);
      expect(kidOf(tokens.at(-1) ?? '')).toBe(kidOfSlot(keys[slot]));
      passTime(2 * HOUR);
      tokens = [];
      await traffic(14);
    }
  });

  it('are published without their private halves', async () => {
    const answer = await call('GET', '/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    expect(answer.body.keys).toHaveLength(1);
    expect(Object.keys(answer.body.keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=900');
  });
});

describe('the keys of refresh tokens, device cookies and mail links', () => {
  const nextVersion = (secret: string): string =>
    JSON.stringify({ ...JSON.parse(secret), 2: Buffer.alloc(32, 'next').toString('base64url') });

  it('rotate by version: what the older one signed goes on, what is new is signed by the newer one', async () => {
    const account = await newAccount();
    const rotated = { TOKEN_KEYS: nextVersion(env.TOKEN_KEYS) };
    const renewed: Answer = await call('POST', '/api/v1/auth/refresh-token', { cookie: account.cookie, env: rotated });
    expect(renewed.status).toBe(200);
    expect(cookiesOf(renewed)).toMatch(/^__Secure-refresh_token=2\./);
    for (let n = 0; n < 5; n += 1) await login(account.email, { password: 'a wrong guess' }, { env: rotated });
    expect((await login(account.email, {}, { env: rotated })).body.code).toBe('ACCOUNT_LOCKED');
    expect((await login(account.email, {}, { env: rotated, cookie: account.cookie })).status).toBe(200);
  });

  it('end what an older version signed once that version is taken out', async () => {
    const account = await newAccount();
    const { 2: next } = JSON.parse(nextVersion(env.TOKEN_KEYS));
    const only = { TOKEN_KEYS: JSON.stringify({ 2: next }) };
    const answer = await call('POST', '/api/v1/auth/refresh-token', { cookie: account.cookie, env: only });
    expect(answer.body.code).toBe('INVALID_REFRESH_TOKEN');
  });
});
