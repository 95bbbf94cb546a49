import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import * as schema from '../../drizzle/schema.ts';
import { apiDocument } from '../../src/api/document.ts';
import { defences } from '../../src/tools/generate/document-facts.ts';
import { ROOT } from '../../src/tools/root.ts';
import '../learnt-passwords.ts';

// What docs/security.md lists is what the code, the schema and the configurations hold.

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesOf = (...patterns: string[]): string[] => globSync(patterns, { cwd: ROOT });

type Binding = { binding: string };
type Config = {
  workers_dev?: boolean;
  secrets: { required: string[] };
  r2_buckets?: Binding[];
  kv_namespaces?: Binding[];
  analytics_engine_datasets?: Binding[];
  observability: { redact_query_string?: boolean; logs?: { invocation_logs?: boolean } };
};
const api = parse(read('wrangler.toml')) as unknown as Config;
const mailer = parse(read('src/mailer/wrangler.toml')) as unknown as Config;

/** A section of a document, from its heading to the next one of the same level. */
const section = (path: string, heading: string): string => {
  const [, text] = read(path).split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`${path} has no section "${heading}".`);
  return text.split('\n## ')[0] ?? '';
};

/** What a section names in backticks. */
const namedIn = (text: string): Set<string> => new Set([...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));

/** The names that an optional secret of a Worker has; wrangler.toml can name only those that it requires. */
const optionalSecrets = (): string[] =>
  filesOf('src/**/optional-secrets.d.ts').flatMap((file) =>
    [...read(file).matchAll(/^ {2}(\w+)\?: string;$/gm)].map(([, name = '']) => name),
  );

describe('the manual of security', () => {
  const named = (heading: string): Set<string> => namedIn(section('docs/security.md', heading));

  // ASVS 11.1.1, 11.1.2
  it('names every secret of both Workers', () => {
    const secrets = [...api.secrets.required, ...mailer.secrets.required, ...optionalSecrets()];
    expect(secrets).toContain('SMTP_PASSWORD');
    expect([...named('Keys and algorithms')]).toEqual(expect.arrayContaining(secrets));
  });

  // ASVS 2.1.3, 6.1.1
  it('tells the limits of each route as the code has them', () => {
    const told = section('docs/security.md', 'Guessing, and too much of anything');
    const limits = [...read('src/api/http/rate-limit.ts').matchAll(/'(\/api\/v1\/[\w/-]+)': (\d+),/g)];
    expect(limits.length).toBeGreaterThan(8);
    for (const [, route, limit] of limits) expect(told).toContain(`| \`${route}\` | ${limit} |`);
    const [, rest] = /EVERYTHING_ELSE = (\d+)/.exec(read('src/api/http/rate-limit.ts')) ?? [];
    expect(told).toContain(`| everything else, together | ${rest} |`);
  });

  // ASVS 2.1.1, 5.1.1
  it('says what is taken of every field that a body or a query has', async () => {
    type Shape = { properties?: Record<string, unknown> };
    type Operation = {
      parameters?: { in?: string; name?: string }[];
      requestBody?: { content: Record<string, { schema: Shape & { $ref?: string } }> };
    };
    const document = (await apiDocument()) as unknown as {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, Shape> };
    };
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const bodies = operations.flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
    const fields = bodies.flatMap(({ schema }) => {
      const shape = schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
      return Object.keys(shape?.properties ?? {});
    });
    const queries = operations.flatMap(({ parameters = [] }) =>
      parameters.flatMap(({ in: place, name }) => (place === 'query' && name ? [name] : [])),
    );
    expect(fields.length).toBeGreaterThan(10);
    expect([...named('What is taken')]).toEqual(expect.arrayContaining([...fields, ...queries]));
  });

  // ASVS 14.1.1, 14.1.2
  it('gives every table, bucket and namespace a level', () => {
    const tables = Object.values<unknown>(schema)
      .filter((value): value is SQLiteTable => is(value, SQLiteTable))
      .map((table) => getTableConfig(table).name);
    const stores = [api, mailer].flatMap((config) =>
      [config.r2_buckets, config.kv_namespaces, config.analytics_engine_datasets].flatMap((bound) => bound ?? []),
    );
    const kept = [...tables, ...stores.map(({ binding }) => binding)];
    expect([...named('What is kept, by level')]).toEqual(expect.arrayContaining(kept));
  });
});

describe('the threat model', () => {
  const threats = section('docs/security.md', 'Who attacks')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(' | '));

  it('says of each threat who comes with what, what stops it, which test shows that, and what is left', () => {
    expect(threats.length).toBeGreaterThan(20);
    for (const cells of threats) {
      expect(cells, cells[0]).toHaveLength(5);
      for (const cell of cells) expect(cell.length, cells[0]).toBeGreaterThan(0);
    }
  });

  it('has no threat that no test shows to be stopped, but for the one that nothing stops', () => {
    const shown = new Set(defences().map(({ of }) => `\`${of}\``));
    const bare = threats.filter(([name = '']) => !shown.has(name));
    expect(bare.map(([name, , stops]) => [name, stops?.startsWith('nothing')])).toEqual([['`deployer`', true]]);
  });

  it('is what tests name, each right above itself', () => {
    const names = threats.map(([name]) => name);
    const astray = defences().filter(
      ({ of, above }) => !names.includes(`\`${of}\``) || !/^(?:it|test|describe)\b/.test(above),
    );
    expect(astray).toEqual([]);
  });
});

describe('the log', () => {
  // ASVS 16.2.5
  it('is ours alone: the platform writes no line with the address of a request', () => {
    expect(api.observability.logs?.invocation_logs).toBe(false);
    expect(api.observability.redact_query_string).toBe(true);
  });
});

describe('the code', () => {
  // ASVS 1.2.4
  // Threat injection
  it('binds every value in SQL: no statement is put together from text', () => {
    const files = filesOf('src/**/*.{ts,tsx}', 'drizzle/*.ts').filter((file) => !file.startsWith('src/tools/'));
    expect(files.length).toBeGreaterThan(80);
    const raw = files.filter((file) =>
      /\bsql\.raw\b|\bsql\.identifier\b|\.prepare\((?!\))|\bDB\.exec\(/.test(read(file)),
    );
    // There a finished query becomes a statement, and Drizzle's become D1's.
    expect(raw.sort()).toEqual(['drizzle/binding.ts', 'drizzle/client.ts']);
  });

  // ASVS 13.2.1, 13.2.2, 13.3.2, 15.2.5
  // Threat taken-mailer
  it('gives the mailer what it needs to send mails and pushes, and no way in', () => {
    expect(mailer.workers_dev).toBe(false);
    expect(Object.keys(mailer).sort()).toEqual(
      expect.not.arrayContaining(['route', 'routes', 'services', 'r2_buckets', 'kv_namespaces', 'images', 'assets']),
    );
    for (const secret of mailer.secrets.required) expect(secret).toMatch(/^(?:MAIL_LINK|SERVICE)_KEYS/);
    const optional = read('src/mailer/optional-secrets.d.ts');
    expect(optional).not.toMatch(/\bTOKEN_KEYS|SIGNING_KEY/);
  });

  // ASVS 15.2.3
  it('deploys nothing that is for development, for deploying or for a terminal', () => {
    const deployed = new Set<string>();
    const follow = (file: string): void => {
      if (deployed.has(file)) return;
      deployed.add(file);
      for (const [, path = ''] of read(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g))
        follow(join(dirname(file), path));
    };
    for (const main of ['src/api/index.ts', 'src/mailer/index.ts']) follow(main);
    expect(deployed.size).toBeGreaterThan(60);
    const others = [...deployed].filter(
      (file) => !/^(?:src|drizzle)\//.test(file) || /^src\/(?:tools|local)\//.test(file),
    );
    expect(others).toEqual([]);
  });

  // ASVS 15.1.2, 15.2.4
  // Threat poisoned-library
  it('takes every library from the registry, in one version, and what runs by its checksum', () => {
    type Package = { version?: string; resolved?: string; integrity?: string; dev?: boolean };
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
    const ours = ['', 'client', 'node_modules/edge-accounts'];
    const libraries = Object.entries(packages).filter(([path]) => !ours.includes(path));
    expect(libraries.length).toBeGreaterThan(100);
    for (const [path, { version, resolved, integrity = '', dev }] of libraries) {
      expect(version, path).toMatch(/^\d+\.\d+\.\d+/);
      // An address would be another source than the one that npm is set to.
      expect(resolved, path).toBeUndefined();
      if (!dev) expect(integrity, path).toMatch(/^sha512-/);
    }
  });
});
