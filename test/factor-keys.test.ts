import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { factorKeys, openSecret, sealSecret } from '../src/accounts/tokens/factor-secret.ts';
import { newMacKeys, nextMacVersion, readMacKeys } from '../src/accounts/tokens/signed-token.ts';
import { runSchedule } from '../src/api/cron.ts';
import { adminOf, insertUser } from './admin-client.ts';
import { rows } from './client.ts';
import { HOUR, passTime } from './clock.ts';

const AS = { as: 'operator' };
const SECRET = Buffer.from('12345678901234567890');

/** The secret of an authenticator app, stored under the key that signs among these. */
const storeSecret = async (keys: Partial<Env>, id: string): Promise<{ id: string; userId: number }> => {
  const owner = { id, userId: await insertUser() };
  const sealed = sealSecret(factorKeys({ ...env, ...keys }), owner, SECRET);
  await rows(
    `INSERT INTO authenticators (id, user_id, name, created_at, secret, key_version, last_step) VALUES (?, ?, 'Phone', 0, ?, ?, 0)`,
    ...[id, owner.userId, sealed.secret, sealed.keyVersion],
  );
  return owner;
};

const stored = async (id: string): Promise<{ secret: string; keyVersion: number }> => {
  const [row] = await rows('SELECT secret, key_version AS keyVersion FROM authenticators WHERE id = ?', id);
  return row;
};

describe('the secret of an authenticator app', () => {
  const keys = readMacKeys(newMacKeys());
  const owner = { id: 'one', userId: 1 };

  // ASVS 11.3.1, 11.3.2, 11.3.3, 11.3.4, 14.2.4
  it('is stored encrypted, each time otherwise, and opens for its own row alone', () => {
    const [one, other] = [sealSecret(keys, owner, SECRET), sealSecret(keys, owner, SECRET)];
    expect(one.secret).not.toBe(other.secret);
    expect(Buffer.from(one.secret, 'base64url').includes(SECRET)).toBe(false);
    expect(openSecret(keys, owner, one)).toEqual(SECRET);
    for (const another of [
      { ...owner, id: 'two' },
      { ...owner, userId: 2 },
    ])
      expect(openSecret(keys, another, one)).toBeUndefined();
  });

  it('opens nothing where it was changed, is cut off, or its key is gone', () => {
    const { secret, keyVersion } = sealSecret(keys, owner, SECRET);
    const bytes = Buffer.from(secret, 'base64url');
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openSecret(keys, owner, { secret: changed.toString('base64url'), keyVersion })).toBeUndefined();
    }
    for (const cut of ['', secret.slice(0, 10), secret.slice(0, -3)])
      expect(openSecret(keys, owner, { secret: cut, keyVersion })).toBeUndefined();
    expect(openSecret(keys, owner, { secret, keyVersion: 2 })).toBeUndefined();
    expect(openSecret(readMacKeys(newMacKeys()), owner, { secret, keyVersion })).toBeUndefined();
  });
});

describe('the keys of second factors', () => {
  // ASVS 11.2.2, 13.3.4
  it('rotate while every secret can be read, and the older one ends once the scheduled run has encrypted them anew', async () => {
    const first = { FACTOR_KEYS: env.FACTOR_KEYS, FACTOR_KEYS_B: '' };
    const owner = await storeSecret(first, 'phone');
    const both = { ...first, FACTOR_KEYS_B: newMacKeys(nextMacVersion(['', ''])) };
    const plan = () => adminOf(both).planKeyRotation({ keys: 'factors', ...AS });
    const run = () => runSchedule({ ...env, ...both });

    expect(await plan()).toMatchObject({ code: 'KEY_TOO_YOUNG' });
    expect(await run()).toMatchObject({ secrets_sealed: 0 });
    passTime(2 * HOUR);
    expect(await plan()).toEqual({
      ok: false,
      code: 'KEY_IN_USE',
      message:
        'The older key still encrypts the secrets of 1 authenticator apps; the scheduled run encrypts them anew once the newer key is in use, so try again later.',
    });
    expect(await run()).toMatchObject({ secrets_sealed: 1 });
    expect(await run()).toMatchObject({ secrets_sealed: 0 });
    const only = factorKeys({ FACTOR_KEYS: both.FACTOR_KEYS_B });
    expect(openSecret(only, owner, await stored('phone'))).toEqual(SECRET);
    expect(await plan()).toMatchObject({ ok: true, value: { slots: ['FACTOR_KEYS'] } });
  });

  it('leave a secret alone whose key is gone, and end it where both have leaked', async () => {
    await storeSecret({ FACTOR_KEYS: newMacKeys(3) }, 'lost');
    const before = await stored('lost');
    const both = { FACTOR_KEYS_B: newMacKeys(nextMacVersion(['', ''])) };
    passTime(2 * HOUR);
    await runSchedule({ ...env, ...both });
    expect(await stored('lost')).toEqual(before);
    await storeSecret({}, 'leaked');
    const answer = await adminOf().planKeyRotation({ keys: 'factors', leaked: true, ...AS });
    expect(answer).toMatchObject({ ok: true, value: { slots: ['FACTOR_KEYS', 'FACTOR_KEYS_B'] } });
  });
});
