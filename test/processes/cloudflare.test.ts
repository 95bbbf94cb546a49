import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { experimental_readRawConfig as readRawConfig, type Unstable_RawConfig } from 'wrangler';
import { newSigningKey } from '../../src/accounts/access-token.ts';
import { type Cloudflare, type CloudflareOptions, startCloudflare } from './cloudflare.ts';

// Whether the stand-in can be trusted: wrangler itself, with the project's own Workers, takes it for Cloudflare.

const ROOT = resolve(import.meta.dirname, '../..');
const PATIENCE = { timeout: 50_000, interval: 50 };
const API = 'edge-accounts-api';
const MAILER = 'edge-accounts-mailer';

const folder = mkdtempSync(join(tmpdir(), 'cloudflare-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const call = async ({ url, token }: { url: string; token: string }, method: string, path: string, json?: object) => {
  const body = json ? { body: JSON.stringify(json) } : {};
  const answer = await fetch(url + path, { method, headers: { Authorization: `Bearer ${token}` }, ...body });
  return { status: answer.status, ...((await answer.json()) as any) };
};

/** Runs wrangler against the stand-in, without a terminal. */
const wrangler = async (cloudflare: Cloudflare, args: string[], input = '') => {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...cloudflare.env,
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_WRITE_LOGS: 'false',
    },
  });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr: stripVTControlCharacters(stderr) };
};

/** A Worker's configuration as a team would fill it in. */
const configure = (source: string, ids: { database: string; namespace: string }, vars: Record<string, string>) => {
  const { rawConfig }: { rawConfig: Unstable_RawConfig } = readRawConfig({ config: join(ROOT, source) });
  const absolute = (path = ''): string => resolve(ROOT, dirname(source), path);
  const config = {
    ...rawConfig,
    main: absolute(rawConfig.main),
    // The assets are built already, and other tests read them at this moment.
    build: undefined,
    preview_urls: source === 'wrangler.toml',
    vars: { ...rawConfig.vars, ENVIRONMENT: 'production', APP_URL: 'https://accounts.example.com', ...vars },
    assets: rawConfig.assets && { ...rawConfig.assets, directory: absolute(rawConfig.assets.directory) },
    d1_databases: rawConfig.d1_databases?.map((one) => ({
      ...one,
      database_id: ids.database,
      migrations_dir: absolute(one.migrations_dir),
    })),
    kv_namespaces: rawConfig.kv_namespaces?.map((one) => ({ ...one, id: ids.namespace })),
  };
  const file = join(folder, `${rawConfig.name}-${Object.keys(vars).length}.json`);
  writeFileSync(file, JSON.stringify(config));
  return file;
};

// Each run of wrangler takes a busy machine many seconds.
describe('wrangler', { timeout: 3 * 60_000 }, () => {
  const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });
  let cloudflare: Cloudflare;
  let ids: { database: string; namespace: string };
  let api: string;
  let secrets: Record<string, string>;

  const succeed = async (args: string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await wrangler(cloudflare, args, input);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  beforeAll(async () => {
    cloudflare = await startCloudflare({ strangers: 120 });
    const at = `/accounts/${cloudflare.accountId}`;
    const create = async (path: string, json: object) => (await call(cloudflare, 'POST', at + path, json)).result;
    ids = {
      database: (await create('/d1/database', { name: 'edge-accounts' })).uuid,
      namespace: (await create('/storage/kv/namespaces', { title: 'edge-accounts-revoked-tokens' })).id,
    };
    for (const name of ['edge-accounts-avatars', 'edge-accounts-records']) await create('/r2/buckets', { name });
    for (const name of ['edge-accounts-mail', 'edge-accounts-mail-dead']) await create('/queues', { queue_name: name });

    secrets = {
      SIGNING_KEY_A: await newSigningKey(new Date('2026-01-01')),
      SIGNING_KEY_B: '',
      TOKEN_KEYS: keys('token'),
      MAIL_LINK_KEYS: keys('links'),
    };
    const mail = { MAIL_FROM: 'accounts@example.com', SUPPORT_URL: 'https://example.com/help' };
    const mailer = configure('src/mailer/wrangler.toml', ids, mail);
    api = configure('wrangler.toml', ids, {});
    await succeed(['d1', 'migrations', 'apply', 'DB', '--remote', '--config', api]);
    await succeed(
      ['secret', 'bulk', '--config', mailer],
      JSON.stringify({ MAIL_LINK_KEYS: secrets['MAIL_LINK_KEYS'] }),
    );
    await succeed(['deploy', '--config', mailer]);
    const file = join(folder, 'secrets.json');
    writeFileSync(file, JSON.stringify(secrets));
    await succeed(['deploy', '--config', api, '--secrets-file', file]);
  }, 5 * 60_000);
  afterAll(async () => {
    await cloudflare.stop();
  });

  it('applies the migrations to the database that the deployed Workers use', async () => {
    const files = await cloudflare.rows('edge-accounts', 'SELECT name FROM d1_migrations');
    expect(files.map(({ name }) => name)).toContain('0000_init.sql');
    expect(cloudflare.bindings(API)['DB']).toMatchObject({ type: 'd1', id: ids.database });
    expect(cloudflare.bindings(MAILER)['DB']).toMatchObject({ type: 'd1', id: ids.database });
  });

  it('keeps secrets, schedules, consumers and what else belongs to a Worker', () => {
    for (const [name, value] of Object.entries(secrets)) {
      expect(cloudflare.bindings(API)[name]).toEqual({ type: 'secret_text', name, text: value });
    }
    expect(cloudflare.bindings(MAILER)['MAIL_LINK_KEYS']?.['text']).toBe(secrets['MAIL_LINK_KEYS']);
    expect(cloudflare.account.workers.get(API)).toMatchObject({
      schedules: ['* * * * *'],
      subdomain: { enabled: true, previews_enabled: true },
      settings: { observability: { enabled: true } },
    });
    expect(cloudflare.account.workers.get(MAILER)?.subdomain).toEqual({ enabled: false, previews_enabled: false });
    expect(cloudflare.account.queues.find(({ queue_name }) => queue_name === 'edge-accounts-mail')).toMatchObject({
      consumers: [{ script: MAILER, dead_letter_queue: 'edge-accounts-mail-dead', settings: { max_retries: 30 } }],
    });
    expect(() => cloudflare.serve(MAILER)).toThrow('no public address');
  });

  it('has the deployed Workers answer, with their assets, their database, their queue and their secrets', async () => {
    const address = await cloudflare.serve(API);
    expect(await (await fetch(`${address}/health`)).json()).toEqual({ status: 'ok' });
    const { keys: published } = (await (await fetch(`${address}/.well-known/jwks.json`)).json()) as any;
    expect(published).toMatchObject([{ kid: JSON.parse(secrets['SIGNING_KEY_A'] ?? '').kid }]);
    const document = await (await fetch(`${address}/openapi.json`)).text();
    expect(document).toBe(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8'));

    const email = 'ada@example.com';
    const form = { email, password: 'correct horse battery', accepted_terms: true };
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${address}/api/v1/auth/signup`, {
      method: 'POST',
      headers,
      body: JSON.stringify(form),
    });
    expect(answer.status).toBe(201);
    expect(await cloudflare.rows('edge-accounts', 'SELECT email FROM users')).toEqual([{ email }]);
    await vi.waitFor(() => expect(cloudflare.printed.join('\n')).toContain(`To: ${email}`), PATIENCE);
  });

  it('is refused a version that does not start, in the words of the Worker', async () => {
    const before = cloudflare.account.workers.get(API)?.versions.length;
    const { code, stderr } = await wrangler(cloudflare, [
      ...['deploy', '--config', configure('wrangler.toml', ids, { APP_URL: 'http://accounts.example.com' })],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('Uncaught Error: These vars are missing or unusable: APP_URL.');
    expect(stderr).toContain('[code: 10021]');
    expect(cloudflare.account.workers.get(API)?.versions).toHaveLength(before ?? 0);
  });

  it('uploads a version beside the one that is deployed, which has an address of its own', async () => {
    const config = configure('wrangler.toml', ids, { ALLOWED_ORIGINS: 'https://one.example', TOKEN_ISSUER: 'preview' });
    const said = await succeed(['versions', 'upload', '--config', config, '--preview-alias', 'one']);
    expect(said).toContain(`https://one-${API}.test-team.workers.dev`);
    const [, version = ''] = /Worker Version ID: (\S+)/.exec(said) ?? [];
    const allowed = async (address: string) => {
      const answer = await fetch(`${address}/api/v1/users/me`, { headers: { Origin: 'https://one.example' } });
      return answer.headers.get('Access-Control-Allow-Origin');
    };
    expect(await allowed(await cloudflare.serve(API, version))).toBe('https://one.example');
    expect(await allowed(await cloudflare.serve(API))).toBeNull();

    const path = `/accounts/${cloudflare.accountId}/workers/scripts/${API}/secrets-bulk`;
    expect(await call(cloudflare, 'PATCH', path, { secrets: {} })).toMatchObject({ errors: [{ code: 10215 }] });
  });
});

describe('the API', () => {
  const started = async (options?: CloudflareOptions) => {
    const cloudflare = await startCloudflare(options);
    const at = `/accounts/${cloudflare.accountId}`;
    return {
      cloudflare,
      ask: (method: string, path: string, json?: object) => call(cloudflare, method, at + path, json),
    };
  };

  it('gives long lists page by page, and finds a database and a queue by name', async () => {
    const { cloudflare, ask } = await started({ strangers: 120 });
    const pages = await Promise.all([1, 2, 3].map((page) => ask('GET', `/d1/database?page=${page}&per_page=50`)));
    expect(pages.map(({ result }) => result.length)).toEqual([50, 50, 20]);
    expect(pages[2].result_info).toMatchObject({ page: 3, per_page: 50, total_count: 120 });
    expect((await ask('GET', '/d1/database?name=stranger-77')).result).toMatchObject([{ name: 'stranger-77' }]);
    expect((await ask('GET', '/queues?name=stranger-77')).result).toMatchObject([{ queue_name: 'stranger-77' }]);
    expect((await ask('GET', '/storage/kv/namespaces')).result).toHaveLength(20);

    const buckets: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const answer = await ask('GET', `/r2/buckets?per_page=50&cursor=${cursor}`);
      buckets.push(...answer.result.buckets.map(({ name }: { name: string }) => name));
      cursor = answer.result_info.cursor;
    }
    expect(new Set(buckets)).toHaveLength(120);
    await cloudflare.stop();
  });

  it('refuses a name that is taken', async () => {
    const { cloudflare, ask } = await started({ strangers: 1 });
    const codes = await Promise.all([
      ask('POST', '/d1/database', { name: 'stranger-0' }),
      ask('POST', '/storage/kv/namespaces', { title: 'stranger-0' }),
      ask('POST', '/r2/buckets', { name: 'stranger-0' }),
      ask('POST', '/queues', { queue_name: 'stranger-0' }),
    ]);
    expect(codes.map(({ errors }) => errors[0].code)).toEqual([7502, 10014, 10004, 11009]);
    await cloudflare.stop();
  });

  it('refuses another token, and what a token lacks', async () => {
    const { cloudflare, ask } = await started({ lacks: ['r2', 'd1:edit'] });
    const path = `/accounts/${cloudflare.accountId}/queues`;
    expect(await call({ ...cloudflare, token: 'another' }, 'GET', path)).toMatchObject({
      status: 401,
      success: false,
      errors: [{ code: 10000, message: 'Authentication error' }],
    });
    expect(await ask('GET', '/r2/buckets')).toMatchObject({ status: 403, errors: [{ code: 10000 }] });
    expect(await ask('POST', '/d1/database', { name: 'one' })).toMatchObject({ status: 403 });
    expect(await ask('GET', '/d1/database')).toMatchObject({ status: 200, success: true });
    await cloudflare.stop();
  });

  it('fails when told to, before anything is done or after it', async () => {
    const { cloudflare, ask } = await started();
    cloudflare.fail('POST', /d1\/database$/);
    expect(await ask('POST', '/d1/database', { name: 'one' })).toMatchObject({ status: 500, success: false });
    expect(cloudflare.account.databases).toEqual([]);
    cloudflare.fail('POST', /d1\/database$/, { isLost: true, status: 502 });
    expect(await ask('POST', '/d1/database', { name: 'one' })).toMatchObject({ status: 502, success: false });
    expect(cloudflare.account.databases).toMatchObject([{ name: 'one' }]);
    expect(await ask('POST', '/d1/database', { name: 'two' })).toMatchObject({ status: 200, success: true });
    await cloudflare.stop();
  });

  it('does not end quietly where it was asked what it does not know', async () => {
    const { cloudflare, ask } = await started();
    expect(await ask('GET', '/pages/projects')).toMatchObject({ status: 404, errors: [{ code: 7003 }] });
    await expect(cloudflare.stop()).rejects.toThrow(/GET \/accounts\/\w+\/pages\/projects/);
  });
});
