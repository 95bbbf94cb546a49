import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestHarness } from 'wrangler';
import { newSigningKey } from '../../src/accounts/tokens/access-token.ts';
import { expectPromised } from '../conformance.ts';
import { PROFILE_KEYS } from '../profile-keys.ts';

// Both Workers from their real configurations, with the queue between them; nothing is replaced but the secrets.

const PASSWORD = 'correct horse battery';
const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });
const MAIL_LINK_KEYS = keys('journey links');

let server: ReturnType<typeof createTestHarness>;
let output: string[] = [];

beforeAll(async () => {
  // The mail simulator prints the paths of the files that it writes.
  for (const level of ['log', 'info'] as const) {
    vi.spyOn(console, level).mockImplementation((...parts) => void output.push(parts.join(' ')));
  }
  const shared = { MAIL_LINK_KEYS, SERVICE_KEYS: keys('journey services') };
  const secrets = {
    SIGNING_KEY_A: await newSigningKey(),
    SIGNING_KEY_B: '',
    TOKEN_KEYS: keys('journey'),
    FACTOR_KEYS: keys('journey factors'),
    ...shared,
  };
  server = createTestHarness({
    workers: [
      { configPath: 'wrangler.toml', secrets },
      { configPath: 'src/mailer/wrangler.toml', secrets: shared },
    ],
  });
  await server.listen();
  await server.getWorker<Env>().applyD1Migrations('DB');
});
afterAll(() => server.close());
beforeEach(() => {
  output = [];
});

const call = async (method: string, path: string, { json, token }: { json?: object; token?: string } = {}) => {
  const answer = await server.fetch(path, {
    method,
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  const { status, headers } = answer;
  const text = await answer.text();
  expectPromised(method, `http://localhost${path}`, { status, headers: new Headers([...headers]), text });
  return { status, headers, body: JSON.parse(text) };
};

type ReceivedMail = { subject: string; text: string; html: string };

/** The mails that have arrived at an address since the test began. */
const inbox = async (email: string): Promise<ReceivedMail[]> => {
  const mails = output.filter((text) => text.includes('send_email binding called') && text.includes(`To: ${email}`));
  return Promise.all(
    mails.map(async (printed) => {
      const line = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(printed)?.[1] ?? '';
      const [text, html] = [await readFile(line('Text'), 'utf8'), await readFile(line('HTML'), 'utf8')];
      return { subject: line('Subject'), text, html };
    }),
  );
};

const nextMail = (email: string): Promise<ReceivedMail> =>
  vi.waitFor(
    async () => {
      const [mail] = await inbox(email);
      if (!mail) throw new Error(`No mail has arrived at ${email}.`);
      return mail;
    },
    { timeout: 120_000, interval: 50 },
  );

const signUp = (email: string) =>
  call('POST', '/api/v1/auth/signup', {
    json: { email, password: PASSWORD, accepted_terms: true, full_name: 'Ada Lovelace', listening_language: 'fr' },
  });

describe('the two Workers and the queue between them', () => {
  it('lead from a sign-up by the link of the mail to the profile', async () => {
    const email = 'ada@example.com';
    expect((await signUp(email)).status).toBe(201);
    expect((await call('POST', '/api/v1/auth/login', { json: { email, password: PASSWORD } })).body.code).toBe(
      'EMAIL_NOT_VERIFIED',
    );

    const mail = await nextMail(email);
    expect(mail.subject).toMatch(/\S/);
    const [link, token] = /http:\/\/localhost:8787\/verify-email#token=(\S+)/.exec(mail.text) ?? [];
    expect(mail.html).toContain(`href="${link}"`);

    const verified = await call('POST', '/api/v1/auth/verify-email', { json: { token } });
    expect([verified.status, verified.body.message]).toEqual([200, 'Email successfully verified. You can now log in.']);

    const login = await call('POST', '/api/v1/auth/login', { json: { email, password: PASSWORD } });
    expect(login.body).toMatchObject({ token_type: 'bearer', expires_in: 900 });
    expect(login.headers.get('Set-Cookie')).toMatch(
      /^__Secure-refresh_token=.+; Path=\/api\/v1\/auth; HttpOnly; Secure/,
    );

    const me = await call('GET', '/api/v1/users/me', { token: login.body.access_token });
    expect(Object.keys(me.body)).toEqual(PROFILE_KEYS);
    expect(me.body).toMatchObject({
      id: login.body.user_id,
      email,
      full_name: 'Ada Lovelace',
      avatar_url: null,
      speaking_language: 'en',
      listening_language: 'fr',
      is_active: true,
      is_verified: true,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(await inbox(email)).toHaveLength(1);
  });

  it('send a mail whose message was lost, when the scheduled run comes by', async () => {
    const email = 'lost@example.com';
    const api = server.getWorker<Env>();
    const { DB } = await api.getEnv();
    const longAgo = Date.now() - 10 * 60 * 1000;
    await DB.batch([
      DB.prepare(
        `INSERT INTO users (email, password_hash, accepted_terms_at, created_at, updated_at) VALUES (?1, '', ?2, ?2, ?2)`,
      ).bind(email, longAgo),
      DB.prepare(
        `INSERT INTO outbox (user_id, kind, data, due_at, created_at)
         SELECT id, 'already-registered', '{}', ?2, ?2 FROM users WHERE email = ?1`,
      ).bind(email, longAgo),
    ]);
    expect(await api.scheduled({ cron: '* * * * *', scheduledTime: new Date() })).toMatchObject({ outcome: 'ok' });
    expect((await nextMail(email)).text).toContain('already has an account');
    const unsent = async () => (await DB.prepare('SELECT id FROM outbox').all()).results;
    await expect.poll(unsent, { timeout: 120_000 }).toEqual([]);
    expect(await inbox(email)).toHaveLength(1);
  });

  // ASVS 16.2.5
  // Threat read-store
  it('write lines to the log that name neither address, password nor token', () => {
    const text = server
      .getLogs()
      .map(({ message }) => message)
      .join('\n');
    expect(text).toContain('"event":"request"');
    expect(text).toContain('"event":"mail-sent"');
    expect(text).not.toMatch(/@|correct horse|token=|eyJ/);
  });
});
