import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { unmigrated } from '../../src/tools/database/place.ts';
import { CloudflareError } from '../../src/tools/deploy/cloudflare.ts';
import { DeployFault } from '../../src/tools/deploy/deploy-fault.ts';
import { applyMigrations } from '../../src/tools/deploy/migrate.ts';
import { namesOf, readTomls, type WorkerName } from '../../src/tools/deploy/names.ts';
import { missingSecrets } from '../../src/tools/deploy/secrets.ts';
import { seeMailLeave } from '../../src/tools/deploy/smoke-mail.ts';
import { smokeTest } from '../../src/tools/deploy/smoke-test.ts';
import { runWrangler } from '../../src/tools/deploy/wrangler.ts';
import { readMigrations } from '../../src/tools/migrations/compatibility.ts';
import type { Cloudflare } from './cloudflare.ts';
import {
  addressOf,
  changesIn,
  deploy,
  type Ended,
  home,
  PATIENCE,
  PROJECT,
  secretsOf,
  servers,
  standIn,
} from './deploy-command.ts';
import { newCheckout } from './npm-start.ts';
import { generatedRebuild, landRebuild, rebuildAsShown } from './rebuild.ts';

/** What of a secret must be seen nowhere: the private halves and the keys in it. */
const kernelsOf = (secrets: Record<string, string>): string[] =>
  Object.values(secrets).flatMap((secret) => {
    const { d, ...rest } = JSON.parse(secret) as Record<string, string>;
    return d === undefined ? Object.values(rest).filter((text) => String(text).length > 20) : [d];
  });

type Code = { name: string; text: string };

/** A Worker's first module and those that it imports: the runtime reads them before the first request. The others wait for a call. */
const readAtStart = (code: readonly Code[], name = 'index.js', known = new Set<string>()): Code[] => {
  const module = code.find((one) => one.name === name);
  if (!module || known.has(name)) return [];
  known.add(name);
  const imported = [...module.text.matchAll(/(?:^|[;}])(?:import|export)[^;()]*?"\.\/([^"]+)"/g)];
  return [module, ...imported.flatMap(([, next = '']) => readAtStart(code, next, known))];
};

// The deployment that the first tests make, and the next go on with.
let cloudflare: Cloudflare;
let address: string;

describe('npm run deploy, into an account of others', { timeout: PATIENCE }, () => {
  let first: Ended;
  let again: Ended;
  let requests: string[];
  let asked: string[];
  let secrets: Record<string, string>[];
  const secretsOfBoth = () => ['edge-accounts-api', 'edge-accounts-mailer'].map((name) => secretsOf(cloudflare, name));

  beforeAll(async () => {
    cloudflare = await standIn({ strangers: 120 });
    address = await addressOf(() => cloudflare.serve('edge-accounts-api'));
    first = await deploy(cloudflare, ['--address', address]);
    requests = [...cloudflare.requests];
  }, PATIENCE);

  it('makes everything that there is not, and says so', () => {
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.stdout.split('\n')).toEqual([
      'Deploying production, as edge-accounts in the account The account of the test.',
      'D1 database edge-accounts: made',
      'KV namespace edge-accounts-revoked-tokens: made',
      'R2 bucket edge-accounts-avatars: made',
      'R2 bucket edge-accounts-records: made',
      'queue edge-accounts-mail: made',
      'queue edge-accounts-events: made',
      'queue edge-accounts-mail-dead: made',
      expect.stringMatching(/^Migrations: 0000_init, 0001_audit_append_only.* applied$/),
      'Worker edge-accounts-mailer: deployed',
      'Worker edge-accounts-api: deployed',
      'Secrets of edge-accounts-mailer: MAIL_LINK_KEYS, SERVICE_KEYS made',
      expect.stringMatching(
        /^Secrets of edge-accounts-api: SIGNING_KEY_A, SIGNING_KEY_B, TOKEN_KEYS, FACTOR_KEYS, MAIL_LINK_KEYS, SERVICE_KEYS made$/,
      ),
      'Addresses: all are in their canonical form',
      `Smoke test of ${address}`,
      '  it answers',
      '  its keys are there',
      '  its document is served',
      '  it refuses a stranger',
      '  a login of nobody is checked against the database',
      '  no mail was tried: name an address of yours with --mail-to, or as mail_to in deployments.toml',
      `production answers at ${address}.`,
      '',
    ]);
  });

  it('goes in the order that nothing meets what is not there yet: resources, migrations, mailer, API', () => {
    const positions = [
      /^POST \S+\/queues$/,
      /^POST \S+\/d1\/database\/\S+\/query$/,
      /^PUT \S+\/workers\/scripts\/edge-accounts-mailer/,
      /^PUT \S+\/workers\/scripts\/edge-accounts-api/,
    ].map((pattern) => requests.findIndex((request) => pattern.test(request)));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    const lastMade = requests.findLastIndex((request) =>
      /^POST \S+\/(queues|buckets|namespaces|database)$/.test(request),
    );
    const firstApplied = requests.findIndex((request) => /query$/.test(request));
    expect(lastMade).toBeLessThan(firstApplied);
  });

  it('binds both Workers to one database, one queue of mails with dead letters behind it, and one of events', () => {
    const [api, mailer] = ['edge-accounts-api', 'edge-accounts-mailer'].map((name) => cloudflare.bindings(name));
    const database = cloudflare.account.databases.find(({ name }) => name === 'edge-accounts');
    for (const bindings of [api, mailer]) expect(bindings?.['DB']).toMatchObject({ id: database?.uuid });
    expect(api?.['MAIL']).toMatchObject({ queue_name: 'edge-accounts-mail' });
    const [mails, dead] = ['edge-accounts-mail', 'edge-accounts-mail-dead'].map((name) =>
      cloudflare.account.queues.find(({ queue_name }) => queue_name === name),
    );
    expect(mails?.consumers).toMatchObject([
      { script: 'edge-accounts-mailer', dead_letter_queue: 'edge-accounts-mail-dead' },
    ]);
    expect(dead?.consumers).toMatchObject([{ script: 'edge-accounts-mailer' }]);
    for (const bindings of [api, mailer])
      expect(bindings?.['EVENTS']).toMatchObject({ queue_name: 'edge-accounts-events' });
    const events = cloudflare.account.queues.find(({ queue_name }) => queue_name === 'edge-accounts-events');
    expect(events?.consumers).toMatchObject([{ script: 'edge-accounts-mailer', dead_letter_queue: undefined }]);
    expect(cloudflare.account.workers.get('edge-accounts-api')?.schedules).toEqual(['* * * * *']);
    expect(cloudflare.account.workers.get('edge-accounts-api')?.subdomain).toEqual({
      enabled: true,
      previews_enabled: false,
    });
    expect(cloudflare.account.workers.get('edge-accounts-mailer')?.subdomain.enabled).toBe(false);
  });

  it('uploads Workers that are small, as much as is read before a first request: 100 KiB and 120, packed', () => {
    const sizeOf = (name: string): number => {
      const modules = [...(cloudflare.account.workers.get(name)?.versions[0]?.modules ?? [])];
      const code = modules.map(([name, { contents }]) => ({ name, text: new TextDecoder().decode(contents) }));
      const read = readAtStart(code);
      expect(read.length).toBeGreaterThan(0);
      return read.reduce((sum, { text }) => sum + gzipSync(text).length, 0);
    };
    expect(sizeOf('edge-accounts-api')).toBeLessThanOrEqual(100 * 1024);
    expect(sizeOf('edge-accounts-mailer')).toBeLessThanOrEqual(120 * 1024);
  });

  // ASVS 15.2.3
  it('knows nothing of the page that shows the mails of a local copy', async () => {
    const [version] = cloudflare.account.workers.get('edge-accounts-api')?.versions ?? [];
    const modules = [...(version?.modules ?? [])].map(([, { contents }]) => new TextDecoder().decode(contents));
    const files = Object.entries(version?.assets?.files ?? {});
    const config = readFileSync(join(PROJECT, '.wrangler/deploy/production/api.json'), 'utf8');
    expect(modules.length * files.length).toBeGreaterThan(1);
    for (const text of [
      ...modules,
      ...files.flatMap(([path, contents]) => [path, Buffer.from(contents, 'base64').toString()]),
      config,
    ])
      expect(text).not.toMatch(/\/dev\/|CAUGHT_MAILS/);
    for (const path of ['/dev/mails', '/dev/mails/1', '/dev/mails/mails.js']) {
      const answer = await fetch(address + path, { headers: { Accept: 'text/html' } });
      expect(await answer.json()).toMatchObject({ status_code: 404, code: 'NOT_FOUND' });
    }
  });

  // ASVS 13.3.1
  it('makes secrets that only Cloudflare has: not the output, the bundles, the files beside them or the repository', () => {
    const [api, mailer] = [secretsOf(cloudflare, 'edge-accounts-api'), secretsOf(cloudflare, 'edge-accounts-mailer')];
    for (const kind of ['MAIL_LINK_KEYS', 'SERVICE_KEYS']) expect(api[kind]).toBe(mailer[kind]);
    const kernels = [...kernelsOf(api), ...kernelsOf(mailer)];
    expect(kernels).toHaveLength(8);
    const written = ['api', 'mailer'].map((name) =>
      readFileSync(join(PROJECT, `.wrangler/deploy/production/${name}.json`), 'utf8'),
    );
    const modules = [...cloudflare.account.workers.values()].flatMap(({ versions }) =>
      versions.flatMap((version) =>
        [...version.modules.values()].map(({ contents }) => new TextDecoder().decode(contents)),
      ),
    );
    expect(modules.length).toBeGreaterThan(1);
    for (const text of [first.stdout, first.stderr, ...cloudflare.printed, ...written, ...modules])
      expect(kernels.filter((kernel) => text.includes(kernel))).toEqual([]);
  });

  it('serves people at once', async () => {
    const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery', accepted_terms: true });
    const answer = await fetch(`${address}/api/v1/auth/signup`, { method: 'POST', body });
    expect(answer.status).toBe(201);
  });

  it('says which passkeys a new host leaves behind, and goes on only where that is meant', async () => {
    const passkey = (id: string, host: string) =>
      `INSERT INTO passkeys (id, user_id, name, created_at, credential_id, public_key, counter, transports, backed_up, rp_id)
       SELECT '${id}', max(id), 'Laptop', 0, '${id}', '', 0, '[]', 0, '${host}' FROM users`;
    await cloudflare.rows('edge-accounts', passkey('one', 'old.acme.test'));
    await cloudflare.rows('edge-accounts', passkey('two', 'old.acme.test'));
    const words = 'where these open nothing: 2 passkeys of 1 user for old.acme.test.';
    cloudflare.requests.length = 0;
    const refused = await deploy(cloudflare);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^APP_URL is of edge-accounts-api\.\S+\.workers\.dev, where these open nothing: 2 passkeys of 1 user for old\.acme\.test\. Whoever has nothing else would sign in with a recovery code\. If that is meant, deploy once more with --yes\.\n$/,
      ),
    ]);
    expect(changesIn(cloudflare.requests)).toEqual([]);
    const looked = await deploy(cloudflare, ['--dry-run']);
    expect([looked.code, looked.stdout]).toEqual([0, expect.stringContaining(words)]);
    const meant = await deploy(cloudflare, ['--yes', '--address', address]);
    expect([meant.code, meant.stderr, meant.stdout]).toEqual([0, '', expect.stringContaining(words)]);
    // Once the new host has passkeys nobody is surprised any more.
    const [, host = ''] = /^APP_URL is of (\S+),/.exec(refused.stderr) ?? [];
    await cloudflare.rows('edge-accounts', passkey('three', host));
    const known = await deploy(cloudflare, ['--address', address]);
    expect([known.code, known.stderr, known.stdout]).toEqual([0, '', expect.stringContaining(words)]);
    await cloudflare.rows('edge-accounts', 'DELETE FROM passkeys');
  });

  it('brings addresses into their canonical form behind the code that knows it; doubles are named and stay', async () => {
    const post = (path: string, json: object) =>
      fetch(`${address}/api/v1/auth/${path}`, { method: 'POST', body: JSON.stringify(json) });
    const password = 'correct horse battery';
    const login = async (email: string) => (await post('login', { email, password })).status;
    for (const email of ['ida@bücher.example', 'eve@bücher.example', 'twin@bücher.example'])
      await post('signup', { email, password, accepted_terms: true });
    const emails = async () =>
      (await cloudflare.rows('edge-accounts', "SELECT id, email FROM users WHERE email LIKE '%cher%' ORDER BY id")).map(
        ({ id, email }) => [Number(id), String(email)] as const,
      );
    const [ida, eve] = (await emails()).map(([id]) => id);
    await cloudflare.rows('edge-accounts', 'UPDATE users SET is_verified = 1');
    await cloudflare.rows('edge-accounts', `UPDATE users SET email = 'ida@xn--bcher-kva.example' WHERE id = ${ida}`);
    await cloudflare.rows('edge-accounts', `UPDATE users SET email = 'twin@xn--bcher-kva.example' WHERE id = ${eve}`);
    const before = await emails();
    const [, , [twin] = []] = before;
    expect(await login('ida@bücher.example')).toBe(401);

    const doubles = `\n  The accounts ${eve} and ${twin} have one address in different spellings; they stay as they are.\n`;
    const looked = await deploy(cloudflare, ['--dry-run']);
    expect(looked.stdout).toContain(`Addresses: 1 would be brought into canonical form${doubles}`);
    expect(await emails()).toEqual(before);

    secrets = secretsOfBoth();
    cloudflare.requests.length = 0;
    again = await deploy(cloudflare, ['--address', address]);
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(again.stdout).toContain(`Addresses: 1 brought into canonical form${doubles}`);
    expect(again.stdout).not.toMatch(/@|xn--/);
    expect(await emails()).toEqual(before.map(([id, email]) => [id, id === ida ? 'ida@bücher.example' : email]));
    const uploaded = cloudflare.requests.findLastIndex((request) => /^P\S+ \S+\/workers\/scripts\//.test(request));
    expect(cloudflare.requests.findLastIndex((request) => /\/query$/.test(request))).toBeGreaterThan(uploaded);
    for (const email of ['ida@bücher.example', 'ida@xn--bcher-kva.example']) expect(await login(email)).toBe(200);
    asked = [...cloudflare.requests];
  });

  it('makes nothing twice when it is run again, and leaves the secrets as they are', () => {
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(again.stdout).not.toMatch(/: made$/m);
    expect(again.stdout.match(/: found$/gm)).toHaveLength(7);
    expect(again.stdout).toContain('Migrations: none is new\n');
    expect(again.stdout.match(/^Secrets of .*: all are there$/gm)).toHaveLength(2);
    expect(
      changesIn(asked).filter((request) => !request.includes('/workers/') && !request.includes('/consumers')),
    ).toEqual([]);
    expect(secretsOfBoth()).toEqual(secrets);
  });

  // ASVS 13.3.1
  it('lets no secret in that cannot be read, and is stopped by one that is there, by its name and without its value', async () => {
    const sentence = 'Uncaught Error: These secrets are missing or unusable: TOKEN_KEYS_B.';
    const before = secretsOfBoth();
    const put = ['secret', 'bulk', '--name', 'edge-accounts-api'];
    const ended = await runWrangler(
      put,
      { ...cloudflare.env, HOME: home },
      JSON.stringify({ TOKEN_KEYS_B: 'of-nobody' }),
    );
    expect([ended.code, ended.reason]).toEqual([1, expect.stringContaining(sentence)]);
    expect(ended.reason).not.toContain('of-nobody');
    expect(secretsOfBoth()).toEqual(before);

    // As where it was put before a Worker looked at its secrets.
    const latest = cloudflare.account.workers.get('edge-accounts-api')?.versions.at(-1);
    latest?.bindings.push({ type: 'secret_text', name: 'TOKEN_KEYS_B', text: 'of-nobody' });
    const { code, stdout, stderr } = await deploy(cloudflare, ['--address', address]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^The deployment of edge-accounts-api failed: .*\n$/)]);
    expect(stderr).toContain(sentence);
    expect(stdout + stderr).not.toContain('of-nobody');
    latest?.bindings.pop();
  });

  it('takes no domain from another Worker', async () => {
    const shop = structuredClone(cloudflare.account.workers.get('edge-accounts-mailer'));
    if (!shop) throw new Error('The mailer is not there.');
    const domain = { id: 'shop', zone_name: 'acme.test', enabled: true, previews_enabled: false };
    Object.assign(shop, { name: 'shop', domains: [{ ...domain, hostname: 'accounts.acme.test' }] });
    cloudflare.account.workers.set('shop', shop);
    cloudflare.requests.length = 0;
    const { code, stderr } = await deploy(cloudflare, [], { DEPLOY_DOMAIN: 'accounts.acme.test' });
    expect([code, stderr]).toEqual([1, 'The domain accounts.acme.test belongs to the Worker shop in this account.\n']);
    expect(changesIn(cloudflare.requests)).toEqual([]);
  });
});

describe('npm run deploy, where a migration is new', { timeout: PATIENCE }, () => {
  // A checkout of its own: what a deployment writes on its way is named by the environment alone.
  const checkout = join(home, 'checkout');
  const deployFrom = (...args: string[]) => deploy(cloudflare, args, {}, checkout);

  beforeAll(() => newCheckout(checkout));

  describe('with a table that is rebuilt', () => {
    const PEOPLE =
      "SELECT group_concat(email) AS users, (SELECT count(*) FROM sessions) AS sessions FROM users WHERE email <> 'ops@acme.test'";
    const COUNT = "SELECT seq FROM sqlite_sequence WHERE name = 'users'";
    let before: unknown;
    let applied: Ended;

    beforeAll(async () => {
      await cloudflare.rows(
        'edge-accounts',
        `INSERT INTO users (id, email, password_hash, accepted_terms_at, created_at, updated_at)
           VALUES (41, 'bo@example.com', '', 0, 0, 0), (42, 'cy@example.com', '', 0, 0, 0);
         INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at) VALUES ('s', 41, 0, 0, 0, 0);
         DELETE FROM users WHERE id = 42;`,
      );
      before = await cloudflare.rows('edge-accounts', PEOPLE);
      expect(before).not.toMatchObject([{ sessions: 0 }]);
    }, PATIENCE);

    it('refuses what loses something and leaves everything as it is, in a dry run too', async () => {
      landRebuild(checkout, generatedRebuild('users'));
      cloudflare.requests.length = 0;
      // A refusal comes before what is missing is made.
      const isQueue = ({ queue_name }: { queue_name: string }) => queue_name === 'edge-accounts-mail-dead';
      const [queue] = cloudflare.account.queues.splice(cloudflare.account.queues.findIndex(isQueue), 1);
      for (const args of [['--dry-run'], []]) {
        const { code, stderr } = await deployFrom(...args);
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /^The new migrations lose or break something in a database with rows, so none was applied: 0099_rebuilt: .*; 0099_rebuilt: (\d+) of \1 rows of sessions are gone; .*\. CONTRIBUTING\.md says how to keep it\.\n$/,
        );
      }
      expect(changesIn(cloudflare.requests)).toEqual([]);
      expect(await cloudflare.rows('edge-accounts', PEOPLE)).toEqual(before);
      expect(await cloudflare.rows('edge-accounts', "SELECT 1 FROM d1_migrations WHERE name LIKE '0099%'")).toEqual([]);
      if (queue) cloudflare.account.queues.push(queue);
    });

    it('applies what loses nothing, and nothing is lost; the doubles of before are still named, and stay', async () => {
      landRebuild(checkout, rebuildAsShown('users'));
      applied = await deployFrom('--address', address, '--mail-to', 'Ops@acme.test');
      const { code, stdout, stderr } = applied;
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('Migrations: 0099_rebuilt applied\n');
      expect(stdout).toMatch(
        /^Addresses: none can be brought into its canonical form\n {2}The accounts \d+ and \d+ have one address in different spellings; they stay as they are\.$/m,
      );
      expect(await cloudflare.rows('edge-accounts', PEOPLE)).toEqual(before);
      // The operator's is the next after all that were given.
      expect(await cloudflare.rows('edge-accounts', COUNT)).toEqual([{ seq: 43 }]);
    });

    it('sees a mail leave for the address that the operator names', async () => {
      expect(applied.stdout).toContain('\n  a mail leaves\nproduction answers at ');
      // The simulator of mails has taken one before it prints it.
      await vi.waitFor(() => expect(cloudflare.printed.join('\n')).toContain('To: ops@acme.test'), 60_000);
    });
  });

  it('names the migration that fails on data and the cause, and leaves the code of before', async () => {
    const meta = join(checkout, 'migrations/meta');
    copyFileSync(join(meta, '0099_snapshot.json'), join(meta, '0100_snapshot.json'));
    // Accounts whose addresses end alike, as none of those do that a deployment makes up for its trial.
    await cloudflare.rows(
      'edge-accounts',
      `INSERT INTO users (email, password_hash, accepted_terms_at, created_at, updated_at)
       VALUES ('one@example.com', '', 0, 0, 0), ('two@example.com', '', 0, 0, 0)`,
    );
    const sql = '-- Meant to lose values of users.email: a test.\nUPDATE users SET email = substr(email, 4);\n';
    writeFileSync(join(checkout, 'migrations/0100_failing.sql'), sql);
    cloudflare.requests.length = 0;
    const { code, stderr } = await deployFrom('--address', address);
    expect(stderr).toMatch(
      /^The migrations failed at 0100_failing, and no code was deployed: .*UNIQUE constraint failed: users\.email.*\n$/,
    );
    expect(code).toBe(1);
    expect(cloudflare.requests.filter((request) => /^(PUT|POST) \S+\/workers\/scripts\//.test(request))).toEqual([]);
    rmSync(join(meta, '0100_snapshot.json'));
  });

  it('says in a sentence which snapshot is missing', async () => {
    cloudflare.requests.length = 0;
    const { code, stderr } = await deployFrom();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^The migration 0100_failing has no snapshot that can be read: migrations\/meta\/0100_snapshot\.json \(ENOENT\)\. .*\n$/,
      ),
    ]);
    expect(changesIn(cloudflare.requests)).toEqual([]);
    rmSync(join(checkout, 'migrations/0100_failing.sql'));
  });

  it('refuses to go behind a database that is further on', async () => {
    await cloudflare.rows('edge-accounts', "INSERT INTO d1_migrations (name) VALUES ('0099_of_a_newer_release.sql')");
    cloudflare.requests.length = 0;
    const { code, stderr } = await deployFrom();
    expect([code, stderr]).toEqual([
      1,
      'The database has had 0099_of_a_newer_release, which this checkout does not have: deploy a newer one, or roll back with wrangler.\n',
    ]);
    expect(changesIn(cloudflare.requests)).toEqual([]);
  });
});

describe('npm run deploy', { timeout: PATIENCE }, () => {
  it('shows a deployment into an empty account to somebody without credentials', async () => {
    const { code, stdout } = await deploy(undefined, ['--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^There are no usable credentials: log in with `npm run wrangler -- login`/);
    expect(stdout.match(/would be made$/gm)).toHaveLength(9);
    expect(stdout).toMatch(/\nNo account was looked at: what yours has already is not in this\.\n$/);
  });

  it('shows nothing made up to somebody whose credentials open nothing, unless they want no account asked', async () => {
    const cloudflare = await standIn();
    const looking = (env: Record<string, string>, ...args: string[]) => deploy(cloudflare, ['--dry-run', ...args], env);
    for (const [token, sentence] of [
      ['wrong', /^There are no usable credentials: .* Cloudflare refuses those that are there \(.*\)\.\n$/],
      ['', /^CLOUDFLARE_API_TOKEN is empty: give it a token, or unset it\.\n$/],
    ] as const) {
      const { code, stdout, stderr } = await looking({ CLOUDFLARE_API_TOKEN: token });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(sentence);
    }
    cloudflare.requests.length = 0;
    const { code, stdout } = await looking({ CLOUDFLARE_API_TOKEN: 'wrong' }, '--offline');
    expect([code, cloudflare.requests]).toEqual([0, []]);
    expect(stdout).toMatch(
      /Nothing was changed\.\nNo account was looked at: what yours has already is not in this\.\n$/,
    );
    expect((await deploy(cloudflare, ['--offline'])).stderr).toBe(
      '--offline goes with --dry-run: it looks at no account.\n',
    );
  });

  it('tells a login that is over from none', async () => {
    const folder = join(home, 'expired');
    mkdirSync(join(folder, '.wrangler/config'), { recursive: true });
    const login = 'oauth_token = "old"\nrefresh_token = "old"\nexpiration_time = "2020-01-01T00:00:00.000Z"\n';
    writeFileSync(join(folder, '.wrangler/config/default.toml'), login);
    const env = { HOME: folder, XDG_CONFIG_HOME: folder, WRANGLER_TOKEN_URL: 'http://127.0.0.1:1/' };
    const { code, stdout, stderr } = await deploy(undefined, ['--dry-run'], env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^There are no usable credentials: .* The login that is there is over\.\n$/);
  });

  it('says what is missing of credentials, permissions and settings, before it changes anything', async () => {
    const [all, some] = await Promise.all([standIn({ strangers: 3 }), standIn({ lacks: ['queues', 'r2'] })]);
    const refusals: [Promise<Ended>, RegExp][] = [
      [
        deploy(undefined),
        /^There are no usable credentials: log in with `npm run wrangler -- login`, or set CLOUDFLARE_API_TOKEN\.\n$/,
      ],
      [deploy(all, [], { CLOUDFLARE_API_TOKEN: 'wrong' }), /^There are no usable credentials: .*\n$/],
      [
        deploy(all, [], { CLOUDFLARE_ACCOUNT_ID: 'f'.repeat(32) }),
        /^There are no usable credentials: .*Those that are there open nothing here\.\n$/,
      ],
      [deploy(some), /lacks the permission "Workers R2 Storage: Edit", "Queues: Edit"\.\n$/],
      [deploy(all, [], { MAIL_FROM: '' }), /^These vars are missing or unusable: MAIL_FROM\. /],
      [deploy(all, [], { RATE_LIMITS: 'off' }), /^These vars are missing or unusable: RATE_LIMITS\. /],
      [deploy(all, [], { SMTP_USERNAME: 'acme' }), /^SMTP_USERNAME is set and the mailer has no SMTP_PASSWORD yet/],
      [deploy(all, ['--env', 'nowhere']), /^deployments\.toml has no \[nowhere\]; it has production, staging\.\n$/],
      [deploy(all, ['--preview', 'pr-7']), /^Production has no previews: /],
      [deploy(all, ['--env', 'staging', '--preview', 'pr-7']), /^Deploy staging first: /],
      [deploy(all, ['--enviroment', 'staging']), /unknown option '--enviroment'/],
    ];
    for (const [ended, sentence] of refusals) {
      const { code, stderr } = await ended;
      expect(stderr).toMatch(sentence);
      expect(code).toBe(1);
    }
    expect([...changesIn(all.requests), ...changesIn(some.requests)]).toEqual([]);
  });

  it('says so where the account has no address for Workers yet', async () => {
    const bare = await standIn({ subdomain: null });
    expect((await deploy(bare)).stderr).toMatch(/^The account has no workers\.dev subdomain yet: /);
    expect(changesIn(bare.requests)).toEqual([]);
  });
});

describe('the migrations of a database', () => {
  /** An API whose database has had these migrations, and refuses what `refused` matches; and what it was sent. */
  const apiOf = (had: string[], refused: RegExp) => {
    const sent: string[] = [];
    const post = async (_: string, { sql }: { sql: string }) => {
      if (sql.startsWith('SELECT')) return [{ results: had.map((name) => ({ name: `${name}.sql` })) }];
      sent.push(sql);
      if (refused.test(sql)) throw new CloudflareError(400, [{ code: 7500, message: 'no such table: x' }]);
      return [];
    };
    return { sent, api: { post } as never };
  };
  const [first, second, third] = readMigrations();

  it('are applied one by one behind those that it has had, and noted as wrangler notes them, up to one that fails', async () => {
    const { sent, api } = apiOf([first?.name ?? ''], new RegExp(third?.name ?? ''));
    await expect(applyMigrations({ api }, 'id')).rejects.toThrow(
      `The migrations failed at ${third?.name}, and no code was deployed: no such table: x (7500).`,
    );
    const note = ({ name }: { name: string }) => `\nINSERT INTO "d1_migrations" (name)\nvalues ('${name}.sql');`;
    expect(sent).toEqual([
      expect.stringMatching(/^CREATE TABLE IF NOT EXISTS "d1_migrations"\(/),
      ...[second, third].flatMap((one) => (one ? one.sql + note(one) : [])),
    ]);
  });

  it('that fail behind an import are told as that, by the name of the one', async () => {
    const { api } = apiOf([], new RegExp(second?.name ?? ''));
    const failed = applyMigrations({ api }, 'id', (reason, name) => unmigrated('acme', name ?? '', reason));
    await expect(failed).rejects.toThrow(
      `The rows are in acme, but the migration ${second?.name} failed: no such table: x (7500). Begin anew`,
    );
  });
});

describe('the keys of mail links, and those of services', () => {
  const REQUIRED = { api: ['MAIL_LINK_KEYS'], mailer: ['MAIL_LINK_KEYS'] };
  const KINDS = ['MAIL_LINK_KEYS', 'SERVICE_KEYS'] as const;
  const OF_BOTH_KINDS = { api: KINDS, mailer: KINDS };
  type Required = Record<WorkerName, readonly string[]>;
  type Workers = Record<WorkerName, Record<string, string>>;

  /** What is made where the Workers have these secrets. */
  const planFor = async (workers: Workers, required: Required = REQUIRED) => {
    const found = (path: string) => workers[path.includes('-api/') ? 'api' : 'mailer'];
    const get = <Result>(path: string) => Promise.resolve(Object.keys(found(path)).map((name) => ({ name })) as Result);
    const account = { id: '', name: '', token: '', subdomain: '', api: { get, list: get, post: get } as never };
    const names = namesOf(readTomls(), { environment: 'production', name: 'acme' });
    return missingSecrets(account, names, required, { username: '', password: undefined });
  };
  const ONE = { MAIL_LINK_KEYS: 'old' };
  const ROTATED = { MAIL_LINK_KEYS: 'old', MAIL_LINK_KEYS_B: 'older' };

  /** Uploads as a deployment does; what fails is the upload at that place, before or after Cloudflare has done it. */
  const run = async (
    workers: Workers,
    failing?: number,
    isDone = false,
    required: Required = REQUIRED,
  ): Promise<Workers> => {
    const after = structuredClone(workers);
    const { secrets, order } = await planFor(workers, required);
    for (const [place, worker] of order.entries()) {
      if (place !== failing || isDone) Object.assign(after[worker], secrets[worker]);
      if (place === failing) break;
    }
    return after;
  };

  it('stay where both Workers have them', async () => {
    const { secrets, replaced } = await planFor({ api: ROTATED, mailer: ROTATED });
    expect([secrets, replaced]).toEqual([{ api: {}, mailer: {} }, []]);
  });

  it('are new and the same in both where one lacks them, also in the place of a rotated one', async () => {
    const { secrets, replaced } = await planFor({ api: {}, mailer: ROTATED });
    const key = secrets.api['MAIL_LINK_KEYS'];
    expect(key).toMatch(/^\{"1":"[\w-]{43}"\}$/);
    expect(secrets.api).toEqual({ MAIL_LINK_KEYS: key });
    // Otherwise the mailer goes on signing with a key that the API does not have.
    expect(secrets.mailer).toEqual({ MAIL_LINK_KEYS: key, MAIL_LINK_KEYS_B: key });
    expect(replaced).toEqual([{ name: 'MAIL_LINK_KEYS', lackedBy: 'api' }]);
  });

  const both = [{}, ONE, ROTATED].map((same) => ({ api: same, mailer: same }));
  const lost = [ONE, ROTATED].flatMap((kept) => [
    { api: kept, mailer: {} },
    { api: {}, mailer: kept },
  ]);

  it.each([...both, ...lost])('are the same in the end, whichever uploads failed: at first %j', async (start) => {
    const failures = [0, 1].flatMap((place) => [false, true].map((isDone) => ({ place, isDone })));
    for (const first of failures)
      for (const second of failures) {
        const once = await run(start, first.place, first.isDone);
        const ended = await run(await run(once, second.place, second.isDone));
        const how = JSON.stringify([first, second]);
        expect(ended.api['MAIL_LINK_KEYS'], how).toBe(ended.mailer['MAIL_LINK_KEYS']);
        expect(ended.api['MAIL_LINK_KEYS'], how).toBeDefined();
        // Whatever the mailer signs with, the API knows.
        for (const key of Object.values(ended.mailer)) expect(Object.values(ended.api), how).toContain(key);
        if ('MAIL_LINK_KEYS' in start.api && start.api === start.mailer) expect(ended, how).toEqual(start);
      }
  });

  // Every way in which two Workers can have keys of two kinds: a bit for each.
  const ways = Array.from({ length: 16 }, (_, bits) => {
    const held = (shift: number) =>
      Object.fromEntries(KINDS.flatMap((kind, index) => ((bits >> (shift + index)) & 1 ? [[kind, 'old']] : [])));
    return { api: held(0), mailer: held(2) };
  });
  const isCrossed = ({ api, mailer }: Workers): boolean =>
    KINDS.some((kind, index) => {
      const other = KINDS[1 - index] ?? '';
      return kind in api && !(other in api) && other in mailer && !(kind in mailer);
    });

  it.each(ways.filter((way) => !isCrossed(way)))(
    'are renewed each kind for itself, whichever uploads failed: at first %j',
    async (start) => {
      const failures = [0, 1].flatMap((place) => [false, true].map((isDone) => [place, isDone] as const));
      for (const first of failures)
        for (const second of failures) {
          const twice = await run(await run(start, ...first, OF_BOTH_KINDS), ...second, OF_BOTH_KINDS);
          const ended = await run(twice, undefined, false, OF_BOTH_KINDS);
          for (const kind of KINDS) {
            const how = `${kind} ${JSON.stringify([first, second])}`;
            expect(ended.api[kind], how).toBeDefined();
            expect(ended.api[kind], how).toBe(ended.mailer[kind]);
            expect(ended.api[kind] === 'old', how).toBe(kind in start.api && kind in start.mailer);
          }
        }
    },
  );

  it('are of another version where those of services were lost, which tells which service has a pair of the lost ones', async () => {
    const { secrets } = await planFor({ api: {}, mailer: { SERVICE_KEYS: 'old' } }, OF_BOTH_KINDS);
    const hour = Math.floor(Date.now() / 3_600_000);
    const [version = ''] = Object.keys(JSON.parse(secrets.mailer['SERVICE_KEYS'] ?? ''));
    expect([hour - 1, hour]).toContain(Number(version));
  });

  it('wait for a word where each Worker lacks another kind: no order of uploads would be safe', async () => {
    const crossed = ways.filter(isCrossed);
    expect(crossed).toHaveLength(2);
    for (const way of crossed)
      await expect(planFor(way, OF_BOTH_KINDS)).rejects.toThrow(
        /^acme-api lacks (\w+) and acme-mailer lacks (\w+), .*: run `npm run wrangler -- secret delete \2 --name acme-api` and deploy again\.$/,
      );
  });
});

describe('the smoke test', () => {
  const answering = (status: number, body: object) =>
    new Promise<string>((listening) => {
      const server = createServer((_, response) => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      });
      servers.push(server);
      server.listen(0, '127.0.0.1', () => listening(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    });

  it.each([
    [200, { status: 'error' }, /^The smoke test failed at \S+: \/health answered 200\.$/],
    [503, { code: 'SERVICE_UNAVAILABLE' }, /\/health answered 503 SERVICE_UNAVAILABLE\.$/],
    [200, { status: 'ok', keys: [] }, /\/\.well-known\/jwks\.json answered 200\.$/],
  ])('fails at an API that answers %i %j', async (status, body, sentence) => {
    const address = await answering(status, body);
    const failure = await smokeTest(address, () => {}, 0).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeployFault);
    expect((failure as Error).message).toMatch(sentence);
  });

  it('fails where nobody answers', async () => {
    await expect(smokeTest('http://127.0.0.1:1', () => {}, 0)).rejects.toThrow(/\/health cannot be reached \(.+\)\.$/);
  });
});

describe('the mail of the smoke test', () => {
  const TO = 'ops@acme.test';
  /** An API that takes every sign-up, and a database that answers what it is given, the last of it again and again. */
  const api = async (granted: number[], waiting: { id: number; failure: string | null }[][]) => {
    const asked: object[] = [];
    const server = createServer((request, response) => {
      json(request).then((body) => asked.push(body as object));
      response.writeHead(201).end('{}');
    });
    servers.push(server);
    await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
    const next = <Value>(list: Value[]): Value => (list.length > 1 ? list.shift() : list[0]) as Value;
    const query = async (sql: string) => {
      if (sql.includes('mail_requests')) return [{ n: next(granted) }] as never[];
      return (sql.includes('sqlite_sequence') ? [{ seq: 6 }] : next(waiting)) as never[];
    };
    const lines: string[] = [];
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { asked, lines, see: (ms = 5000) => seeMailLeave(address, TO, query, (line) => lines.push(line), ms) };
  };
  const MAIL = { id: 7, failure: null };

  it('is seen to leave once its row is gone', async () => {
    const { asked, lines, see } = await api([0, 1], [[MAIL], []]);
    await see();
    expect(lines).toEqual(['  a mail leaves']);
    expect(asked).toEqual([{ email: TO, password: expect.stringMatching(/^.{36}$/), accepted_terms: true }]);
  });

  it.each([
    [
      'fails',
      [{ ...MAIL, failure: 'SMTP_535' }],
      /: the mail 7 did not leave \(SMTP_535\); docs\/operating\.md says why that is\.$/,
    ],
    ['stays', [MAIL], /: nobody has sent the mail 7 within 0 seconds; docs\/operating\.md says where to look\.$/],
  ])('ends a deployment in a sentence where it %s', async (_, waiting, sentence) => {
    const { see } = await api([3, 4], [waiting]);
    await expect(see(0)).rejects.toThrow(sentence);
  });

  it('is not tried where the address has had its share, which is said', async () => {
    const { lines, see } = await api([3], [[]]);
    await see();
    expect(lines).toEqual(['  no mail was tried: the address has had its three of an hour, or ten of a day']);
  });
});
