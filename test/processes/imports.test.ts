import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  importCycles,
  importsIn,
  loadsIn,
  readImports,
  refusedImports,
  unusedAllowances,
  upwardAllowances,
} from '../../src/tools/check/import-graph.ts';
import { ROOMS } from '../../src/tools/check/rooms.ts';
import { ROOT } from '../../src/tools/root.ts';

const imports = readImports(ROOT, ['drizzle', 'src']);

describe('the house', () => {
  it('has no import that its rooms do not allow', () => {
    expect(imports.length).toBeGreaterThan(500);
    expect(refusedImports(ROOMS, imports)).toEqual([]);
  });

  it('allows nothing that is not used', () => {
    expect(unusedAllowances(ROOMS, imports)).toEqual([]);
  });

  it('has imports run one way, so that no two rooms import each other', () => {
    expect(upwardAllowances(ROOMS)).toEqual([]);
  });

  it('has no modules that import each other in a circle, nor have the tests', () => {
    const loads = readImports(ROOT, ['drizzle', 'src', 'test'], loadsIn);
    expect(loads.length).toBeGreaterThan(1000);
    expect(importCycles(loads)).toEqual([]);
  });
});

describe('a circle of imports', () => {
  const imports = (...edges: [string, string][]) => edges.map(([file, specifier]) => ({ file, specifier }));

  it('is found, however many modules are in it and from wherever one comes to it', () => {
    const [a, b, c] = ['src/a.ts', 'src/room/b.ts', 'src/room/c.ts'];
    const circle = imports([a, './room/b.ts'], [b, './c.ts'], [c, '../a.ts']);
    const sentence = `${a} imports ${b} imports ${c} imports ${a}.`;
    expect(importCycles(circle)).toEqual([sentence]);
    expect(importCycles([...imports(['src/in.ts', './a.ts'], [c, './leaf.ts']), ...circle])).toEqual([sentence]);
    expect(importCycles(imports([a, './a.ts']))).toEqual([`${a} imports ${a}.`]);
    const two = imports([a, './room/b.ts'], [b, '../a.ts'], [b, './c.ts'], [c, './b.ts']);
    expect(importCycles(two)).toEqual([`${a} imports ${b} imports ${a}.`, `${b} imports ${c} imports ${b}.`]);
  });

  it('is none where two ways lead to one module, nor where a package is named', () => {
    const ways = imports(
      ['src/a.ts', './b.ts'],
      ['src/a.ts', './c.ts'],
      ['src/b.ts', './d.ts'],
      ['src/c.ts', './d.ts'],
    );
    expect(importCycles([...ways, ...imports(['src/d.ts', 'zod'])])).toEqual([]);
  });

  it('is none of types, which are gone when a module runs', () => {
    const text = [
      "import type { A } from './a.ts';",
      "export type {\n  B,\n} from './b.ts';",
      "type C = typeof import('./c.ts');",
      "/** @type {import('./d.mjs').D} */",
      "import { type E } from './e.ts';",
      "const f = await import('./f.ts');",
    ].join('\n');
    expect(loadsIn(text)).toEqual(['./e.ts', './f.ts']);
    expect(importsIn(text)).toHaveLength(6);
  });
});

describe('the table of rooms', () => {
  it('is found at fault where a room may import one below it, or one that is not there', () => {
    expect(upwardAllowances({ low: '', middle: 'low high', high: 'middle' })).toEqual([
      'middle may import high, which does not stand above it.',
    ]);
    expect(upwardAllowances({ low: 'no-room' })).toEqual(['low may import no-room, which does not stand above it.']);
  });

  it('is found at fault where a room or a package is allowed for nothing', () => {
    const found = [{ file: 'src/high/a.ts', specifier: '../low/b.ts' }];
    const rooms = { low: '', other: '', high: '{low,other} | zod node:*' };
    expect(unusedAllowances(rooms, found)).toEqual([
      'high may import other, and does not.',
      'high may import zod, and does not.',
      'high may import node:*, and does not.',
    ]);
  });

  it('is found to lack a room', () => {
    expect(refusedImports(ROOMS, [{ file: 'src/attic/a.ts', specifier: 'zod' }])).toEqual([
      'src/attic/a.ts stands in no room.',
    ]);
  });
});

describe('an import', () => {
  it.each([
    ["import { a } from './a.ts';", './a.ts'],
    ["import type { A } from './a.ts';", './a.ts'],
    ["import {\n  a,\n  type B,\n} from './a.ts';", './a.ts'],
    ["import * as a from './a.ts';", './a.ts'],
    ["import './a.ts';", './a.ts'],
    ["import data from './a.json' with { type: 'json' };", './a.json'],
    ["export { a } from './a.ts';", './a.ts'],
    ["export * from './a.ts';", './a.ts'],
    ["export type { A } from './a.ts';", './a.ts'],
    ["const { a } = await import('./a.ts');", './a.ts'],
    ["type A = typeof import('./a.ts');", './a.ts'],
    ["/** @type {import('./a.mjs').A} */", './a.mjs'],
    ['await import(path);', '(computed)'],
    ["const a = require('./a.ts');", './a.ts'],
    ["import a = require('./a.ts');", './a.ts'],
    ['require(path);', '(computed)'],
  ])('is found in %s', (text, specifier) => {
    expect(importsIn(text)).toEqual([specifier]);
  });

  it('is not found where none is', () => {
    expect(importsIn("export const a = 'x';\n// import { b } from './b.ts'\nexport const c = `from 'd'`;")).toEqual([]);
  });
});

// One of each kind that nobody may write, by where it would stand.
const FORBIDDEN: Record<string, string[]> = {
  'drizzle/probe.ts': ['../src/accounts/users/find-user.ts', '../src/outbox/kind.ts', './config.ts', 'zod'],
  'src/workers/probe.ts': ['../accounts/users/find-user.ts', '../outbox/kind.ts', '../api/settings.ts', 'node:fs'],
  'src/outbox/probe.ts': ['../accounts/users/find-user.ts', '../mailer/render.ts', '../api/app.ts'],
  'src/accounts/tokens/probe.ts': ['../users/find-user.ts', '../../../drizzle/schema.ts', 'hono', 'zod', 'node:fs'],
  'src/accounts/profile/probe.ts': ['../sessions/session.ts', '../erasure/erasure.ts', '../follow-up.ts'],
  'src/accounts/erasure/probe.ts': [
    '../../api/http/env.ts',
    '../../tools/deploy/names.ts',
    '../../web/pages/document.ts',
  ],
  'src/accounts/follow-up.ts': ['./backlog.ts', '../api/app.ts', 'cloudflare:workers'],
  'src/api/wire/probe.ts': ['../http/error.ts', '../routes/users.ts', 'hono'],
  'src/api/http/probe.ts': ['../routes/users.ts', '../openapi/answer.ts', '../app.ts', 'cloudflare:workers'],
  'src/api/openapi/probe.ts': ['../routes/users.openapi.ts', '../app.ts'],
  'src/api/routes/probe.ts': ['../../../drizzle/schema.ts', '../admin/answer.ts', '../../tools/root.ts', 'drizzle-orm'],
  'src/api/cron.ts': ['./app.ts', './routes/users.ts', './admin/entrypoint.ts'],
  'src/api/admin/probe.ts': ['./entrypoint.ts', '../http/error.ts', '../../tools/admin/cli/output.ts', 'commander'],
  'src/mailer/probe.ts': [
    '../api/http/error.ts',
    '../accounts/sessions/session.ts',
    './index.ts',
    'cloudflare:workers',
  ],
  'src/mailer/locales/probe.ts': ['../../api/http/error.ts', '../../web/pages/catalogues.ts', 'hono'],
  'src/web/pages/probe.ts': ['../../accounts/users/find-user.ts', '../../api/app.ts', 'node:fs'],
  'src/web/pages/browser/probe.js': ['../document.ts', 'zod'],
  'src/client/probe.ts': ['../accounts/users/find-user.ts', '../api/routes/users.ts', '../../drizzle/schema.ts'],
  'src/tools/start/probe.ts': ['../deploy/names.ts', '../admin/admin.ts', '../../api/app.ts', 'hono'],
  'src/tools/admin/cli/probe.ts': [
    '../../../accounts/users/find-user.ts',
    '../../generate/data.ts',
    '../../../api/cron.ts',
  ],
  'src/tools/generate/probe.ts': ['../../mailer/index.ts', '../deploy/names.ts', '../../../test/client.ts'],
};

const ALLOWED: Record<string, string[]> = {
  'src/outbox/probe.ts': ['../workers/log.ts', '../../drizzle/schema.ts', 'drizzle-orm'],
  'src/accounts/sessions/probe.ts': ['./session.ts', '../tokens/signed-token.ts', '../../workers/log.ts'],
  'src/api/index.ts': ['./app.ts', './admin/entrypoint.ts', '../workers/settings.ts', 'cloudflare:workers'],
  'src/mailer/locales/probe.ts': ['./en.ts', '../render.ts', '../../outbox/kind.ts'],
  'src/web/pages/probe.ts': [
    './document.ts',
    './locales/en.ts',
    '../../accounts/tokens/one-time-token.ts',
    'hono/html',
  ],
  'src/tools/admin/cli/probe.ts': ['./output.ts', '../commands/mail.ts', '../../root.ts', 'node:fs/promises'],
};

const listed = (kinds: Record<string, string[]>) =>
  Object.entries(kinds).flatMap(([file, specifiers]) => specifiers.map((specifier) => ({ file, specifier })));

describe('the check', () => {
  it.each(listed(FORBIDDEN))('refuses in $file $specifier', (found) => {
    expect(refusedImports(ROOMS, [found])).toHaveLength(1);
  });

  it.each(listed(ALLOWED))('allows in $file $specifier', (found) => {
    expect(refusedImports(ROOMS, [found])).toEqual([]);
  });

  it.each(['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'])('reads modules that end in .%s', (ending) => {
    const [root, folder] = [mkdtempSync(join(tmpdir(), 'edge-accounts-imports-')), 'src/accounts/users'];
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, `probe.${ending}`), "import 'hono';\nrequire('../../tools/root.ts');\n");
    expect(refusedImports(ROOMS, readImports(root, ['src']))).toEqual([
      `${folder}/probe.${ending} imports hono, and accounts/users may not import hono.`,
      `${folder}/probe.${ending} imports ../../tools/root.ts, and accounts/users may not import tools.`,
    ]);
  });
});
