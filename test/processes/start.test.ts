import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseEnv } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { accountsService } from '../../src/client/service.ts';
import { trust } from '../../src/tools/start/https.ts';
import { bringLocalAddressesOver } from '../../src/tools/start/local-addresses.ts';
import { isPortFree } from '../../src/tools/start/ports.ts';
import { expectPromised } from '../conformance.ts';
import { freePort } from './free-port.ts';
import {
  type Copy,
  endCopies,
  mailsTo,
  newCheckout,
  type Process,
  startCopy,
  untilGone,
  untilReady,
} from './npm-start.ts';

const PASSWORD = 'correct horse battery';

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-start-'));
const checkout = join(folder, 'checkout');
const copies: Copy[] = [];

const start = (port: number | string, state: string, env: Record<string, string> = {}): Copy => {
  const copy = startCopy(checkout, { PORT: String(port), STATE_DIR: join(folder, state), ...env });
  copies.push(copy);
  return copy;
};

/** Starts a copy that is not going to run; returns what it says of that. */
const refusal = async (...args: Parameters<typeof start>): Promise<string> => {
  const copy = start(...args);
  const [code] = await once(copy.npm, 'close');
  expect(code).toBe(1);
  return copy.complaint();
};

const call = async (copy: Copy, method: string, path: string, json?: object, headers: Record<string, string> = {}) => {
  const body = json && { body: JSON.stringify(json) };
  const type = { 'Content-Type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${copy.port}${path}`, {
    method,
    headers: { ...type, ...headers },
    ...body,
  });
  const text = await answer.text();
  expectPromised(method, answer.url, { status: answer.status, headers: answer.headers, text });
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text) };
};

const signUp = (copy: Copy, email: string) =>
  call(copy, 'POST', '/api/v1/auth/signup', { email, password: PASSWORD, accepted_terms: true });
const logIn = (copy: Copy, email: string) => call(copy, 'POST', '/api/v1/auth/login', { email, password: PASSWORD });

/** Changes the database of a copy that does not run. */
const inDatabase = (state: string, statement: string): void => {
  const below = join(folder, state, 'v3/d1/miniflare-D1DatabaseObject');
  const [file = ''] = readdirSync(below).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite');
  const database = new DatabaseSync(join(below, file));
  database.exec(statement);
  database.close();
};

/** The first mail to an address. */
const mailTo = async (copy: Copy, email: string) =>
  (await mailsTo(copy, email))[0] ?? { from: '', subject: '', text: '', link: '' };

const verify = async (copy: Copy, email: string): Promise<void> => {
  const { link } = await mailTo(copy, email);
  const answer = await call(copy, 'POST', '/api/v1/auth/verify-email', { token: link.split('#token=')[1] });
  expect(answer.status).toBe(200);
};

const OVERRIDES = {
  RATE_LIMITS: 'off',
  ALLOWED_ORIGINS: 'https://one.example:8443, https://two.example',
  APP_NAME: 'Ada: a=b, "c" & $HOME #d',
  APP_URL: 'https://front.example/app?a=b,c:d',
  SUPPORT_URL: '',
  // Neither a secret nor a binding is a var.
  SIGNING_KEY_A: 'of the environment',
  DB: 'of the environment',
};

let plain: Copy;
let overridden: Copy;
let secure: Copy;

beforeAll(async () => {
  newCheckout(checkout);
  // At the same moment, as nothing is there yet.
  plain = start(await freePort(), 'plain');
  overridden = start(await freePort(), 'overridden', OVERRIDES);
  await Promise.all([untilReady(plain), untilReady(overridden)]);
});

afterAll(async () => {
  await endCopies(copies);
  rmSync(folder, { recursive: true, force: true });
});

describe('npm start', () => {
  it('answers at every form of localhost', async () => {
    const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
    for (const host of ['localhost', '127.0.0.1', ...(hasIpv6 ? ['[::1]'] : [])]) {
      const answer = await fetch(`http://${host}:${plain.port}/health`);
      expect(await answer.json()).toEqual({ status: 'ok' });
    }
  });

  it('says where the API is, where mails appear, and what to try, which works', async () => {
    expect(plain.output()).toContain(`http://localhost:${plain.port}`);
    expect(plain.output()).toMatch(
      /mail appears here, as "Mail to …", with its subject, its link and the path of its text/,
    );
    const [, path = '', form = ''] = /curl http:\/\/localhost:\d+(\S+) .* -d '(.*)'/.exec(plain.output()) ?? [];
    expect((await call(plain, 'POST', path, JSON.parse(form))).status).toBe(201);
  });

  it('makes secrets that nobody else can read, the same for two copies that start at once', async () => {
    const [api, mailer] = ['.dev.vars', 'src/mailer/.dev.vars'].map((file) => {
      expect(statSync(join(checkout, file)).mode & 0o777).toBe(0o600);
      return parseEnv(readFileSync(join(checkout, file), 'utf8'));
    });
    expect(Object.keys(mailer ?? {})).toEqual(['MAIL_LINK_KEYS', 'SERVICE_KEYS']);
    for (const [name, secret] of Object.entries(mailer ?? {})) expect(api?.[name]).toBe(secret);
    for (const copy of [plain, overridden]) {
      const { body } = await call(copy, 'GET', '/.well-known/jwks.json');
      expect(body.keys).toMatchObject([{ kid: JSON.parse(api?.['SIGNING_KEY_A'] ?? '').kid }]);
    }
  });

  it('keeps the users and the mails of two copies apart', async () => {
    const email = 'grace@example.com';
    await Promise.all([signUp(plain, email), signUp(overridden, email)]);
    expect((await mailTo(overridden, email)).text).not.toBe((await mailTo(plain, email)).text);
    await verify(plain, email);
    expect((await logIn(plain, email)).status).toBe(200);
    expect((await logIn(overridden, email)).body.code).toBe('EMAIL_NOT_VERIFIED');
    for (const state of ['plain', 'overridden']) {
      expect(readdirSync(join(folder, state, 'registry')).toSorted()).toContain('edge-accounts-api');
    }
  });

  it('prints of a mail to whom it is, its subject and the link that its text has, and of each line which Worker says it', async () => {
    await signUp(plain, 'rosalind@example.com');
    const { subject, text, link } = await mailTo(plain, 'rosalind@example.com');
    expect(subject).toBe('Verify your email address for Edge Accounts');
    expect(text).toContain(`\n${link}\n`);
    expect(plain.output()).toContain(`\nMail to rosalind@example.com: ${subject}\n  ${link}\n  From: `);
    expect(plain.output()).toMatch(/^\[edge-accounts-api\] \{"level":"info","event":"request"/m);
    expect(plain.output()).toMatch(/^\[edge-accounts-mailer\] \{"level":"info","event":"mail-sent"/m);
    expect(plain.output()).not.toContain('[undefined]');
    expect(plain.output()).not.toContain('send_email');
  });

  it('shows what mails it has caught, and only on this machine', async () => {
    const ask = (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://localhost:${plain.port}/dev/mails${path}`, { headers });
    await signUp(plain, 'lise@example.com');
    await mailTo(plain, 'lise@example.com');
    const list = await ask('', { Accept: 'application/json' });
    expect(list.headers.get('Cache-Control')).toBe('no-store');
    const { mails } = (await list.json()) as { mails: { id: number; to: string; text: string; link: string }[] };
    const [lise] = mails.filter(({ to }) => to === 'lise@example.com');
    expect(lise).toMatchObject({ subject: 'Verify your email address for Edge Accounts' });
    expect(lise?.text).toContain(`\n${lise?.link}\n`);
    expect(mails.map(({ id }) => id)).toEqual(mails.map(({ id }) => id).toSorted((a, b) => b - a));
    expect(await (await ask(`?after=${mails[0]?.id}`)).json()).toEqual({ mails: [] });

    const html = await ask(`/${lise?.id}`);
    expect(html.headers.get('Content-Security-Policy')).toMatch(/ sandbox allow-popups /);
    expect(await html.text()).toContain(`href="${lise?.link}"`);
    const page = await ask('', { Accept: 'text/html,*/*' });
    expect(await page.text()).toContain('<h1>Mails of this copy</h1>');
    const first = await fetch(`http://localhost:${plain.port}/`, { headers: { Accept: 'text/html' } });
    expect(await first.text()).toContain('<a href="/dev/mails"');
    expect(plain.output()).toContain(`\nhttp://localhost:${plain.port}/dev/mails`);
    expect(plain.output()).not.toContain('GET /dev/mails 200');

    // A page of another name may lead here.
    const [outcome] = await once(
      get({ port: plain.port, path: '/dev/mails', headers: { Host: `rebound.example:${plain.port}` } }),
      'response',
    );
    expect(outcome.resume().statusCode).toBe(404);
    expect((await call(plain, 'GET', '/dev/mails/1')).body.code).toBe('NOT_FOUND');
    expect((await call(plain, 'GET', '/dev/mailsx')).body.code).toBe('NOT_FOUND');
  });

  it('minifies no Worker, so that its traces can be read', () => {
    for (const worker of ['edge-accounts-api', 'edge-accounts-mailer']) {
      const config = readFileSync(join(folder, 'plain/config', worker, 'wrangler.json'), 'utf8');
      expect(JSON.parse(config)).toMatchObject({ minify: false });
    }
  });

  it('follows its own port in the links of mails', async () => {
    await signUp(plain, 'alan@example.com');
    expect((await mailTo(plain, 'alan@example.com')).link).toMatch(
      `http://localhost:${plain.port}/verify-email#token=`,
    );
  });

  it('takes the vars of both Workers from the environment, whatever their values hold', async () => {
    await signUp(overridden, 'alan@example.com');
    const mail = await mailTo(overridden, 'alan@example.com');
    expect(mail.from).toContain(OVERRIDES.APP_NAME.replaceAll('"', '\\"'));
    expect(mail.link).toMatch(`${OVERRIDES.APP_URL}/verify-email#token=`);
    expect(mail.text).not.toContain('/docs');

    const headers = { Origin: 'https://one.example:8443' };
    const allowed = await call(overridden, 'GET', '/api/v1/users/me', undefined, headers);
    expect(allowed.headers.get('Access-Control-Allow-Origin')).toBe('https://one.example:8443');
    const other = await call(plain, 'GET', '/api/v1/users/me', undefined, headers);
    expect(other.headers.get('Access-Control-Allow-Origin')).toBeNull();

    // More than twice the limit, in case that a minute ends meanwhile.
    const tries = (copy: Copy) =>
      Promise.all(Array.from({ length: 25 }, () => call(copy, 'POST', '/api/v1/auth/verify-email', { token: 'x' })));
    expect((await tries(plain)).map(({ status }) => status)).toContain(429);
    expect((await tries(overridden)).map(({ status }) => status)).not.toContain(429);
  });

  it('lets a page of another port of this machine call without a setting, and names an origin that it refuses', async () => {
    const preflight = (Origin: string) =>
      fetch(`http://localhost:${plain.port}/api/v1/users/me`, {
        method: 'OPTIONS',
        headers: { Origin, 'Access-Control-Request-Method': 'PATCH' },
      });
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:3000']) {
      const { status, headers } = await preflight(origin);
      expect([status, headers.get('Access-Control-Allow-Origin')]).toEqual([204, origin]);
      expect(headers.get('Access-Control-Allow-Credentials')).toBe('true');
    }
    expect((await preflight('https://front.example')).status).toBe(405);
    const said = () => plain.output() + plain.complaint();
    await vi.waitFor(() => expect(said()).toContain('"event":"origin-refused","origin":"https://front.example"'));
  });

  it('makes tokens of its own address, and asks no browser to use HTTPS', async () => {
    const { headers, body } = await logIn(plain, 'grace@example.com');
    const own = `http://localhost:${plain.port}`;
    const { iss, aud, sub } = decodeJwt(body.access_token);
    expect({ iss, aud }).toEqual({ iss: own, aud: own });
    expect(headers.has('Strict-Transport-Security')).toBe(false);
    // So another service on this machine checks them as in production.
    const checked = await accountsService({ origin: own }).verifyToken(body.access_token);
    expect(checked?.userId).toBe(Number(sub));
    const elsewhere = accountsService({ origin: own, issuer: 'http://localhost:8787' });
    expect(await elsewhere.verifyToken(body.access_token)).toBeUndefined();
  });

  it('refuses a port that is taken, one that clients refuse, and one that is none, in one sentence', async () => {
    const other = 'Choose another: PORT=\\d+ STATE_DIR=\\S+third npm start\n$';
    expect(await refusal(plain.port, 'third')).toMatch(new RegExp(`^Port ${plain.port} is taken\\. ${other}`));
    expect(await refusal(10_080, 'third')).toMatch(
      new RegExp(`^Port 10080 is one that browsers and fetch never connect to\\. ${other}`),
    );
    expect(await refusal('80 80', 'third')).toBe('PORT must be a number from 1 to 65535, and "80 80" is not.\n');
    expect(await refusal(await freePort(), 'third', { SMTP_PORT: '65536', APP_NAME: ' ' })).toMatch(
      /^These vars are unusable: APP_NAME, SMTP_PORT\. .*\n$/,
    );
    expect(await refusal(await freePort(), 'third', { HTTPS: 'yes' })).toBe(
      'HTTPS must be on or off, and "yes" is neither.\n',
    );
  });

  it('refuses the data of a copy that runs', async () => {
    expect(await refusal(await freePort(), 'plain')).toMatch(
      new RegExp(
        `^The data in \\S+/plain are in use by the copy on port ${plain.port}\\. Choose another folder: .*\n$`,
      ),
    );
  });

  it('ends every process when npm gets SIGTERM', async () => {
    const family = plain.family();
    expect(family.length).toBeGreaterThan(4);
    const said = plain.complaint();
    plain.npm.kill('SIGTERM');
    await untilGone(family);
    expect(plain.complaint()).toBe(said);
    expect(await bringLocalAddressesOver(join(folder, 'plain'))).toEqual([]);
  });

  it('goes on with its data and secrets when started again, and brings their addresses into canonical form', async () => {
    const secrets = () =>
      ['.dev.vars', 'src/mailer/.dev.vars'].map((file) => readFileSync(join(checkout, file), 'utf8'));
    const before = secrets();
    inDatabase('plain', "UPDATE users SET email = 'grace@\uff45xample.com' WHERE email = 'grace@example.com'");
    inDatabase(
      'plain',
      `INSERT INTO users (email, password_hash, accepted_terms_at, created_at, updated_at)
       VALUES ('alan@\uff45xample.com', '', 0, ${Date.now()}, 0)`,
    );

    inDatabase(
      'plain',
      `INSERT INTO passkeys (id, user_id, name, created_at, credential_id, public_key, counter, transports, backed_up, rp_id)
       SELECT 'id', id, 'Laptop', 0, 'credential', '', 0, '[]', 0, 'old.example.com' FROM users WHERE email LIKE 'alan@%' LIMIT 1`,
    );
    plain = start(plain.port, 'plain');
    await untilReady(plain);
    expect(plain.output()).toMatch(
      /^APP_URL is of localhost, where these open nothing: 1 passkey of 1 user for old\.example\.com\.$/m,
    );
    expect(plain.output()).toMatch(
      /^Addresses: 1 brought into canonical form\n {2}The accounts \d+ and \d+ have one address in different spellings; they stay as they are\.$/m,
    );
    expect(plain.complaint()).toBe('');
    for (const email of ['grace@example.com', 'grace@\uff45xample.com'])
      expect((await logIn(plain, email)).status).toBe(200);
    expect(secrets()).toEqual(before);
    expect(overridden.output()).not.toContain('Addresses:');
  });

  it('answers over https where it is told to, as Safari wants it for Secure cookies', async () => {
    secure = start(await freePort(), 'secure', { HTTPS: 'on' });
    await untilReady(secure);
    const own = `https://localhost:${secure.port}`;
    const [, certificate = ''] = /--cacert (\S+) /.exec(secure.output()) ?? [];
    expect(secure.output()).toContain(`open ${own}/docs once and go on`);
    trust({ key: '', cert: join(checkout, certificate) });
    const post = (path: string, json?: object, headers: Record<string, string> = {}) =>
      fetch(`${own}/api/v1/auth/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        ...(json ? { body: JSON.stringify(json) } : {}),
      });

    const email = 'hedy@example.com';
    expect((await post('signup', { email, password: PASSWORD, accepted_terms: true })).status).toBe(201);
    const { link } = await mailTo(secure, email);
    expect(link).toMatch(`${own}/verify-email#token=`);
    expect((await post('verify-email', { token: link.split('#token=')[1] })).status).toBe(200);
    const login = await post('login', { email, password: PASSWORD });
    const { access_token } = (await login.json()) as { access_token: string };
    expect(decodeJwt(access_token)).toMatchObject({ iss: own, aud: own });
    expect(login.headers.has('Strict-Transport-Security')).toBe(false);
    const [cookie = ''] = login.headers.getSetCookie();
    expect(cookie).toMatch(/^__Secure-refresh_token=.*; Secure;/);
    // As the pages of this copy send it.
    const refreshed = await post('refresh-token', undefined, { Cookie: cookie.split(';')[0] ?? '', Origin: own });
    expect(refreshed.status).toBe(200);
    const fires = `${own}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`;
    expect((await fetch(fires)).status).toBe(200);
    expect(secure.complaint()).toBe('');
  });

  it('ends when npm is killed', async () => {
    const family = overridden.family();
    overridden.npm.kill('SIGKILL');
    await untilGone(family);
  });

  it('ends in one sentence when its Workers do', async () => {
    const closed = once(plain.npm, 'close');
    const wrangler = plain.family().find(({ command }) => command.includes('bin/wrangler.js dev'));
    process.kill(wrangler?.pid ?? Number.NaN, 'SIGKILL');
    expect(await closed).toEqual([1, null]);
    expect(plain.complaint()).toMatch(/^The Workers have stopped by themselves \(wrangler ended with SIGKILL\)\.\n$/m);
  });

  it('goes on where wrangler starts its runtime again, and ends in one sentence where nobody answers any more', async () => {
    const runtimes = () => secure.family().filter(({ command }) => command.includes('workerd serve'));
    const listens = ({ command }: Process): boolean => command.includes(`:${secure.port} `);
    const [hidden] = runtimes().filter((runtime) => !listens(runtime));
    process.kill(hidden?.pid ?? Number.NaN, 'SIGKILL');
    await vi.waitFor(() => expect(secure.output()).toMatch(/\(crash #1\)[\s\S]*GET \/health 200/), 60_000);

    const closed = once(secure.npm, 'close');
    process.kill(runtimes().find(listens)?.pid ?? Number.NaN, 'SIGKILL');
    expect(await closed).toEqual([1, null]);
    expect(secure.complaint()).toMatch(
      /^The Workers have stopped by themselves \(their runtime ended, and does not answer again\)\.$/m,
    );
    expect(await isPortFree(secure.port)).toBe(true);
  });

  it('ends in one sentence when a migration fails', async () => {
    await writeFile(join(checkout, 'migrations/9999_broken.sql'), 'CREATE TABLE broken (;');
    expect(await refusal(await freePort(), 'broken')).toMatch(/^The migration 9999_broken\.sql failed: .*\n$/);
  });
});
