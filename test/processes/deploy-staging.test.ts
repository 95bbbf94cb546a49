import { beforeAll, describe, expect, it } from 'vitest';
import type { Cloudflare } from './cloudflare.ts';
import { addressOf, changesIn, deploy, PATIENCE, secretsOf, standIn } from './deploy-command.ts';

describe('npm run deploy -- --env staging', { timeout: PATIENCE }, () => {
  let cloudflare: Cloudflare;
  const staging = (...args: string[]) => deploy(cloudflare, ['--env', 'staging', ...args]);

  beforeAll(async () => {
    cloudflare = await standIn();
  });

  it('--dry-run shows every step and changes nothing', async () => {
    const { code, stdout, stderr } = await staging('--dry-run');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/: would be made$/gm)).toHaveLength(6);
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

    cloudflare.fail('PUT', /\/workers\/scripts\/edge-accounts-staging-api/, { times: 1, status: 400, code: 10021 });
    const two = await staging('--address', address);
    expect(two.code).toBe(1);
    expect(two.stderr).toMatch(/^The deployment of edge-accounts-staging-api failed: .*\n$/);
    expect(two.stdout).toMatch(/^D1 database edge-accounts-staging: found$/m);

    const three = await staging('--address', address);
    expect([three.code, three.stderr]).toEqual([0, '']);
    expect(three.stdout).toContain(`staging answers at ${address}.\n`);
    const [api, mailer] = ['api', 'mailer'].map((name) => secretsOf(cloudflare, `edge-accounts-staging-${name}`));
    expect(api?.['MAIL_LINK_KEYS']).toBe(mailer?.['MAIL_LINK_KEYS']);
  });

  it('gives a mailer that was lost the API’s new key of mail links last, and says that older links end', async () => {
    const address = await addressOf(() => cloudflare.serve('edge-accounts-staging-api'));
    const keyOf = (name: string) => secretsOf(cloudflare, `edge-accounts-staging-${name}`)['MAIL_LINK_KEYS'];
    const first = keyOf('api');
    cloudflare.account.workers.delete('edge-accounts-staging-mailer');

    cloudflare.fail('POST', /\/scripts\/edge-accounts-staging-api\/versions$/, { times: 1, status: 400, code: 10021 });
    const one = await staging('--address', address);
    expect(one.stderr).toMatch(/^The deployment of edge-accounts-staging-api failed: .*\n$/);
    expect(one.stdout).toContain(
      'edge-accounts-staging-mailer has no MAIL_LINK_KEYS and no key can be read back, so both Workers get a new one: links in mails sent before open nothing.\n',
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
    expect(
      changesIn(cloudflare.requests).filter((request) => !request.includes('-api/') && !request.includes('/assets/')),
    ).toEqual([]);
  });
});
