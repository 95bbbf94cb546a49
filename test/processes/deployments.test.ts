import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDeployment } from '../../src/tools/deploy/deployment.ts';
import { namesOf, readTomls, varNamesOf, type WorkerName } from '../../src/tools/deploy/names.ts';
import { workerConfigs } from '../../src/tools/deploy/worker-config.ts';

// What `npm run deploy` hands to wrangler, made of the files that are committed.

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-deployments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tomls = readTomls();
const MUST = { MAIL_FROM: 'accounts@acme.test', SUPPORT_URL: 'https://acme.test/help' };
const IDS = { database: 'database-id', namespaces: { REVOKED_TOKENS: 'namespace-id' } };

const deploymentOf = (environment: string, env: Record<string, string> = {}) =>
  readDeployment(environment, varNamesOf(tomls), { ...MUST, ...env });

const configsOf = (environment: string, env: Record<string, string> = {}) =>
  workerConfigs(tomls, deploymentOf(environment, env), IDS, 'acme');

/** Every binding of a configuration as `kind name`, whatever it binds. */
const bindingsOf = (config: Record<string, unknown>): string[] => {
  const names = (value: unknown, kind: string): string[] => {
    if (Array.isArray(value)) return value.flatMap((item) => names(item, kind));
    if (typeof value !== 'object' || value === null) return [];
    const { binding, name } = value as { binding?: string; name?: string };
    const own = binding ?? name;
    if (own !== undefined) return [`${kind} ${own}`];
    return Object.entries(value).flatMap(([key, inner]) => names(inner, `${kind}.${key}`));
  };
  return Object.entries(config)
    .flatMap(([kind, value]) => names(value, kind))
    .sort();
};

const WORKERS: readonly WorkerName[] = ['api', 'mailer'];

describe('development, staging and production', () => {
  it.each(WORKERS)('have the same bindings, vars, secrets and triggers in the %s', (worker) => {
    const development = tomls[worker] as unknown as Record<string, unknown>;
    expect(bindingsOf(development)).toContain('d1_databases DB');
    for (const environment of ['staging', 'production']) {
      const config = configsOf(environment)[worker];
      expect(bindingsOf(config)).toEqual(bindingsOf(development));
      expect(Object.keys(config.vars)).toEqual(Object.keys(tomls[worker].vars));
      expect(config.vars['ENVIRONMENT']).toBe(environment);
      for (const key of Object.keys(development)) expect(Object.keys(config)).toContain(key);
      for (const key of ['secrets', 'triggers', 'observability', 'compatibility_date', 'compatibility_flags'])
        expect(config[key]).toEqual(development[key]);
      const bundled = { api: { no_bundle: true }, mailer: { minify: true, keep_names: false } };
      expect(config).toMatchObject({ ...bundled[worker], upload_source_maps: true });
    }
  });

  it('share no resource, and no counter of a limit', () => {
    const resources = (environment: string): string[] => {
      const { api, mailer } = configsOf(environment);
      const limits = (api['ratelimits'] as { namespace_id: string }[]).map(({ namespace_id }) => namespace_id);
      return [
        ...[api, mailer].map(({ name }) => name),
        ...(api.d1_databases ?? []).map(({ database_name }) => database_name),
        ...(api.r2_buckets ?? []).map(({ bucket_name }) => bucket_name),
        ...[api, mailer].flatMap(({ queues }) =>
          [...(queues.producers ?? []), ...(queues.consumers ?? [])].map(({ queue }) => queue),
        ),
        ...Object.values(namesOf(tomls, deploymentOf(environment)).namespaces),
        ...limits,
        ...(api.analytics_engine_datasets ?? []).map(({ dataset }) => dataset),
      ];
    };
    const [staging, production] = [resources('staging'), resources('production')];
    expect(staging).toHaveLength(production.length);
    expect(staging.filter((name) => production.includes(name))).toEqual([]);
  });

  it('lead both Workers to one database, and the mailer to the queues that are written to', () => {
    for (const environment of ['staging', 'production']) {
      const { api, mailer } = configsOf(environment);
      const [ours, theirs] = [api.d1_databases[0], mailer.d1_databases[0]];
      expect([ours?.database_name, ours?.database_id]).toEqual([theirs?.database_name, theirs?.database_id]);
      const [mails, dead, events] = mailer.queues.consumers ?? [];
      const written = [mails, events].map((consumer) => consumer?.queue);
      expect(written).toEqual(api.queues.producers?.map(({ queue }) => queue));
      expect(mailer.queues.producers).toEqual(api.queues.producers?.filter(({ binding }) => binding === 'EVENTS'));
      expect(mails?.dead_letter_queue).toBe(dead?.queue);
      // An event that is lost on its way waits in the database: nothing is to be kept of its message.
      expect(events).not.toHaveProperty('dead_letter_queue');
    }
    const [mails, , events] = tomls.mailer.queues.consumers ?? [];
    expect([mails?.queue, events?.queue]).toEqual(tomls.api.queues.producers?.map(({ queue }) => queue));
    expect(tomls.mailer.d1_databases[0]?.database_name).toBe(tomls.api.d1_databases[0]?.database_name);
  });

  it('show previews anywhere but beside real accounts', () => {
    expect(configsOf('production').api['preview_urls']).toBe(false);
    expect(configsOf('staging').api['preview_urls']).toBe(true);
    for (const environment of ['staging', 'production'])
      expect(configsOf(environment).mailer).toMatchObject({ workers_dev: false, preview_urls: false });
  });
});

describe('a deployment', () => {
  it('answers at workers.dev, or at its domain and with its pictures at theirs', () => {
    const plain = configsOf('production').api;
    expect(plain).toMatchObject({ workers_dev: true, routes: [] });
    expect(plain.vars['APP_URL']).toBe('https://edge-accounts-api.acme.workers.dev');

    const own = configsOf('production', {
      DEPLOY_DOMAIN: 'accounts.acme.test',
      DEPLOY_AVATAR_DOMAIN: 'pictures.acme.test',
    });
    expect(own.api).toMatchObject({
      workers_dev: false,
      routes: [
        { pattern: 'accounts.acme.test', custom_domain: true },
        { pattern: 'pictures.acme.test', custom_domain: true },
      ],
      vars: {
        APP_URL: 'https://accounts.acme.test',
        TOKEN_ISSUER: 'https://accounts.acme.test',
        TOKEN_AUDIENCE: 'https://accounts.acme.test',
        AVATAR_BASE_URL: 'https://pictures.acme.test',
      },
    });
    expect(own.mailer.vars['APP_URL']).toBe('https://accounts.acme.test');
  });

  it('is a second team’s own by variables of the environment, without an edit', () => {
    const { api, mailer } = configsOf('production', { DEPLOY_NAME: 'acme', APP_URL: 'https://app.acme.test' });
    expect([api.name, mailer.name]).toEqual(['acme-api', 'acme-mailer']);
    expect(api.d1_databases[0]?.database_name).toBe('acme');
    expect(api.r2_buckets?.map(({ bucket_name }) => bucket_name)).toEqual(['acme-avatars', 'acme-records']);
    expect(mailer.queues.consumers).toMatchObject([
      { queue: 'acme-mail', dead_letter_queue: 'acme-mail-dead' },
      { queue: 'acme-mail-dead' },
      { queue: 'acme-events' },
    ]);
    expect(mailer.vars).toMatchObject({ APP_URL: 'https://app.acme.test', ...MUST });
  });

  it('keeps apart what one variable names in every environment', () => {
    const names = ['staging', 'production'].map(
      (environment) => deploymentOf(environment, { DEPLOY_NAME: 'acme' }).name,
    );
    expect(names).toEqual(['acme-staging', 'acme']);
  });

  it('takes what somebody made by another way: ids in wrangler.toml, and names of their own', () => {
    const theirs = structuredClone(tomls);
    const [database] = theirs.api.d1_databases;
    if (database) database.database_name = 'people';
    expect(namesOf(theirs, { environment: 'production', name: 'edge-accounts' }).database).toBe('people');
    expect(namesOf(theirs, { environment: 'staging', name: 'acme-staging' }).database).toBe('acme-staging-people');
  });

  it('knows which queue the mailer reads by what leads to it, whatever it is called', () => {
    const theirs = structuredClone(tomls);
    const [mails, dead, events] = theirs.mailer.queues.consumers ?? [];
    const [told] = theirs.mailer.queues.producers ?? [];
    Object.assign(mails ?? {}, { queue: 'edge-accounts-letters', dead_letter_queue: 'edge-accounts-failed' });
    Object.assign(dead ?? {}, { queue: 'edge-accounts-failed' });
    for (const end of [events, told]) Object.assign(end ?? {}, { queue: 'edge-accounts-news' });
    // Cloudflare's button asks for the names in the API's file alone.
    for (const producer of theirs.api.queues.producers ?? [])
      producer.queue = producer.binding === 'MAIL' ? 'edge-accounts-post' : 'tidings';
    const { api, mailer } = workerConfigs(theirs, deploymentOf('production'), IDS, 'acme');
    expect(api.queues.producers).toMatchObject([{ queue: 'edge-accounts-post' }, { queue: 'tidings' }]);
    expect(mailer.queues.producers).toMatchObject([{ queue: 'tidings' }]);
    expect(mailer.queues.consumers).toMatchObject([
      { queue: 'edge-accounts-post', dead_letter_queue: 'edge-accounts-post-dead' },
      { queue: 'edge-accounts-post-dead' },
      { queue: 'tidings' },
    ]);
  });

  it.each(['not-dead-yet', 'x-dead', 'dead'])('keeps the mails of %s apart from those that were given up', (name) => {
    const { consumers = [] } = configsOf('production', { DEPLOY_NAME: name }).mailer.queues;
    expect(consumers).toMatchObject([
      { queue: `${name}-mail`, dead_letter_queue: `${name}-mail-dead` },
      { queue: `${name}-mail-dead` },
      { queue: `${name}-events` },
    ]);
  });

  it.each([
    ['by which its messages would pass for dead letters', 'MAIL', 'post-dead'],
    ['by which its messages would pass for dead letters', 'EVENTS', 'edge-accounts-mail-dead'],
    ['that another has', 'EVENTS', 'edge-accounts-mail'],
  ])('refuses a name for a queue %s: %s, %s', (_, binding, queue) => {
    const theirs = structuredClone(tomls);
    for (const producer of theirs.api.queues.producers ?? []) if (producer.binding === binding) producer.queue = queue;
    expect(() => namesOf(theirs, { environment: 'production', name: 'edge-accounts' })).toThrow(
      queue.endsWith('-dead')
        ? `The queue ${queue} needs a name that does not end in -dead.`
        : `wrangler.toml names the queue ${queue} twice.`,
    );
  });

  it.each([
    ['a sender that is missing', { MAIL_FROM: '' }, /^These vars are missing or unusable: MAIL_FROM\./],
    ['the sender of the example', { MAIL_FROM: 'accounts@edge-accounts.example' }, /MAIL_FROM/],
    ['rate limits that are off', { RATE_LIMITS: 'off' }, /RATE_LIMITS/],
    ['links that leave unencrypted', { APP_URL: 'http://acme.test' }, /APP_URL/],
    ['pictures that come unencrypted', { AVATAR_BASE_URL: 'http://pictures.acme.test' }, /AVATAR_BASE_URL/],
    [
      'several at once',
      { MAIL_FROM: '', SUPPORT_URL: '' },
      /SUPPORT_URL, MAIL_FROM\. Set them under \[production\.vars\]/,
    ],
  ])('is refused with %s', (_, env, sentence) => {
    expect(() => configsOf('production', env)).toThrow(sentence);
  });

  it.each([
    [
      'a name that another has',
      '[production]\nname = "a"\n[staging]\nname = "a"',
      /^\[production\] and \[staging\] in deployments\.toml have the same name\.$/,
    ],
    ['no such table', '[staging]\nname = "a"', /^deployments\.toml has no \[production\]; it has staging\.$/],
    ['a file that is no TOML', '[production', /^deployments\.toml cannot be read: /],
    [
      'a name that is no name',
      '[production]\nname = "Acme Accounts"',
      /\[production\] in deployments\.toml: name must have/,
    ],
    ['a domain that is none', '[production]\nname = "a"\ndomain = "https://a.test"', /domain must be a host name/],
    [
      'a key that nobody reads',
      '[production]\nname = "a"\nregion = "eu"',
      /\[production\] in deployments\.toml:.*region/,
    ],
    [
      'a var that there is not',
      '[production]\nname = "a"\n[production.vars]\nMAIL_FORM = "a"',
      /there is no var MAIL_FORM\.$/,
    ],
  ])('is refused for %s', (_, text, sentence) => {
    const file = join(folder, 'deployments.toml');
    writeFileSync(file, text);
    expect(() => readDeployment('production', varNamesOf(tomls), {}, file)).toThrow(sentence);
  });
});

describe('the repository', () => {
  // ASVS 13.3.1
  it('holds no secret, and no file that would', () => {
    const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n');
    expect(files.filter((file) => /(^|\/)(\.dev\.vars|\.env)(\.|$)/.test(file) && !file.endsWith('.example'))).toEqual(
      [],
    );
    const isSecret = /"d":\s*"[\w-]{43}"|-----BEGIN [A-Z ]*PRIVATE KEY|\{"\d+":"[\w-]{43}"\}/;
    expect(files.filter((file) => existsSync(file) && isSecret.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('names no id of anybody’s account', () => {
    for (const file of ['wrangler.toml', 'src/mailer/wrangler.toml', 'deployments.toml'])
      expect(readFileSync(file, 'utf8')).not.toMatch(/account_id|database_id|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-/);
  });
});
