import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { readableOutput } from '../../src/tools/start/readable-output.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TEXT = join(folder, 'mail.txt');
const LINK = 'http://localhost:8787/verify-email#token=1.a-b_c.1.2.d';
writeFileSync(
  TEXT,
  `Hello,\n\nhttps://example.com/ is what somebody said.\n\nVerify email address:\n${LINK}\n\n-- \nOur support is here:\nhttp://localhost:8787/docs`,
);

const PRINTED = `[wrangler:info] send_email binding called with MessageBuilder:
From: "Edge Accounts" <accounts@example.com>
To: ada@example.com
Subject: Verify: your "address"

Text: ${TEXT}
HTML: /tmp/mail.html
`;
const READABLE = `Mail to ada@example.com: Verify: your "address"
  ${LINK}
  From: "Edge Accounts" <accounts@example.com>
  Text: ${TEXT}
  HTML: /tmp/mail.html
`;

/** What comes out where these pieces go in. */
const outcome = (...pieces: string[]): Promise<string> => {
  const output = readableOutput('the-api', () => new Date('2026-03-14T12:00:00.123Z'));
  for (const piece of pieces) output.write(piece);
  output.end();
  return text(output);
};

describe('the output of a copy', () => {
  it('says of a mail to whom it is, its subject, its link and where its files are', async () => {
    expect(await outcome(PRINTED)).toBe(READABLE);
  });

  it('says so of each of several mails, between other lines, as soon as the mail has been printed', async () => {
    expect(await outcome(`one\n${PRINTED}${PRINTED}two\n\n`)).toBe(`one\n${READABLE}${READABLE}two\n\n`);
    const output = readableOutput('the-api').setEncoding('utf8');
    output.write(PRINTED);
    await new Promise((resolve) => output.once('readable', resolve));
    expect(output.read()).toBe(READABLE);
  });

  it('does so wherever the pieces end that it comes in, and in colours', async () => {
    const pieces = PRINTED.split(/(?<=binding|From|addr|mail\.)/);
    expect(await outcome('one\ntw', 'o\n', ...pieces)).toBe(`one\ntwo\n${READABLE}`);
    expect(await outcome(...PRINTED.split(/(?<=:\n|com\n|>\n|\n\n)/))).toBe(READABLE);
    const coloured = PRINTED.replace(/send_email.*/, '\x1b[34m$&\x1b[39m');
    expect(await outcome(coloured)).toBe(READABLE);
  });

  it('loses nothing of a mail that has no link, no text that can be read, or more than we send', async () => {
    const [path] = [join(folder, 'gone.txt')];
    const other = PRINTED.replace('Subject', 'Cc: bob@example.com\nSubject').replace(TEXT, path);
    expect(await outcome(`${other}Attachment (inline): a.png -> /tmp/a.png\n`)).toBe(
      READABLE.replace(`  ${LINK}\n`, '')
        .replace('  Text', '  Cc: bob@example.com\n  Text')
        .replace(TEXT, path)
        .concat('  Attachment (inline): a.png -> /tmp/a.png\n'),
    );
    writeFileSync(path, 'Bye.\n\n-- \nOur support is here:\nhttp://localhost:8787/docs');
    expect(await outcome(other)).not.toContain('/docs');
  });

  it('leaves every other line as it is, also one that looks like a part of a mail, to the last letter', async () => {
    const lines = '\nSubject: x\nText: y\n[wrangler:info] GET /health 200 OK (1ms)\n[other] {"a":"[undefined]"}\n\nÄ';
    expect(await outcome(lines)).toBe(lines);
    expect(await outcome(`${PRINTED}\nSubject: x\n`)).toBe(`${READABLE}\nSubject: x\n`);
    const raw = '[wrangler:info] send_email binding called with the following message:\nEmail: /tmp/x.eml\n';
    expect(await outcome(raw)).toBe(raw);
  });

  it('tells of each mail once, with where its text and its HTML are', async () => {
    const caught: unknown[] = [];
    const at = new Date('2026-03-14T12:00:00Z');
    const output = readableOutput(
      'the-api',
      () => at,
      (...mail) => caught.push(mail),
    );
    output.end(`one\n${PRINTED}two\n`);
    await text(output);
    const fields = { from: '"Edge Accounts" <accounts@example.com>', to: 'ada@example.com' };
    const files = { text: TEXT, html: '/tmp/mail.html' };
    expect(caught).toEqual([[{ ...fields, subject: 'Verify: your "address"', ...files, link: LINK }, at]]);
  });

  it('does not say that the page of the mails has asked for newer ones, but that it was not answered', async () => {
    const asked = '[wrangler:info] GET /dev/mails 200 OK (12ms)\n';
    const failed = '[wrangler:info] GET /dev/mails 500 Internal Server Error (1ms)\n';
    expect(await outcome(`one\n${asked}${failed}`)).toBe(`one\n${failed}`);
    expect(await outcome(`${PRINTED}${asked}`)).toBe(READABLE);
  });

  it('names the Worker that has no name in it', async () => {
    expect(await outcome('[undefined] {"other":"info"}\n\x1b[34m[undefined]\x1b[39m one [undefined]\n')).toBe(
      '[the-api] {"other":"info"}\n\x1b[34m[the-api]\x1b[39m one [undefined]\n',
    );
  });

  it('says in each line of the log when it was printed, and in no other line', async () => {
    const line = '{"level":"info","event":"act","mails":1}';
    const timed = '{"level":"info","event":"act","mails":1,"at":"2026-03-14T12:00:00.123Z"}';
    expect(await outcome(`[undefined] ${line}\n[the-mailer] ${line}\n${line}\n[the-mailer] ${line} {}x\n`)).toBe(
      `[the-api] ${timed}\n[the-mailer] ${timed}\n${line}\n[the-mailer] ${line} {}x\n`,
    );
  });
});
