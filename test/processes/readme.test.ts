import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { expectPromised } from '../conformance.ts';
import '../depth.ts';
import { freePort } from './free-port.ts';
import { type Copy, endCopies, mailsTo, newCheckout, PROJECT, startCopy, untilReady } from './npm-start.ts';
import { hasTerminal, openTerminal } from './terminal.ts';

// What the README shows, as it is printed: each block in one terminal, against a copy that `npm start` serves. Only the
// port is another.

// A script takes two seconds, and on a busy machine twenty.
const PATIENCE = { timeout: 10 * 60_000 };
const PASSWORD = 'correct horse battery staple';

const page = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');

/** The blocks of a text in a language, in their order. */
const blocksIn = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, block = '']) => (name === language ? [block] : []));

const sectionOf = (text: string, title: string): string =>
  text.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? '';

const WALK = sectionOf(page('README.md'), 'A first walk');
const ADMINISTRATION = sectionOf(page('README.md'), 'Administration');

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-readme-'));
const checkout = join(folder, 'checkout');
const copies: Copy[] = [];

let copy: Copy;
let terminal: ReturnType<typeof openTerminal>;

/** Starts a copy on data below the checkout; by default where one lies that nobody has told. */
const start = async (state = ''): Promise<Copy> => {
  const started = startCopy(checkout, { PORT: String(await freePort()), STATE_DIR: state });
  copies.push(started);
  await untilReady(started);
  return started;
};

/** Runs a block of commands, of which none may fail. */
const run = async (block = 'false'): Promise<string> => {
  const { output, failed } = await terminal.run(block.replaceAll(':8787/', `:${copy.port}/`));
  expect({ output, failed }).toEqual({ output, failed: [] });
  return output;
};

/** The JSON that commands have printed, which ends without a line of its own. */
const documentsIn = (output: string): any[] =>
  output
    .trim()
    .split(/(?<=\})\s*(?=\{)/)
    .map((text) => JSON.parse(text));

/** The lines that scripts have printed, without those in which npm says what it runs. */
const linesIn = (output: string): string[] =>
  output.split('\n').filter((line) => line !== '' && !line.startsWith('> '));

/** The token of the first mail to an address. */
const tokenOf = async (email: string): Promise<string> => {
  const [mail] = await mailsTo(copy, email);
  return mail?.link.split('#token=')[1] ?? '';
};

const call = async (method: string, path: string, json?: object, token?: string) => {
  const answer = await fetch(`http://localhost:${copy.port}/api/v1/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  const { status, headers } = answer;
  const text = await answer.text();
  expectPromised(method, answer.url, { status, headers, text });
  return JSON.parse(text);
};

describe.skipIf(!hasTerminal)('the README', () => {
  beforeAll(async () => {
    newCheckout(checkout);
    terminal = openTerminal(checkout, { STATE_DIR: '' });
    copy = await start();
  }, PATIENCE.timeout);
  afterAll(async () => {
    await terminal.close();
    await endCopies(copies);
    rmSync(folder, { recursive: true, force: true });
  }, PATIENCE.timeout);

  it(
    'leads through a first walk: from the sign-up by the token of the mail to the profile, and out',
    PATIENCE,
    async () => {
      const [signUp, signIn = '', look, leave, ...others] = blocksIn(WALK, 'sh');
      expect(others).toEqual([]);
      const answer = { status: 'ok', message: 'Check your inbox to verify your email address.' };
      expect(documentsIn(await run(signUp))).toEqual([answer]);

      const token = await tokenOf('ada@example.com');
      expect(token).not.toBe('');
      const [verified, profile] = documentsIn(await run(signIn));
      expect(verified.message).toBe('Email successfully verified. You can now log in.');
      const [shown] = blocksIn(WALK, 'json').map((text) => JSON.parse(text));
      expect(Object.entries(profile)).toEqual(Object.entries({ ...shown, created_at: profile.created_at }));
      expect([shown.created_at, profile.created_at].join()).toMatch(/^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,?){2}$/);

      const [changed, exported, { sessions }] = documentsIn(await run(look));
      expect(changed).toEqual({ ...profile, listening_language: 'pt-BR' });
      expect(exported.account).toMatchObject(changed);
      expect(sessions).toMatchObject([{ current: true }]);

      const goodbye = { status: 'ok', message: 'Account has been successfully deleted.' };
      expect(documentsIn(await run(leave))).toEqual([goodbye]);
      const mails = await mailsTo(copy, 'ada@example.com', 2);
      expect(mails.map(({ text }) => text).join('')).toMatch(/^Em \d{1,2} de \S+ de \d{4} ela será apagada/m);
    },
  );

  it('gives the account back, makes the first administrator, and suspends and reactivates', PATIENCE, async () => {
    const [appoint, suspend, ...others] = blocksIn(ADMINISTRATION, 'sh');
    expect(others).toEqual([]);
    const [restored, promoted, header, ada, ...none] = linesIn(await run(appoint));
    expect(restored).toBe('User 1 (ada@example.com) is restored; a mail is on its way.');
    expect(promoted).toBe('User 1 (ada@example.com) is an administrator now.');
    expect(header).toMatch(/^ID +E-MAIL/);
    expect(ada).toMatch(/^1 +ada@example\.com +Ada Lovelace +admin +active /);
    expect(none).toEqual([]);
    const login = await call('POST', 'auth/login', { email: 'ada@example.com', password: PASSWORD });
    expect(await call('GET', 'users', undefined, login.access_token)).toMatchObject({ status: 'success' });

    const [, deactivated, reactivated] = linesIn(await run(suspend));
    expect(deactivated).toBe('User 2 (bob@example.com) is deactivated; a mail is on its way.');
    expect(reactivated).toBe('User 2 (bob@example.com) is active again; a mail is on its way.');
    const mails = await mailsTo(copy, 'bob@example.com', 3);
    expect(mails.filter(({ text }) => text.includes('Spam.'))).toHaveLength(1);
    expect(await mailsTo(copy, 'ada@example.com', 3)).toHaveLength(3);
  });

  // Some forty scripts.
  describe.runIf(inject('isDeep'))('and the page about administration', () => {
    it('show commands that can be run one after the other', { timeout: 3 * PATIENCE.timeout }, async () => {
      for (const email of ['cy@example.com', 'eve@example.com']) {
        await call('POST', 'auth/signup', { email, password: PASSWORD, accepted_terms: true });
        await call('POST', 'auth/verify-email', { token: await tokenOf(email) });
      }
      const eve = await call('POST', 'auth/login', { email: 'eve@example.com', password: PASSWORD });
      await call('DELETE', 'users/me', undefined, eve.access_token);
      await start('.wrangler/second');

      const blocks = blocksIn(page('docs/administration.md'), 'sh');
      const rotate = blocks.pop() ?? '';
      let output = '';
      for (const block of blocks) output += await run(block);
      expect(output).toContain('User 2 (bob@example.org) is erased; a mail is on its way.');
      expect(output).toContain('2 users deactivated, 0 already were.');
      // The signing key of this copy is as young as it is, and what replaces the others asks before it does.
      const { failed, output: refusals } = await terminal.run(rotate);
      expect(failed).toEqual(rotate.trim().split('\n'));
      expect(refusals.match(/^What the older key has signed may still be in use/gm)).toHaveLength(2);
      expect(refusals.match(/^This cannot be undone, and there is no terminal to ask at/gm)).toHaveLength(3);
    });
  });
});
