import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { KEY_KINDS, KEY_SLOTS, keysFlaw, SHARED_KINDS } from '../src/accounts/tokens/key-slots.ts';
import { API_SETTINGS } from '../src/api/settings.ts';
import { MAILER_SETTINGS } from '../src/mailer/settings.ts';
import { settingsFlaw } from '../src/workers/settings.ts';

const PRODUCTION = {
  ENVIRONMENT: 'production',
  APP_NAME: 'Example',
  APP_URL: 'https://app.example.com',
  ALLOWED_ORIGINS: 'https://app.example.com, https://b.example.com/,',
  AVATAR_BASE_URL: 'https://pictures.example.com',
  DELETION_GRACE_DAYS: '30',
  BREACHED_PASSWORDS_URL: 'https://breaches.example.com/range/',
  PAGES: 'on',
  TERMS_URL: 'https://example.com/terms',
  METRICS_URL: 'https://api.cloudflare.com/client/v4/accounts/1/analytics_engine/sql',
  METRICS_TABLE: 'edge_accounts',
  REQUIRE_SECOND_FACTOR: 'admin',
  RATE_LIMITS: 'on',
  TOKEN_ISSUER: 'https://accounts.example.com',
  TOKEN_AUDIENCE: 'https://accounts.example.com',
  MAIL_FROM: 'accounts@example.com',
  MAIL_TRANSPORT: 'cloudflare',
  SMTP_HOST: '',
  SMTP_PORT: '587',
  SUPPORT_URL: 'mailto:help@example.com',
};

describe('the settings of the Workers', () => {
  it('are those of the configuration, and fit in development', () => {
    expect(settingsFlaw(API_SETTINGS, { ...env })).toBeUndefined();
    expect(settingsFlaw(API_SETTINGS, PRODUCTION)).toBeUndefined();
    const apps = 'capacitor://localhost, tauri://localhost, http://tauri.localhost, HTTPS://App.Example.com:443/';
    expect(settingsFlaw(API_SETTINGS, { ...PRODUCTION, ALLOWED_ORIGINS: apps })).toBeUndefined();
    expect(settingsFlaw(MAILER_SETTINGS, PRODUCTION)).toBeUndefined();
    const longest = `capacitor://${'a'.repeat(288)}`;
    expect(settingsFlaw(API_SETTINGS, { ...PRODUCTION, ALLOWED_ORIGINS: longest })).toBeUndefined();
    expect(settingsFlaw(API_SETTINGS, { ...PRODUCTION, ALLOWED_ORIGINS: `${longest}a` })).toContain('ALLOWED_ORIGINS');
    expect(settingsFlaw(MAILER_SETTINGS, { ...PRODUCTION, SUPPORT_URL: 'https://example.com/help' })).toBeUndefined();
    const unused = { AVATAR_BASE_URL: '', BREACHED_PASSWORDS_URL: '', METRICS_URL: '', REQUIRE_SECOND_FACTOR: '' };
    expect(settingsFlaw(API_SETTINGS, { ...PRODUCTION, ...unused })).toBeUndefined();
  });

  // ASVS 13.4.2, 15.2.3
  it('let rate limits be off in development alone', () => {
    const off = { ...PRODUCTION, RATE_LIMITS: 'off' };
    expect(settingsFlaw(API_SETTINGS, off)).toBe('These vars are missing or unusable: RATE_LIMITS.');
    expect(settingsFlaw(API_SETTINGS, { ...off, ENVIRONMENT: 'development' })).toBeUndefined();
  });

  it('let pictures come unencrypted in development alone', () => {
    const plain = { ...PRODUCTION, ENVIRONMENT: 'development', AVATAR_BASE_URL: 'http://localhost:9000' };
    expect(settingsFlaw(API_SETTINGS, plain)).toBeUndefined();
    for (const ENVIRONMENT of ['staging', 'production'])
      expect(settingsFlaw(API_SETTINGS, { ...plain, ENVIRONMENT })).toBe(
        'These vars are missing or unusable: AVATAR_BASE_URL.',
      );
  });

  it('are named, all of them, where nothing is set', () => {
    for (const settings of [API_SETTINGS, MAILER_SETTINGS]) {
      const names = Object.keys(settings).join(', ');
      expect(settingsFlaw(settings, {})).toBe(`These vars are missing or unusable: ${names}.`);
    }
  });

  // ASVS 1.2.2, 12.3.1, 13.2.4, 13.2.5
  it.each([
    ['API', 'APP_URL', 'example.com'],
    ['API', 'APP_URL', 'http://app.example.com'],
    ['API', 'ALLOWED_ORIGINS', 'https://a.example/path'],
    ['API', 'ALLOWED_ORIGINS', '*'],
    ['API', 'ALLOWED_ORIGINS', 'null'],
    ['API', 'ALLOWED_ORIGINS', 'https://a.example, null'],
    ['API', 'ALLOWED_ORIGINS', 'https://*.example.com'],
    ['API', 'ALLOWED_ORIGINS', 'https://a.example?'],
    ['API', 'ALLOWED_ORIGINS', 'https://ada@a.example'],
    ['API', 'ALLOWED_ORIGINS', 'https://a.example:99999'],
    ['API', 'ALLOWED_ORIGINS', 'https:a.example'],
    ['API', 'ALLOWED_ORIGINS', 'a.example'],
    ['API', 'ALLOWED_ORIGINS', 'https://a.example//'],
    ['API', 'ALLOWED_ORIGINS', 'capacitor:localhost'],
    ['API', 'ALLOWED_ORIGINS', 'capacitor://'],
    ['API', 'ALLOWED_ORIGINS', 'capacitor://localhost/index.html'],
    ['API', 'ALLOWED_ORIGINS', 'wss://a.example'],
    ['API', 'ALLOWED_ORIGINS', 'file://a.example'],
    ['API', 'ALLOWED_ORIGINS', 'javascript://a.example'],
    ['API', 'AVATAR_BASE_URL', 'pictures'],
    ['API', 'AVATAR_BASE_URL', 'http://pictures.example.com'],
    ['API', 'DELETION_GRACE_DAYS', 'thirty'],
    ['API', 'DELETION_GRACE_DAYS', ''],
    ['API', 'BREACHED_PASSWORDS_URL', 'https://breaches.example.com/range'],
    ['API', 'BREACHED_PASSWORDS_URL', 'http://breaches.example.com/range/'],
    ['API', 'PAGES', ''],
    ['API', 'PAGES', 'no'],
    ['API', 'SUPPORT_URL', ''],
    ['API', 'SUPPORT_URL', 'http://example.com/help'],
    ['API', 'TERMS_URL', 'http://example.com/terms'],
    ['API', 'TERMS_URL', 'javascript:alert(1)'],
    ['API', 'METRICS_URL', 'http://api.cloudflare.example/sql'],
    ['API', 'METRICS_TABLE', 'edge_accounts; DROP'],
    ['API', 'METRICS_TABLE', ''],
    ['API', 'REQUIRE_SECOND_FACTOR', 'user'],
    ['API', 'RATE_LIMITS', 'no'],
    ['API', 'TOKEN_ISSUER', ''],
    ['mailer', 'APP_NAME', ' '],
    ['mailer', 'APP_URL', 'javascript:alert(1)'],
    ['mailer', 'MAIL_FROM', 'accounts@edge-accounts.example'],
    ['mailer', 'MAIL_FROM', 'a@example.com\nBcc: b@example.com'],
    ['mailer', 'MAIL_TRANSPORT', 'pigeon'],
    ['mailer', 'SMTP_PORT', 'smtp'],
    ['mailer', 'SMTP_PORT', '0'],
    ['mailer', 'SMTP_PORT', '65536'],
    ['mailer', 'SMTP_PORT', '587.5'],
    ['mailer', 'SUPPORT_URL', ''],
  ])('of the %s refuse %s = %j', (worker, name, value) => {
    const settings = worker === 'API' ? API_SETTINGS : MAILER_SETTINGS;
    expect(settingsFlaw(settings, { ...PRODUCTION, [name]: value })).toBe(
      `These vars are missing or unusable: ${name}.`,
    );
  });

  it('want a host where mails leave by SMTP', () => {
    const smtp = { ...PRODUCTION, MAIL_TRANSPORT: 'smtp' };
    expect(settingsFlaw(MAILER_SETTINGS, smtp)).toContain('SMTP_HOST');
    expect(settingsFlaw(MAILER_SETTINGS, { ...smtp, SMTP_HOST: 'smtp.example.com' })).toBeUndefined();
  });
});

describe('the secrets of the Workers', () => {
  const SECRETS = Object.fromEntries(Object.values(KEY_SLOTS).map(([name]) => [name, (env as never)[name] as string]));
  const sentence = (...names: string[]) => `These secrets are missing or unusable: ${names.join(', ')}.`;

  it('may leave the second slot of each kind empty, and one that is missing is named', () => {
    expect(keysFlaw(KEY_KINDS, SECRETS)).toBeUndefined();
    expect(keysFlaw(KEY_KINDS, { ...SECRETS, TOKEN_KEYS: '', TOKEN_KEYS_B: SECRETS['TOKEN_KEYS'] })).toBeUndefined();
    expect(keysFlaw(KEY_KINDS, {})).toBe(
      sentence('SIGNING_KEY_A', 'TOKEN_KEYS', 'MAIL_LINK_KEYS', 'SERVICE_KEYS', 'FACTOR_KEYS'),
    );
    expect(keysFlaw(SHARED_KINDS, {})).toBe(sentence('MAIL_LINK_KEYS', 'SERVICE_KEYS'));
  });

  // ASVS 13.3.1
  it.each(Object.entries(KEY_SLOTS).flatMap(([kind, slots]) => slots.map((slot) => [kind, slot] as const)))(
    'of the %s keys stop the start where %s is malformed, by its name and without its value',
    (kind, slot) => {
      const [first] = KEY_SLOTS[kind as keyof typeof KEY_SLOTS];
      const good = JSON.parse(SECRETS[first] ?? '');
      const signing = [
        { ...good, d: 'AAAA' },
        { ...good, kid: undefined },
        { ...good, kid: '' },
        { ...good, crv: 'X25519' },
      ];
      const other = [{}, { 1: 'AAAA' }, { 0: good[1] }, { 1: 7 }, { x: good[1] }];
      const malformed = [
        'junk',
        '{',
        'null',
        '[]',
        '7',
        ...(kind === 'signing' ? signing : other).map((one) => JSON.stringify(one)),
      ];
      for (const text of malformed)
        expect([text, keysFlaw(KEY_KINDS, { ...SECRETS, [slot]: text })]).toEqual([text, sentence(slot)]);
    },
  );
});
