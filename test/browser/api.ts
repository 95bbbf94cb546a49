import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { vi } from 'vitest';
import { createTestHarness } from 'wrangler';
import { hashPassword } from '../../src/accounts/passwords/password.ts';
import { newSigningKey } from '../../src/accounts/tokens/access-token.ts';
import { apiWithCheapHashes } from '../processes/cheap-hashes.ts';
import { freePort } from '../processes/free-port.ts';

export const PASSWORD = 'correct horse battery';
const PASSWORD_HASH = await hashPassword(PASSWORD);

export type ReceivedMail = { subject: string; text: string; html: string; link: string };

export type Api = {
  /** `http://localhost:PORT`, where a browser keeps Secure cookies, and where the mails' links lead. */
  origin: string;
  call: (method: string, path: string, options?: { json?: object; token?: string }) => Promise<ApiAnswer>;
  /** The newest mail to an address, as soon as more than `after` have arrived there. */
  mail: (email: string, after?: number) => Promise<ReceivedMail>;
  /** Signs up and verifies the address by the mail's link; the password is `PASSWORD`. */
  newAccount: (email: string, fields?: object) => Promise<void>;
  /** Writes an account that has verified its address, with the password `PASSWORD`: nothing of it goes over the wire. */
  insertAccount: (email: string, fullName?: string) => Promise<void>;
  /** Runs a statement in the API's database. */
  sql: (statement: string, ...values: unknown[]) => Promise<void>;
  close: () => Promise<void>;
};

type ApiAnswer = { status: number; headers: Headers; body: any };

const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });

/** What the links of mails are signed with here. */
export const MAIL_LINK_KEYS = keys('browser links');

/** Serves both Workers, with the queue between them, from their real configurations; only the secrets and the cost of hashes are the test's. */
export const serveApi = async (vars: Record<string, string> = {}): Promise<Api> => {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const printed = listenToConsole();
  // Otherwise it asks the network where this machine stands.
  vi.stubEnv('CLOUDFLARE_CF_FETCH_ENABLED', 'false');
  const links = { MAIL_LINK_KEYS, SERVICE_KEYS: keys('browser services') };
  const signing = {
    SIGNING_KEY_A: await newSigningKey(),
    SIGNING_KEY_B: '',
    TOKEN_KEYS: keys('browser'),
    FACTOR_KEYS: keys('browser factors'),
  };
  const server = createTestHarness({
    workers: [
      {
        configPath: apiWithCheapHashes(),
        secrets: { ...signing, ...links },
        vars: { APP_URL: origin, RATE_LIMITS: 'off', ...vars },
      },
      { configPath: 'src/mailer/wrangler.toml', secrets: links, vars: { APP_URL: origin } },
    ],
  });
  const { url } = await server.listen();
  const front = await forward(port, Number(url.port));
  await server.getWorker<Env>().applyD1Migrations('DB');

  const call: Api['call'] = async (method, path, { json, token } = {}) => {
    const answer = await fetch(new URL(path, origin), {
      method,
      headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
  const mail: Api['mail'] = (email, after = 0) =>
    vi.waitFor(
      async () => {
        const mails = printed.filter((text) => text.includes('send_email binding') && text.includes(`To: ${email}`));
        if (mails.length <= after) throw new Error(`No mail has arrived at ${email}.`);
        return readMail(mails.at(-1) ?? '');
      },
      { timeout: 120_000, interval: 50 },
    );
  const sql: Api['sql'] = async (statement, ...values) => {
    const { DB } = await server.getWorker<Env>().getEnv();
    await DB.prepare(statement)
      .bind(...values)
      .run();
  };
  return {
    origin,
    call,
    mail,
    newAccount: async (email, fields = {}) => {
      await call('POST', '/api/v1/auth/signup', {
        json: { email, password: PASSWORD, accepted_terms: true, ...fields },
      });
      const token = (await mail(email)).link.split('#token=')[1];
      const { status } = await call('POST', '/api/v1/auth/verify-email', { json: { token } });
      if (status !== 200) throw new Error(`The address ${email} was not verified: ${status}.`);
    },
    insertAccount: (email, fullName = '') =>
      sql(
        `INSERT INTO users (email, password_hash, full_name, full_name_folded, is_verified, accepted_terms_at, created_at, updated_at)
         VALUES (?, ?, ?, ?, 1, 0, 0, 0)`,
        ...[email, PASSWORD_HASH, fullName, fullName.toLowerCase()],
      ),
    sql,
    close: async () => {
      front.close();
      await server.close();
    },
  };
};

/** The mail simulator prints the paths of the files that it writes, and no test prints them on. */
const listenToConsole = (): string[] => {
  const printed: string[] = [];
  for (const level of ['log', 'info'] as const) {
    vi.spyOn(console, level).mockImplementation((...parts) => void printed.push(parts.join(' ')));
  }
  return printed;
};

/** Makes a port that was chosen lead to the one that the runtime took: a var of its configuration names it. */
const forward = async (port: number, to: number) => {
  const front = createServer({ allowHalfOpen: true }, (client) => {
    const api = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    // Either side may go at any time; the other then goes too.
    pipeline(client, api, client, () => {});
  });
  front.listen(port, '127.0.0.1');
  await once(front, 'listening');
  return front;
};

const readMail = async (printed: string): Promise<ReceivedMail> => {
  const line = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(printed)?.[1] ?? '';
  const [text, html] = [await readFile(line('Text'), 'utf8'), await readFile(line('HTML'), 'utf8')];
  return { subject: line('Subject'), text, html, link: /\S+#token=\S+/.exec(text)?.[0] ?? '' };
};
