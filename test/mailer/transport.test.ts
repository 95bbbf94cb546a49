import { env } from 'cloudflare:workers';
import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import type { RenderedMail } from '../../src/mailer/message.tsx';
import { renderMail } from '../../src/mailer/render.ts';
import { SendFailure } from '../../src/mailer/send-failure.ts';
import { composeMail, failureOf, type SmtpSettings } from '../../src/mailer/smtp.ts';
import { transportOf } from '../../src/mailer/transport.ts';
import type { MailKind } from '../../src/outbox/kind.ts';
import { anyCharacter } from '../any-character.ts';
import { times } from '../depth.ts';

const MAIL: RenderedMail = {
  to: 'ada@example.com',
  subject: 'Hello',
  text: 'Text',
  html: '<p>Text</p>',
  language: 'fr',
};

const failure = async (sending: Promise<void>) => {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof SendFailure ? { code: error.code, isPermanent: error.isPermanent } : error;
};

describe('the transport', () => {
  it('is the one that MAIL_TRANSPORT names, and no other name is one', async () => {
    const sent: unknown[] = [];
    const EMAIL = { send: async (mail: unknown) => void sent.push(mail) } as unknown as SendEmail;
    await transportOf({ ...env, EMAIL, MAIL_TRANSPORT: 'cloudflare' })(MAIL, '1.2');
    expect(sent).toHaveLength(1);
    await expect(transportOf({ ...env, EMAIL, MAIL_TRANSPORT: 'smtp' })(MAIL, '1.2')).rejects.toThrow(/SMTP_HOST/);
    expect(sent).toHaveLength(1);
    for (const name of ['', 'pigeon', 'SMTP']) {
      expect(() => transportOf({ ...env, MAIL_TRANSPORT: name })).toThrow(/MAIL_TRANSPORT/);
    }
  });

  it('does not send by SMTP with half of a login', async () => {
    const settings = { ...env, MAIL_TRANSPORT: 'smtp', SMTP_HOST: '127.0.0.1', SMTP_PORT: '9' };
    for (const half of [{ SMTP_USERNAME: 'mailer' }, { SMTP_USERNAME: '', SMTP_PASSWORD: 'secret' }]) {
      await expect(transportOf({ ...settings, ...half })(MAIL, '1.2')).rejects.toThrow(/go together/);
    }
  });

  it('to Cloudflare gives a mail up only where the recipient is refused', async () => {
    const codes = { E_RECIPIENT_SUPPRESSED: true, E_RECIPIENT_NOT_ALLOWED: true, E_SENDER_NOT_VERIFIED: false };
    for (const [code, isPermanent] of Object.entries(codes)) {
      const EMAIL = { send: () => Promise.reject(Object.assign(new Error('no'), { code })) } as unknown as SendEmail;
      expect(await failure(transportOf({ ...env, EMAIL })(MAIL, '1.2'))).toEqual({ code, isPermanent });
    }
    const EMAIL = { send: () => Promise.reject(new Error('no code')) } as unknown as SendEmail;
    expect(await failure(transportOf({ ...env, EMAIL })(MAIL, '1.2'))).toEqual({
      code: 'E_UNKNOWN',
      isPermanent: false,
    });
  });
});

describe('what an SMTP server answers', () => {
  // The command, the answer, what is noted, and whether it is for good.
  const ANSWERS: [string, string, string, boolean][] = [
    ['RCPT TO', '550 no such user ada@example.com', 'SMTP_550', true],
    ['RCPT TO', '550 5.1.1 no such user', 'SMTP_550', true],
    ['RCPT TO', '550-5.1.1 no such user\n550 5.1.1 look it up', 'SMTP_550', true],
    ['RCPT TO', '550 5.4.1 recipient address rejected', 'SMTP_550', true],
    ['RCPT TO', '551 5.1.6 moved', 'SMTP_551', true],
    ['RCPT TO', '553 not a mailbox', 'SMTP_553', true],
    ['RCPT TO', '554 5.1.1 no such user', 'SMTP_554', true],
    ['DATA', '550 5.1.1 no such user', 'SMTP_550', true],
    ['DATA', '550 looks like spam', 'SMTP_550', false],
    ['DATA', '554 5.7.1 looks like spam', 'SMTP_554', false],
    ['RCPT TO', '550 5.7.1 relaying denied', 'SMTP_550', false],
    ['RCPT TO', '550 5.1.8 bad sender', 'SMTP_550', false],
    ['RCPT TO', '552 5.2.2 mailbox full', 'SMTP_552', false],
    ['RCPT TO', '554 5.7.1 your network is on a list', 'SMTP_554', false],
    ['RCPT TO', '450 4.1.1 not yet', 'SMTP_450', false],
    ['RCPT TO', '451 5.1.1 confused', 'SMTP_451', false],
    ['MAIL FROM', '550 5.1.1 no such sender', 'SMTP_550', false],
    ['AUTH PLAIN', '535 5.7.8 wrong password', 'SMTP_535', false],
    ['CONN', '421 too many connections', 'SMTP_421', false],
  ];

  it.each(ANSWERS)('to %s with %s is noted as %s; for good: %s', (command, response, code, isPermanent) => {
    const responseCode = Number(response.slice(0, 3));
    const error = Object.assign(new Error(response), { code: 'EENVELOPE', command, response, responseCode });
    expect(failureOf(error)).toEqual(new SendFailure(code, isPermanent));
    expect((failureOf(error) as SendFailure).isPermanent).toBe(isPermanent);
  });

  it('is not heard where the connection itself fails, and a fault of ours stays what it is', () => {
    const tls = Object.assign(new Error('no'), {
      code: 'ETLS',
      command: 'STARTTLS',
      response: '502',
      responseCode: 502,
    });
    expect(failureOf(tls)).toEqual(new SendFailure('SMTP_ETLS'));
    const gone = Object.assign(new Error('closed'), { code: 'ECONNECTION', command: 'CONN' });
    expect(failureOf(gone)).toMatchObject({ code: 'SMTP_ECONNECTION', isPermanent: false });
    const ours = new TypeError('undefined is not a function');
    expect(failureOf(ours)).toBe(ours);
  });
});

const settings = (APP_NAME = 'Edge Accounts'): SmtpSettings => ({ ...env, APP_NAME });

const NOW = new Date('2026-11-23T12:00:00Z');

const HEADERS = [
  ...['auto-submitted', 'content-language', 'content-type', 'date'],
  ...['from', 'message-id', 'mime-version', 'subject', 'to'],
];

describe('a mail as it goes to an SMTP server', () => {
  it('has the same id each time, the time it is sent, and says that a machine wrote it', async () => {
    const { envelope, bytes } = await composeMail(settings(), MAIL, '7.1700000000000', NOW);
    expect(envelope).toEqual({ from: env.MAIL_FROM, to: ['ada@example.com'] });
    const mail = await PostalMime.parse(bytes);
    expect(mail).toMatchObject({
      messageId: '<7.1700000000000@edge-accounts.example>',
      date: '2026-11-23T12:00:00.000Z',
      subject: 'Hello',
      text: 'Text\n',
      html: '<p>Text</p>\n',
    });
    // A subject that needs no encoding has none, so that whoever searches for it finds it.
    expect(Buffer.from(bytes).toString()).toContain('\r\nSubject: Hello\r\n');
    const headers = Object.fromEntries(mail.headers.map(({ key, value }) => [key, value]));
    expect(headers).toMatchObject({ 'auto-submitted': 'auto-generated', 'content-language': 'fr' });
    const again = await PostalMime.parse((await composeMail(settings(), MAIL, '7.1700000000000')).bytes);
    expect(again.messageId).toBe(mail.messageId);
  });

  // ASVS 1.3.11
  it('goes to nothing that is no bare address', async () => {
    const ADDRESSES = [
      ...['', 'ada', 'ada@example.com, eve@example.com', 'ada@example.com;eve@example.com', 'Ada <ada@example.com>'],
      ...['ada@example.com\r\nRCPT TO:<eve@example.com>', 'eve@example.com>,<ada@example.com', '"a b"@example.com'],
      ...['eve@example.com@example.com', 'group:ada@example.com;', 'ada@[127.0.0.1]', 'ada(eve)@example.com'],
    ];
    for (const to of ADDRESSES) {
      const composing = composeMail(settings(), { ...MAIL, to }, '1.2').then(() => undefined);
      expect(await failure(composing), to).toEqual({ code: 'SMTP_NO_ADDRESS', isPermanent: true });
    }
  });

  // ASVS 1.2.1, 1.3.11
  // Threat injection
  it(
    'has its own headers and parts and one recipient, whatever a name, reason, app name or address contains',
    async () => {
      const HOSTILE = [
        ...[
          '\r\n',
          '\n',
          '\r',
          '\r\n\r\n',
          '\0',
          '\u2028',
          '\r\nBcc: eve@example.com\r\n',
          '\nX-Evil: 1',
          '=?utf-8?q?=0D=0A?=',
        ],
        ...[
          '"',
          '\\',
          '<',
          '>',
          ',',
          ';',
          ':',
          '(',
          ')',
          '@',
          '<eve@example.com>',
          '--_NmP',
          '.\r\n',
          ' ',
          '\t',
          '🚫',
          'é',
          '\u202e',
        ],
      ];
      const word = fc.oneof(fc.string(), fc.string({ unit: anyCharacter }), fc.constantFrom(...HOSTILE));
      const hostile = fc.array(word, { maxLength: 12 }).map((parts) => parts.join(''));
      const long = fc.tuple(hostile, fc.integer({ min: 0, max: 400 })).map(([text, n]) => text + 'é'.repeat(n));
      const address = fc.oneof(
        fc.constant('ada@example.com'),
        hostile.map((text) => `${text}@example.com`),
        hostile,
      );
      await fc.assert(
        fc.asyncProperty(long, long, long, address, async (name, reason, appName, to) => {
          const rendered = renderMail(
            { ...env, APP_NAME: appName },
            { ...CLAIMED, fullName: name, data: { reason }, email: to },
          );
          const composed = await composeMail(settings(appName), rendered, '7.1700000000000', NOW).catch(
            (error) => error,
          );
          // What is refused here is no address; what is not goes to that address and no other.
          if (composed instanceof SendFailure) return void expect(isPlain(to)).toBe(false);
          const mail = await PostalMime.parse(composed.bytes);
          expect(mail.headers.map(({ key }) => key).sort()).toEqual(HEADERS);
          expect(composed.envelope).toEqual({ from: env.MAIL_FROM, to: [expect.any(String)] });
          expect(composed.envelope.to.map(inAscii)).toEqual([inAscii(to)]);
          expect(mail.to?.map((one) => [one.name, inAscii(one.address ?? '')])).toEqual([['', inAscii(to)]]);
          expect(mail.from?.address).toBe(env.MAIL_FROM);
          expect([mail.cc, mail.bcc, mail.replyTo, mail.attachments]).toEqual([undefined, undefined, undefined, []]);
          expect(mail.messageId).toBe('<7.1700000000000@edge-accounts.example>');
          expect(wordsOf(mail.subject ?? '')).toEqual(wordsOf(rendered.subject));
          expect(linesOf(mail.text)).toBe(linesOf(rendered.text));
          expect(linesOf(mail.html)).toBe(linesOf(rendered.html));
        }),
        { numRuns: times(60, 5000), examples: [['', '', '=?utf-8?q?=0D=0A?=', 'ada@example.com']] },
      );
    },
    10 * 60_000,
  );
});

const CLAIMED = {
  id: 7,
  userId: 1,
  kind: 'account-deactivated' as MailKind,
  language: 'en',
  attempts: 1,
  lease: 'lease',
  createdAt: new Date(1700000000000),
};

// One host has two forms, in letters and in ASCII.
const inAscii = (address: string) => {
  const [local, host] = address.split('@');
  return [local, domainToASCII(host ?? '')];
};

const isPlain = (to: string) => /^[\w+-]+(?:\.[\w+-]+)*@[A-Za-z0-9.-]+$/.test(to);

// Folding a header may change how much white space is between two words.
const wordsOf = (text: string) => text.split(/\s+/u).filter(Boolean);

// A mail has its own line breaks, and ends with one.
const linesOf = (text = '') => text.replace(/\r+\n?/g, '\n').trimEnd();
