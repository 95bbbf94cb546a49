import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SMTPServerOptions } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TestHarness } from 'wrangler';
import { newSigningKey } from '../../src/accounts/tokens/access-token.ts';
import { type Answer, newAuthority, serveSmtp, type TakenMail } from './smtp-server.ts';

// Both Workers from their real configurations, and a real SMTP server with TLS on this machine.

const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });
const FOLDER = mkdtempSync(join(tmpdir(), 'smtp-'));

let workers: TestHarness;
let smtp: Awaited<ReturnType<typeof serveSmtp>>;
let ours: Awaited<ReturnType<typeof newAuthority>>;

// What the server says to a recipient, by the first part of the address.
const answers: Record<string, Answer> = {};
const answer = (address: string): Answer => answers[address.split('@')[0] ?? ''];

/** Serves on the port that the mailer knows, in place of the server before. */
const serve = async (options: SMTPServerOptions): Promise<void> => {
  const { port } = smtp ?? { port: 0 };
  await smtp?.close();
  smtp = await serveSmtp(options, { port, answer });
};

beforeAll(async () => {
  ours = await newAuthority('An authority that is trusted');
  // The local runtime trusts, besides what browsers trust, what this names at the time it is loaded.
  const file = join(FOLDER, 'authority.pem');
  writeFileSync(file, ours.cert);
  process.env['NODE_EXTRA_CA_CERTS'] = file;
  const { createTestHarness } = await import('wrangler');

  await serve(await ours.certify('localhost'));
  const MAIL_LINK_KEYS = keys('links');
  const vars = {
    MAIL_TRANSPORT: 'smtp',
    SMTP_HOST: 'localhost',
    SMTP_PORT: String(smtp.port),
    SMTP_USERNAME: 'mailer',
    APP_NAME: 'Ünïcode & "Söhne", Ltd. <x@evil.example>',
  };
  const shared = { MAIL_LINK_KEYS, SERVICE_KEYS: keys('services') };
  workers = createTestHarness({
    workers: [
      {
        configPath: 'wrangler.toml',
        secrets: {
          SIGNING_KEY_A: await newSigningKey(),
          SIGNING_KEY_B: '',
          TOKEN_KEYS: keys('tokens'),
          FACTOR_KEYS: keys('factors'),
          ...shared,
        },
      },
      { configPath: 'src/mailer/wrangler.toml', vars, secrets: { ...shared, SMTP_PASSWORD: 'secret' } },
    ],
  });
  await workers.listen();
  await workers.getWorker<Env>().applyD1Migrations('DB');
});
afterAll(async () => {
  await workers.close();
  await smtp.close();
  rmSync(FOLDER, { recursive: true });
});

type Row = { attempts: number; failure: string | null; failed_at: number | null; due_at: number; lease: string | null };

/** Suspends a new user as far as the outbox is concerned, wakes the mailer, and answers what is then known of the mail. */
const mailTo = async (
  email: string,
  { name = 'Ada Lovelace', reason = 'Spam' }: { name?: string; reason?: string } = {},
) => {
  const api = workers.getWorker<Env>();
  const { DB, MAIL } = await api.getEnv();
  const insert = (statement: string, ...values: unknown[]) =>
    DB.prepare(`${statement} RETURNING id`)
      .bind(...values)
      .first<number>('id');
  const user = await insert(
    `INSERT INTO users (email, password_hash, full_name, listening_language, is_verified, accepted_terms_at, created_at, updated_at)
     VALUES (?1, '', ?2, 'fr', 1, ?3, ?3, ?3)`,
    email,
    name,
    Date.now(),
  );
  const id = await insert(
    `INSERT INTO outbox (user_id, kind, data, due_at, created_at) VALUES (?, 'account-deactivated', ?, 0, 1700000000000)`,
    user,
    JSON.stringify({ reason }),
  );
  await MAIL.send({ id: id ?? 0 });
  return {
    id,
    row: () => DB.prepare('SELECT * FROM outbox WHERE id = ?').bind(id).first<Row>(),
    /** The row, once the mail has failed. */
    failed: () =>
      vi.waitFor(
        async () => {
          const row = await DB.prepare('SELECT * FROM outbox WHERE id = ? AND lease IS NULL').bind(id).first<Row>();
          if (!row?.failure) throw new Error('The mail has not failed.');
          return row;
        },
        { timeout: 120_000, interval: 100 },
      ),
    wakeAgain: async () => {
      await DB.prepare('UPDATE outbox SET due_at = 0 WHERE id = ?').bind(id).run();
      await api.scheduled({ cron: '* * * * *', scheduledTime: new Date() });
      await MAIL.send({ id: id ?? 0 });
    },
  };
};

const takenFor = (email: string): TakenMail[] => smtp.taken.filter(({ to }) => to.includes(email));

const arrival = (email: string): Promise<TakenMail> =>
  vi.waitFor(
    () => {
      const [mail] = takenFor(email);
      if (!mail) throw new Error(`No mail has arrived at ${email}.`);
      return mail;
    },
    { timeout: 120_000, interval: 50 },
  );

const header = ({ mail }: TakenMail, key: string) =>
  mail.headers.filter((one) => one.key === key).map((one) => one.value);

describe('an SMTP server', () => {
  it('is sent a mail as text and HTML, after STARTTLS and a login, and the row is gone', async () => {
    const email = 'ada@example.com';
    const reason = 'Spam.\r\n.\r\nBcc: eve@example.com\r\n\r\n<b>Ünïcode</b> 🚫';
    const { id, row } = await mailTo(email, { name: 'Ada Łucja "Lovelace", 李', reason });
    const taken = await arrival(email);
    expect([taken.from, taken.to, taken.user]).toEqual(['accounts@edge-accounts.example', [email], 'mailer:secret']);
    expect(taken.mail).toMatchObject({
      from: { name: 'Ünïcode & "Söhne", Ltd. <x@evil.example>', address: 'accounts@edge-accounts.example' },
      to: [{ name: '', address: email }],
      messageId: `<${id}.1700000000000@edge-accounts.example>`,
    });
    expect(taken.mail.subject).toContain('Ünïcode & "Söhne", Ltd. <x@evil.example>');
    expect(header(taken, 'content-language')).toEqual(['fr']);
    expect(header(taken, 'auto-submitted')).toEqual(['auto-generated']);
    expect(Math.abs(Date.parse(taken.mail.date ?? '') - Date.now())).toBeLessThan(60_000);
    expect(header(taken, 'content-type')).toEqual([expect.stringMatching(/^multipart\/alternative;/)]);
    expect(taken.mail.text).toContain('Ada Łucja "Lovelace", 李');
    expect(taken.mail.text).toContain('> Spam.\n> .\n> Bcc: eve@example.com\n> \n> <b>Ünïcode</b> 🚫');
    expect(taken.mail.html).toContain('&lt;b&gt;Ünïcode&lt;/b&gt; 🚫');
    expect(taken.mail.attachments).toEqual([]);
    await expect.poll(row, { timeout: 120_000 }).toBeNull();
    expect(takenFor(email)).toHaveLength(1);
  });

  it('is given an address in letters of its own, if it can take one', async () => {
    const email = 'jürgen@exämple.com';
    await mailTo(email);
    expect((await arrival(email)).mail.to).toEqual([{ name: '', address: email }]);
  });

  it('that refuses the recipient is not asked again, and its words are not kept', async () => {
    answers['nobody'] = { code: 550, text: 'no such user <nobody@example.com>' };
    const { failed, row, wakeAgain } = await mailTo('nobody@example.com');
    expect(await failed()).toMatchObject({ attempts: 1, failure: 'SMTP_550', failed_at: expect.any(Number) });
    await wakeAgain();
    await mailTo('after@example.com');
    await arrival('after@example.com');
    expect(smtp.asked.filter((address) => address === 'nobody@example.com')).toHaveLength(1);
    expect(await row()).toMatchObject({ attempts: 1 });
    const lines = workers.getLogs().map(({ message }) => message);
    expect(lines.join()).toContain('SMTP_550');
    expect(lines.join()).not.toContain('nobody@');
  });

  it('that asks to come again later takes the mail then', async () => {
    answers['later'] = { code: 451, text: 'greylisted' };
    const { failed, row } = await mailTo('later@example.com');
    const first = await failed();
    expect(first).toMatchObject({ attempts: 1, failure: 'SMTP_451', failed_at: null });
    expect(first.due_at).toBeGreaterThan(Date.now());
    delete answers['later'];
    await arrival('later@example.com');
    await expect.poll(row, { timeout: 120_000 }).toBeNull();
    expect(takenFor('later@example.com')).toHaveLength(1);
  });

  it('that never answers is left before the mail is taken up by anybody else', async () => {
    answers['silence'] = 'never';
    const start = Date.now();
    const { failed } = await mailTo('silence@example.com');
    expect(await failed()).toMatchObject({ failure: 'SMTP_NO_ANSWER_IN_TIME', failed_at: null });
    expect(Date.now() - start).toBeLessThan(30_000);
    delete answers['silence'];
  });
});

describe('no mail leaves, and it waits, for a server', () => {
  // ASVS 12.3.1
  // Threat wire-tap
  it('without STARTTLS', async () => {
    await serve({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    const { failed } = await mailTo('plain@example.com');
    expect(await failed()).toMatchObject({ failure: 'SMTP_ETLS', failed_at: null });
    expect(smtp.asked).toEqual([]);
  });

  // ASVS 12.3.2
  it('with a certificate that nobody vouches for', async () => {
    const strangers = await newAuthority('An authority that nobody knows');
    await serve(await strangers.certify('localhost'));
    const { failed } = await mailTo('stranger@example.com');
    expect(await failed()).toMatchObject({ failure: 'SMTP_ESOCKET', failed_at: null });
    expect(smtp.asked).toEqual([]);
  });

  // ASVS 12.3.2
  it('with a certificate of another host', async () => {
    await serve(await ours.certify('mail.other.example'));
    const { failed } = await mailTo('other@example.com');
    expect(await failed()).toMatchObject({ failure: 'SMTP_ESOCKET', failed_at: null });
    expect(smtp.asked).toEqual([]);
  });

  it('that is not there', async () => {
    await smtp.close();
    const { failed } = await mailTo('nowhere@example.com');
    expect(await failed()).toMatchObject({ failure: 'SMTP_ESOCKET', failed_at: null });
  });
});

it('an address that only a server with SMTPUTF8 can take fails for good at one without', async () => {
  await serve({ ...(await ours.certify('localhost')), hideSMTPUTF8: true });
  const { failed } = await mailTo('jörg@example.com');
  expect(await failed()).toMatchObject({ failure: 'SMTP_NO_SMTPUTF8', failed_at: expect.any(Number) });
  expect(smtp.asked.join()).not.toContain('jörg');
  await mailTo('joerg@exämple.com');
  // The server shows the host in letters again.
  expect((await arrival('joerg@exämple.com')).raw).toContain('To: joerg@xn--exmple-cua.com\r\n');
});

it('an address with joiners or a middle dot in its domain is written to, in letters where it has them before the @', async () => {
  await serve(await ours.certify('localhost'));
  for (const [address, sentTo] of [
    ['joan@paral·lel.cat', 'joan@xn--parallel-koa.cat'],
    ['नीता@क्\u200dष.example', 'नीता@क्\u200dष.example'],
    ['àngela@paral·lel.cat', 'àngela@paral·lel.cat'],
  ] as const) {
    await mailTo(address);
    const { raw } = await arrival(address);
    expect(Buffer.from(raw, 'latin1').toString()).toContain(`To: ${sentTo}\r\n`);
  }
});
