import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { experimental_readRawConfig as readRawConfig, type Unstable_RawConfig } from 'wrangler';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * The API's real configuration, but that a password's hash takes the least of work: a fifth of a second of a processor for
 * each sign-in is for tests that are about it. Answers the file.
 */
export const apiWithCheapHashes = (): string => {
  const { rawConfig }: { rawConfig: Unstable_RawConfig } = readRawConfig({ config: join(ROOT, 'wrangler.toml') });
  const config = {
    ...rawConfig,
    alias: { 'node:crypto': join(import.meta.dirname, 'cheap-crypto.ts') },
    main: resolve(ROOT, rawConfig.main ?? ''),
    assets: { ...rawConfig.assets, directory: resolve(ROOT, rawConfig.assets?.directory ?? '') },
    build: { ...rawConfig.build, cwd: ROOT },
    d1_databases: rawConfig.d1_databases?.map((one) => ({ ...one, migrations_dir: join(ROOT, 'migrations') })),
  };
  const file = join(ROOT, 'dist/cheap-hashes/wrangler.json');
  mkdirSync(join(file, '..'), { recursive: true });
  // Another test may be reading it.
  writeFileSync(`${file}-${process.pid}`, JSON.stringify(config));
  renameSync(`${file}-${process.pid}`, file);
  return file;
};
