import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { serviceKeys, signingSecret } from '../../src/accounts/tokens/service-secret.ts';
import type { Cloudflare } from './cloudflare.ts';
import { addressOf, changesIn, deploy, PATIENCE, secretsOf, servers, standIn } from './deploy-command.ts';

/** Leaves a deployment of staging as it was before there were services: its database, its queues, bindings and secrets. */
const takeServicesAway = async ({ account, rows }: Cloudflare): Promise<void> => {
  const migration = readFileSync('migrations/0005_services.sql', 'utf8');
  const undone = [
    ...[...migration.matchAll(/CREATE TABLE (\S+)/g)].map(([, table]) => `DROP TABLE ${table}`),
    ...[...migration.matchAll(/(ALTER TABLE \S+) ADD (\S+)/g)].map(
      ([, table, column]) => `${table} DROP COLUMN ${column}`,
    ),
    "DELETE FROM d1_migrations WHERE name = '0005_services.sql'",
  ];
  await rows('edge-accounts-staging', undone.join(';\n'));
  account.queues = account.queues.filter(({ queue_name }) => queue_name !== 'edge-accounts-staging-events');
  for (const { versions } of account.workers.values()) {
    for (const version of versions)
      version.bindings = version.bindings.filter(({ name }) => name !== 'EVENTS' && name !== 'SERVICE_KEYS');
  }
};

/** A service that takes every push, and what it has been sent. */
const receiver = async () => {
  const pushes: { headers: Record<string, string>; body: string }[] = [];
  const server = createServer(async (request, response) => {
    pushes.push({ headers: request.headers as Record<string, string>, body: await text(request) });
    response.writeHead(204).end();
  });
  servers.push(server);
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  return { pushes, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
};

/** Signs somebody up, who verifies their address by the link in the mail. */
const signUp = async ({ printed }: Cloudflare, address: string): Promise<void> => {
  const post = (path: string, body: object) =>
    fetch(`${address}/api/v1/auth/${path}`, { method: 'POST', body: JSON.stringify(body) });
  await post('signup', { email: 'ada@example.com', password: 'correct horse battery', accepted_terms: true });
  const token = await vi.waitFor(
    () => {
      const [, file = ''] = /^\s*Text: (\S+)$/m.exec(printed.join('\n')) ?? [];
      return /#token=(\S+)/.exec(readFileSync(file, 'utf8'))?.[1];
    },
    { timeout: PATIENCE / 4, interval: 50 },
  );
  expect((await post('verify-email', { token })).status).toBe(200);
};

describe('npm run deploy -- --env staging', { timeout: PATIENCE }, () => {
  let cloudflare: Cloudflare;
  const staging = (...args: string[]) => deploy(cloudflare, ['--env', 'staging', ...args]);

  beforeAll(async () => {
    cloudflare = await standIn();
  });

  it('--dry-run shows every step and changes nothing', async () => {
    const { code, stdout, stderr } = await staging('--dry-run');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/: would be made$/gm)).toHaveLength(7);
    expect(stdout).toMatch(/^Migrations: 0000_init.* would be applied$/m);
    expect(stdout).toMatch(/^Secrets of edge-accounts-staging-api: .* would be made$/m);
    expect(stdout.match(/^Worker edge-accounts-staging-(api|mailer): bundled$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/Nothing was changed\.\n$/);
    expect(changesIn(cloudflare.requests)).toEqual([]);
  });

  it('goes on where it was broken off, until all is there', async () => {
    const address = await addressOf(() => cloudflare.serve('edge-accounts-staging-api'));
    cloudflare.fail('POST', /\/queues$/, { times: 1, status: 403, code: 10000, message: 'Authentication error' });
    const one = await staging('--address', address);
    expect([one.code, one.stderr]).toEqual([
      1,
      'The queue edge-accounts-staging-mail is not there, and the credentials may not make it.\n',
    ]);

    // Somebody else's table stands where a migration makes one.
    await cloudflare.rows('edge-accounts-staging', 'CREATE TABLE services (id INTEGER)');
    const broken = await staging('--address', address);
    expect([broken.code, broken.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^The migrations failed at 0005_services, and no code was deployed: .*table `services` already exists.* \(7500\)\.\n$/,
      ),
    ]);
    const applied = 'SELECT name FROM d1_migrations ORDER BY id';
    expect((await cloudflare.rows('edge-accounts-staging', applied)).at(-1)).toMatchObject({
      name: expect.stringMatching(/^0004_.*\.sql$/),
    });
    expect(changesIn(cloudflare.requests).filter((request) => request.includes('/workers/'))).toEqual([]);
    await cloudflare.rows('edge-accounts-staging', 'DROP TABLE services');

    cloudflare.fail('PUT', /\/workers\/scripts\/edge-accounts-staging-api/, { times: 1, status: 400, code: 10021 });
    const two = await staging('--address', address);
    expect(two.code).toBe(1);
    expect(two.stderr).toMatch(/^The deployment of edge-accounts-staging-api failed: .*\n$/);
    expect(two.stdout).toMatch(/^D1 database edge-accounts-staging: found$/m);

    const three = await staging('--address', address);
    expect([three.code, three.stderr]).toEqual([0, '']);
    expect(three.stdout).toContain(`staging answers at ${address}.\n`);
    const [api, mailer] = ['api', 'mailer'].map((name) => secretsOf(cloudflare, `edge-accounts-staging-${name}`));
    for (const kind of ['MAIL_LINK_KEYS', 'SERVICE_KEYS']) expect(api?.[kind]).toBe(mailer?.[kind]);
  });

  it('brings a deployment from before there were services up to date in one run', async () => {
    const address = await addressOf(() => cloudflare.serve('edge-accounts-staging-api'));
    const workers = ['api', 'mailer'].map((name) => `edge-accounts-staging-${name}`);
    const before = workers.map((name) => secretsOf(cloudflare, name));
    await takeServicesAway(cloudflare);
    cloudflare.requests.length = 0;
    const { code, stdout, stderr } = await staging('--address', address);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/^.*: made$/gm)).toEqual(['queue edge-accounts-staging-events: made']);
    expect(stdout).toContain('Migrations: 0005_services applied\n');
    expect(stdout).not.toContain('no key can be read back');
    const after = workers.map((name) => secretsOf(cloudflare, name));
    const [api, mailer] = after;
    expect(api?.['SERVICE_KEYS']).toBe(mailer?.['SERVICE_KEYS']);
    // The secrets of before stay, so that nobody is signed out and every link opens.
    expect(after).toEqual(before.map((secrets) => ({ ...secrets, SERVICE_KEYS: api?.['SERVICE_KEYS'] })));
    // Whoever reads the queue is there before anybody writes to it.
    const [consumer, producer] = [/^POST \S+\/consumers$/, /^POST \S+-api\/deployments$/].map((change) =>
      cloudflare.requests.findIndex((request) => change.test(request)),
    );
    expect(consumer).toBeGreaterThan(-1);
    expect(producer).toBeGreaterThan(consumer ?? -1);
  });

  it('pushes what happens to another service', async () => {
    const address = await addressOf(() => cloudflare.serve('edge-accounts-staging-api'));
    const { pushes, url } = await receiver();
    const { SERVICE_KEYS = '' } = secretsOf(cloudflare, 'edge-accounts-staging-mailer');
    const keys = serviceKeys({ SERVICE_KEYS });
    await cloudflare.rows(
      'edge-accounts-staging',
      `INSERT INTO services (id, name, url, generation, key_version, created_at, since_seq, seq, due_at)
       VALUES ('captions-id', 'captions', '${url}', 1, ${keys.signs}, 0, 0, 0, 0)`,
    );
    await signUp(cloudflare, address);
    await vi.waitFor(() => expect(pushes).toHaveLength(1), { timeout: PATIENCE / 4, interval: 50 });
    const [push] = pushes;
    const secret = signingSecret(keys, keys.signs, { id: 'captions-id', generation: 1 });
    expect(new Webhook(secret).verify(push?.body ?? '', push?.headers ?? {})).toMatchObject({ type: 'user.created' });
  });

  it('gives a mailer that was lost the API’s new keys last, and says what ends with the old ones', async () => {
    const address = await addressOf(() => cloudflare.serve('edge-accounts-staging-api'));
    const keyOf = (name: string) => secretsOf(cloudflare, `edge-accounts-staging-${name}`)['MAIL_LINK_KEYS'];
    const first = keyOf('api');
    cloudflare.account.workers.delete('edge-accounts-staging-mailer');

    cloudflare.fail('POST', /\/scripts\/edge-accounts-staging-api\/versions$/, { times: 1, status: 400, code: 10021 });
    const one = await staging('--address', address);
    expect(one.stderr).toMatch(/^The deployment of edge-accounts-staging-api failed: .*\n$/);
    expect(one.stdout).toContain(
      'edge-accounts-staging-mailer has no MAIL_LINK_KEYS and no key can be read back, so both Workers get a new one: links in mails sent before open nothing.\n' +
        'edge-accounts-staging-mailer has no SERVICE_KEYS and no key can be read back, so both Workers get a new one: every service that is there needs a new token and signing secret, by `services rotate`.\n',
    );
    // So the key that works is still the one.
    expect(keyOf('api')).toBe(first);
    expect(cloudflare.account.workers.has('edge-accounts-staging-mailer')).toBe(false);

    cloudflare.fail('PUT', /\/workers\/scripts\/edge-accounts-staging-mailer/, { times: 1, status: 400, code: 10021 });
    const two = await staging('--address', address);
    expect(two.stderr).toMatch(/^The deployment of edge-accounts-staging-mailer failed: .*\n$/);
    const second = keyOf('api');
    expect(second).not.toBe(first);

    const three = await staging('--address', address);
    expect([three.code, three.stderr]).toEqual([0, '']);
    expect(keyOf('mailer')).toBe(keyOf('api'));
    expect(keyOf('api')).not.toBe(second);
    const [services, read] = ['api', 'mailer'].map(
      (name) => secretsOf(cloudflare, `edge-accounts-staging-${name}`)['SERVICE_KEYS'],
    );
    expect(read).toBe(services);
  });

  it('--preview uploads a version that takes no traffic and has an address of its own', async () => {
    const worker = cloudflare.account.workers.get('edge-accounts-staging-api');
    const deployed = worker?.deployments.length;
    const versions = worker?.versions.length;
    const preview = await addressOf(() => cloudflare.serve('edge-accounts-staging-api', worker?.versions.at(-1)?.id));
    cloudflare.requests.length = 0;
    const { code, stdout, stderr } = await staging('--preview', 'pr-7', '--address', preview);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`The preview answers at ${preview}.\n`);
    expect(worker?.versions).toHaveLength((versions ?? 0) + 1);
    expect(worker?.deployments).toHaveLength(deployed ?? Number.NaN);
    // It writes to the queues of staging, which the mailer of staging reads.
    const queues = worker?.versions.at(-1)?.bindings.flatMap(({ queue_name }) => queue_name ?? []);
    expect(queues?.toSorted()).toEqual(['edge-accounts-staging-events', 'edge-accounts-staging-mail']);
    expect(
      changesIn(cloudflare.requests).filter((request) => !request.includes('-api/') && !request.includes('/assets/')),
    ).toEqual([]);
  });
});
