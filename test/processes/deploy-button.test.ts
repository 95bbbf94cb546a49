import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { unstable_readConfig as readConfig } from 'wrangler';

// What Cloudflare's button reads of a repository before it asks somebody for names and values.

const PROJECT = resolve(import.meta.dirname, '../..');

it("The button's page explains each var and each resource that it asks for, and nothing that is not there.", () => {
  const config = readConfig({ config: resolve(PROJECT, 'wrangler.toml') });
  const resources = [
    ...config.d1_databases,
    ...config.r2_buckets,
    ...config.kv_namespaces,
    ...(config.queues.producers ?? []),
  ];
  const asked = [...resources.map(({ binding }) => binding), ...Object.keys(config.vars)];
  const { cloudflare } = JSON.parse(readFileSync(resolve(PROJECT, 'package.json'), 'utf8'));
  expect(Object.keys(cloudflare.bindings).toSorted()).toEqual(asked.toSorted());
});

it('Nobody is asked for a secret: no file names one, and the deployment makes them.', () => {
  const files = ['.dev.vars.example', '.env.example', 'src/mailer/.dev.vars.example', 'src/mailer/.env.example'];
  expect(files.filter((file) => existsSync(resolve(PROJECT, file)))).toEqual([]);
});
