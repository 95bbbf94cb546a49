import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ACCESS_TOKEN_LIFETIME_S,
  newSigningKey,
  publicKeySet,
  type SigningSlots,
  signAccessToken,
  verifyAccessToken,
} from '../src/accounts/tokens/access-token.ts';

const NAMES = { issuer: 'https://issuer.example', audience: 'https://audience.example' };
const SESSION = { id: 'a-session', userId: 42 };
const NOW = new Date('2026-11-20T12:00:00.700Z');
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const earlier = (ms: number): Date => new Date(NOW.getTime() - ms);
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const kidOf = (slot: string): string => JSON.parse(slot).kid;
const signedBy = async (slots: SigningSlots, now = NOW): Promise<string | undefined> =>
  decodeProtectedHeader(await signAccessToken(slots, NAMES, SESSION, now)).kid;

let old: string;
let settled: string;
let fresh: string;
beforeAll(async () => {
  old = await newSigningKey(earlier(90 * 24 * 60 * MINUTE));
  settled = await newSigningKey(earlier(60 * MINUTE));
  fresh = await newSigningKey(earlier(60 * MINUTE - 1));
});

describe('an access token', () => {
  // ASVS 9.2.4
  it('says who, for whom, by which session and until when, in the terms of RFC 9068', async () => {
    const token = await signAccessToken([old, ''], NAMES, SESSION, NOW);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: kidOf(old) });
    const iat = Math.floor(NOW.getTime() / 1000);
    expect(decodeJwt(token)).toEqual({
      iss: NAMES.issuer,
      aud: NAMES.audience,
      sub: '42',
      sid: SESSION.id,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      iat,
      exp: iat + 900,
    });
    expect(ACCESS_TOKEN_LIFETIME_S).toBe(900);
  });

  // ASVS 7.2.2
  it('has an id of its own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => decodeJwt(await signAccessToken([old, ''], NAMES, SESSION, NOW)).jti),
    );
    expect(new Set(ids).size).toBe(20);
  });

  it('comes back as what was signed', async () => {
    const token = await signAccessToken([old, ''], NAMES, SESSION, NOW);
    expect(await verifyAccessToken([old, ''], NAMES, token, NOW)).toEqual({
      userId: 42,
      sessionId: SESSION.id,
      jti: decodeJwt(token).jti,
      expiresAt: new Date((decodeJwt(token).exp ?? 0) * 1000),
    });
  });

  // ASVS 9.2.1
  // Threat stolen-access-token
  it('holds for 15 minutes and not a second longer', async () => {
    const token = await signAccessToken([old, ''], NAMES, SESSION, NOW);
    const verify = (now: Date) => verifyAccessToken([old, ''], NAMES, token, now);
    expect(await verify(later(15 * MINUTE - SECOND))).toBeDefined();
    expect(await verify(later(15 * MINUTE))).toBeUndefined();
  });

  it('may be a little ahead of the clock that reads it, and no more', async () => {
    const token = await signAccessToken([old, ''], NAMES, SESSION, NOW);
    expect(await verifyAccessToken([old, ''], NAMES, token, earlier(5 * SECOND))).toBeDefined();
    expect(await verifyAccessToken([old, ''], NAMES, token, earlier(7 * SECOND))).toBeUndefined();
  });

  // ASVS 9.2.3, 9.2.4
  it('of another issuer or for another audience is none', async () => {
    const token = await signAccessToken([old, ''], NAMES, SESSION, NOW);
    for (const names of [
      { ...NAMES, issuer: 'https://issuer.example/' },
      { ...NAMES, audience: 'https://issuer.example' },
    ]) {
      expect(await verifyAccessToken([old, ''], names, token, NOW)).toBeUndefined();
    }
  });

  // ASVS 9.1.1
  it('with any one character changed is none', async () => {
    const token = await signAccessToken([old, ''], NAMES, SESSION, NOW);
    // The very last too, of which four bits are spare in base64url, so that another character may spell the same bytes.
    const places = Array.from({ length: Math.floor(token.length / 5) }, (_, n) => n * 5);
    for (const at of [...places, token.length - 1]) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(await verifyAccessToken([old, ''], NAMES, changed, NOW), `${at}`).toBeUndefined();
    }
  });

  it('is checked by anybody who has the key set', async () => {
    const token = await signAccessToken([fresh, settled], NAMES, SESSION, NOW);
    const keySet = createLocalJWKSet(publicKeySet([fresh, settled]));
    const { payload } = await jwtVerify(token, keySet, { ...NAMES, typ: 'at+jwt', currentDate: NOW });
    expect(payload.sub).toBe('42');
  });
});

describe('of two keys', () => {
  it('the newest that is at least an hour old signs', async () => {
    expect(await signedBy([old, settled])).toBe(kidOf(settled));
    expect(await signedBy([settled, old])).toBe(kidOf(settled));
  });

  it('one that is younger than an hour does not sign yet, wherever it lies', async () => {
    expect(await signedBy([old, fresh])).toBe(kidOf(old));
    expect(await signedBy([fresh, old])).toBe(kidOf(old));
    expect(await signedBy([fresh, old], later(1))).toBe(kidOf(fresh));
  });

  it('the only one signs, however young', async () => {
    const young = await newSigningKey(NOW);
    expect(await signedBy([young, ''])).toBe(kidOf(young));
    expect(await signedBy(['', young])).toBe(kidOf(young));
    expect(await signedBy([' \n', young])).toBe(kidOf(young));
  });

  it('the older signs where both are young, since more caches have it', async () => {
    const younger = await newSigningKey(NOW);
    expect(await signedBy([younger, fresh])).toBe(kidOf(fresh));
  });

  it('both verify, through a whole rotation', async () => {
    const slots: SigningSlots[] = [
      [old, ''],
      [old, fresh],
      [settled, fresh],
    ];
    const byOld = await signAccessToken([old, ''], NAMES, SESSION, NOW);
    const bySettled = await signAccessToken([settled, ''], NAMES, SESSION, NOW);
    const verified = (token: string) =>
      Promise.all(slots.map(async (slot) => (await verifyAccessToken(slot, NAMES, token, NOW)) !== undefined));
    expect(await verified(byOld)).toEqual([true, true, false]);
    expect(await verified(bySettled)).toEqual([false, false, true]);
  });

  // ASVS 9.1.3
  it('neither lends its name to the other', async () => {
    const impostor = JSON.stringify({ ...JSON.parse(fresh), kid: kidOf(old) });
    const token = await signAccessToken([impostor, ''], NAMES, SESSION, NOW);
    expect(await verifyAccessToken([old, fresh], NAMES, token, NOW)).toBeUndefined();
  });

  it('one must be there', async () => {
    await expect(signAccessToken(['', ''], NAMES, SESSION, NOW)).rejects.toThrow('signing key');
    expect(publicKeySet(['', ''])).toEqual({ keys: [] });
  });
});

describe('the key set', () => {
  it('shows the public half of each key and nothing of the private one', () => {
    const { keys } = publicKeySet([old, fresh]);
    expect(keys).toEqual(
      [old, fresh].map((slot) => ({
        kty: 'OKP',
        crv: 'Ed25519',
        x: JSON.parse(slot).x,
        kid: kidOf(slot),
        alg: 'EdDSA',
        use: 'sig',
      })),
    );
    expect(JSON.stringify(keys)).not.toContain(JSON.parse(old).d);
  });
});

describe('a new signing key', () => {
  // ASVS 11.2.3, 11.6.1
  it('is an Ed25519 pair with the time it was made, and a name that says the day', async () => {
    const key = JSON.parse(await newSigningKey(NOW));
    expect(key).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      x: expect.stringMatching(/^[\w-]{43}$/),
      d: expect.stringMatching(/^[\w-]{43}$/),
      kid: expect.stringMatching(/^2026-11-20-[\w-]{22}$/),
      created_at: NOW.getTime(),
    });
    expect(JSON.parse(await newSigningKey(NOW)).d).not.toBe(key.d);
  });
});
