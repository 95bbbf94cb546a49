import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureSecrets } from '../../src/tools/start/secrets.ts';

const FILES = ['.dev.vars', 'src/mailer/.dev.vars'] as const;
const KEYS = `{"1":"${Buffer.alloc(32, 1).toString('base64url')}"}`;
const OTHER_KEYS = `{"1":"${Buffer.alloc(32, 2).toString('base64url')}"}`;

let root = '';
const write = (file: string, text: string) => writeFileSync(join(root, file), text);
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const varsIn = (file: string) => parseEnv(read(file));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edge-accounts-secrets-'));
  mkdirSync(join(root, 'src/mailer'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the development secrets', () => {
  // ASVS 13.2.3, 13.3.2
  it('are made once, readable for their owner alone, with the key of the mail links in common', async () => {
    const made = await ensureSecrets(root);
    expect(Object.keys(made.api)).toEqual(['SIGNING_KEY_A', 'SIGNING_KEY_B', 'TOKEN_KEYS', 'MAIL_LINK_KEYS']);
    expect(made.mailer).toEqual({ MAIL_LINK_KEYS: made.api['MAIL_LINK_KEYS'] });
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

  it('are found in the one file that is there', async () => {
    write('src/mailer/.dev.vars', `MAIL_LINK_KEYS='${KEYS}'\n`);
    expect((await ensureSecrets(root)).api['MAIL_LINK_KEYS']).toBe(KEYS);
    rmSync(join(root, 'src/mailer/.dev.vars'));
    expect((await ensureSecrets(root)).mailer['MAIL_LINK_KEYS']).toBe(KEYS);
    expect(varsIn('src/mailer/.dev.vars')['MAIL_LINK_KEYS']).toBe(KEYS);
  });

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
    ['half a value', `TOKEN_KEYS='{"1":"AAAA`, 'TOKEN_KEYS in .dev.vars cannot be used'],
    ['a key too short', `TOKEN_KEYS='{"1":"AAAA"}'`, 'TOKEN_KEYS in .dev.vars cannot be used'],
    ['a signing key that is none', `SIGNING_KEY_B='{"kty":"OKP"}'`, 'SIGNING_KEY_B in .dev.vars cannot be used'],
    ['no signing key', 'SIGNING_KEY_A=\nSIGNING_KEY_B=', 'Neither signing key in .dev.vars is set'],
    ['another key of the links', `MAIL_LINK_KEYS='${KEYS}'`, 'is not the one in .dev.vars'],
  ])('are not replaced where one cannot be used: %s', async (_, text, message) => {
    write('.dev.vars', text);
    write('src/mailer/.dev.vars', `MAIL_LINK_KEYS='${OTHER_KEYS}'`);
    await expect(ensureSecrets(root)).rejects.toThrow(message);
    expect(read('.dev.vars')).toBe(text);
  });
});
