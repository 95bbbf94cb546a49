import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newSigningKey } from '../../src/accounts/tokens/access-token.ts';
import { ensureSecrets } from '../../src/tools/start/secrets.ts';

const FILES = ['.dev.vars', 'src/mailer/.dev.vars'] as const;
const SHARED = ['MAIL_LINK_KEYS', 'SERVICE_KEYS'];
const KEYS = `{"1":"${Buffer.alloc(32, 1).toString('base64url')}"}`;
const OTHER_KEYS = `{"1":"${Buffer.alloc(32, 2).toString('base64url')}"}`;

const [one, another] = [JSON.parse(await newSigningKey()), JSON.parse(await newSigningKey())];

let root = '';
const write = (file: string, text: string) => writeFileSync(join(root, file), text);
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const lineOf = (name: string) => new RegExp(`^${name}=.*\n`, 'm');
const varsIn = (file: string) => parseEnv(read(file));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edge-accounts-secrets-'));
  mkdirSync(join(root, 'src/mailer'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the development secrets', () => {
  // ASVS 13.2.3, 13.3.2
  it('are made once, readable for their owner alone, with the keys of mail links and of services in common', async () => {
    const made = await ensureSecrets(root);
    expect(Object.keys(made.api)).toEqual(['SIGNING_KEY_A', 'SIGNING_KEY_B', 'TOKEN_KEYS', ...SHARED, 'FACTOR_KEYS']);
    expect(made.mailer).toEqual(Object.fromEntries(SHARED.map((name) => [name, made.api[name]])));
    expect(FILES.map((file) => statSync(join(root, file)).mode & 0o777)).toEqual([0o600, 0o600]);
    const before = FILES.map(read);
    expect(await ensureSecrets(root)).toEqual(made);
    expect(FILES.map(read)).toEqual(before);
    expect(FILES.map((file) => ({ ...varsIn(file) }))).toEqual([made.api, made.mailer]);
  });

  it('are the same for copies that start at the same moment', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => ensureSecrets(root)));
    expect(new Set(made.map((secrets) => JSON.stringify(secrets))).size).toBe(1);
  });

  it.each(SHARED)('are found in the one file that is there, or that has it: %s', async (name) => {
    write('src/mailer/.dev.vars', `${name}='${KEYS}'\n`);
    expect((await ensureSecrets(root)).api[name]).toBe(KEYS);
    rmSync(join(root, 'src/mailer/.dev.vars'));
    expect((await ensureSecrets(root)).mailer[name]).toBe(KEYS);
    for (const file of FILES) {
      write(file, read(file).replace(lineOf(name), ''));
      await ensureSecrets(root);
      expect(FILES.map((both) => varsIn(both)[name])).toEqual([KEYS, KEYS]);
    }
  });

  it('are completed in both files of a checkout from before there were services', async () => {
    const { api } = await ensureSecrets(root);
    const before = FILES.map((file) => read(file).replace(lineOf('SERVICE_KEYS'), ''));
    for (const [index, file] of FILES.entries()) write(file, before[index] ?? '');
    const { api: now, mailer } = await ensureSecrets(root);
    expect(now).toEqual({ ...api, SERVICE_KEYS: now['SERVICE_KEYS'] });
    expect(now['SERVICE_KEYS']).not.toBe(api['SERVICE_KEYS']);
    expect(mailer['SERVICE_KEYS']).toBe(now['SERVICE_KEYS']);
    const line = `SERVICE_KEYS='${now['SERVICE_KEYS']}'\n`;
    expect(FILES.map(read)).toEqual(before.map((text) => text + line));
  });

  it.each(['MAIL_LINK_KEYS_B', 'SERVICE_KEYS_B'])(
    'that a rotation has written for one Worker alone are given to the other: %s',
    async (name) => {
      await ensureSecrets(root);
      for (const [has, lacks] of [FILES, FILES.toReversed()]) {
        for (const file of FILES) write(file, read(file).replace(lineOf(name), ''));
        write(has ?? '', `${read(has ?? '')}${name}='${OTHER_KEYS}'\n`);
        const { api, mailer } = await ensureSecrets(root);
        expect([api[name], mailer[name], varsIn(lacks ?? '')[name]]).toEqual([OTHER_KEYS, OTHER_KEYS, OTHER_KEYS]);
      }
      write('.dev.vars', read('.dev.vars').replace(lineOf(name), `${name}='${KEYS}'\n`));
      await expect(ensureSecrets(root)).rejects.toThrow(
        `${name} in src/mailer/.dev.vars is not the one in .dev.vars, so no `,
      );
    },
  );

  it('are added to what a file holds, which stays as it is', async () => {
    const own = `# mine\nRATE_LIMITS=off\nTOKEN_KEYS=${KEYS}`;
    write('.dev.vars', own);
    chmodSync(join(root, '.dev.vars'), 0o644);
    const { api } = await ensureSecrets(root);
    expect(read('.dev.vars').startsWith(`${own}\n`)).toBe(true);
    expect(api).toMatchObject({ RATE_LIMITS: 'off', TOKEN_KEYS: KEYS });
    expect({ ...varsIn('.dev.vars') }).toEqual(api);
    expect(statSync(join(root, '.dev.vars')).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a second slot', "TOKEN_KEYS_B='junk'", 'TOKEN_KEYS_B in .dev.vars cannot be used; remove that line'],
    [
      'a second slot of both',
      `MAIL_LINK_KEYS='${OTHER_KEYS}'\nSERVICE_KEYS='${OTHER_KEYS}'\nMAIL_LINK_KEYS_B='{}'`,
      'MAIL_LINK_KEYS_B in .dev.vars cannot be used; remove that line',
    ],
    [
      'a signing key with halves of two',
      `SIGNING_KEY_B='${JSON.stringify({ ...one, x: another.x })}'`,
      'SIGNING_KEY_B in .dev.vars cannot be used',
    ],
    ['half a value', `TOKEN_KEYS='{"1":"AAAA`, 'TOKEN_KEYS in .dev.vars cannot be used'],
    ['a key too short', `TOKEN_KEYS='{"1":"AAAA"}'`, 'TOKEN_KEYS in .dev.vars cannot be used'],
    ['a signing key that is none', `SIGNING_KEY_B='{"kty":"OKP"}'`, 'SIGNING_KEY_B in .dev.vars cannot be used'],
    ['no signing key', 'SIGNING_KEY_A=\nSIGNING_KEY_B=', 'Neither signing key in .dev.vars is set'],
    [
      'another key of the links',
      `MAIL_LINK_KEYS='${KEYS}'`,
      'MAIL_LINK_KEYS in src/mailer/.dev.vars is not the one in .dev.vars, so no mail link would open: remove that line.',
    ],
    [
      'another key of services',
      `SERVICE_KEYS='${KEYS}'\nMAIL_LINK_KEYS='${OTHER_KEYS}'`,
      'SERVICE_KEYS in src/mailer/.dev.vars is not the one in .dev.vars, so no service could verify a push: remove that line.',
    ],
  ])('are not replaced where one cannot be used: %s', async (_, text, message) => {
    write('.dev.vars', text);
    write('src/mailer/.dev.vars', `MAIL_LINK_KEYS='${OTHER_KEYS}'\nSERVICE_KEYS='${OTHER_KEYS}'`);
    await expect(ensureSecrets(root)).rejects.toThrow(message);
    expect(read('.dev.vars')).toBe(text);
  });
});
