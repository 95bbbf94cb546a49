import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { newSigningKey } from '../src/accounts/tokens/access-token.ts';
import { newMacKeys } from '../src/accounts/tokens/signed-token.ts';
import { adminOf } from './admin-client.ts';
import { type Answer, call, cookiesOf, login, mailToken, newAccount } from './client.ts';
import { DAY, HOUR, MINUTE, passTime } from './clock.ts';

const kidOf = (token: string): string => JSON.parse(atob(token.split('.')[0] ?? '')).kid;
const kidOfSlot = (slot: string): string => JSON.parse(slot).kid;

describe('signing keys', () => {
  // ASVS 11.2.2, 13.3.4
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

  // Threat leaked-key
  it('end what an older version signed once that version is taken out', async () => {
    const account = await newAccount();
    const { 2: next } = JSON.parse(nextVersion(env.TOKEN_KEYS));
    const only = { TOKEN_KEYS: JSON.stringify({ 2: next }) };
    const answer = await call('POST', '/api/v1/auth/refresh-token', { cookie: account.cookie, env: only });
    expect(answer.body.code).toBe('INVALID_REFRESH_TOKEN');
  });

  it('rotate by script without anybody being signed out, and not again while the older one may be in use', async () => {
    const account = await newAccount();
    let keys: Partial<Env> = { TOKEN_KEYS: env.TOKEN_KEYS };
    let { cookie } = account;
    const rotate = async (): Promise<string> => {
      const plan = await adminOf(keys).planKeyRotation({ keys: 'tokens', as: 'operator' });
      if (!plan.ok) return plan.code;
      const [slot = 'TOKEN_KEYS'] = plan.value.slots;
      keys = { ...keys, [slot]: newMacKeys(plan.value.version ?? 0) };
      return slot;
    };
    const refreshedBy = async (): Promise<string> => {
      const answer = await call('POST', '/api/v1/auth/refresh-token', { cookie, env: keys });
      expect(answer.status).toBe(200);
      cookie = cookiesOf(answer);
      return /=(\d+)\./.exec(cookie)?.[1] ?? '';
    };

    expect(await rotate()).toBe('TOKEN_KEYS_B');
    expect(await refreshedBy()).toBe('1');
    passTime(2 * HOUR);
    const second = await refreshedBy();
    expect(Object.keys(JSON.parse(keys.TOKEN_KEYS_B ?? ''))).toEqual([second]);
    expect(await rotate()).toBe('KEY_TOO_YOUNG');
    for (let days = 0; days < 84; days += 6) {
      passTime(6 * DAY);
      expect(await refreshedBy()).toBe(second);
    }
    expect(await rotate()).toBe('KEY_TOO_YOUNG');
    passTime(100 * DAY);
    const next = await login(account.email, {}, { env: keys });
    cookie = cookiesOf(next);
    expect(await rotate()).toBe('TOKEN_KEYS');
    expect(await refreshedBy()).toBe(second);
    passTime(2 * HOUR);
    expect(Object.keys(JSON.parse(keys.TOKEN_KEYS ?? ''))).toEqual([await refreshedBy()]);
  });

  // Threat leaked-key
  it('are replaced in both slots where they have leaked: what they signed opens nothing any more', async () => {
    const account = await newAccount();
    await call('POST', '/api/v1/auth/forgot-password', { json: { email: account.email } });
    const link = await mailToken(account.email, 'reset-password');
    const keys: Partial<Env> = {};
    for (const kind of ['tokens', 'links'] as const) {
      const plan = await adminOf().planKeyRotation({ keys: kind, leaked: true, as: 'operator' });
      if (!plan.ok) throw new Error(plan.message);
      expect(plan.value.slots).toHaveLength(2);
      for (const slot of plan.value.slots) keys[slot] = newMacKeys(plan.value.version ?? 0);
    }
    const refreshed = await call('POST', '/api/v1/auth/refresh-token', { cookie: account.cookie, env: keys });
    expect(refreshed.body.code).toBe('INVALID_REFRESH_TOKEN');
    const reset = { json: { token: link, new_password: 'another correct horse' } };
    expect((await call('POST', '/api/v1/auth/reset-password', { ...reset, env: keys })).body.code).toBe(
      'INVALID_RESET_TOKEN',
    );
    expect((await login(account.email, {}, { env: keys })).status).toBe(200);
    expect((await call('POST', '/api/v1/auth/reset-password', reset)).status).toBe(200);
  });
});
