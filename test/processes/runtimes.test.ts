import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modulesIn } from '../../src/tools/check/import-graph.ts';
import { ROOT } from '../../src/tools/root.ts';

const NO_PROCESS = ['export const p = process', 'export const q = typeof process', 'export const r = process.env'];

const NO_NODE = [
  ...NO_PROCESS,
  'export const s = __dirname',
  "export const t = require('node:fs')",
  'export type U = NodeJS.ProcessEnv',
  "export type V = import('node:fs').Stats",
];

const IN_BROWSER = {
  known: ['export const title = document.title'],
  unknown: [...NO_PROCESS, 'export const b = new HTMLRewriter()'],
};

// What each runtime's types know and what they do not: a line of a module that the compiler takes or refuses.
const RUNTIMES: Record<string, { known: string[]; unknown: string[] }> = {
  'src/accounts/probe.ts': {
    known: [
      'export const id = crypto.randomUUID()',
      'export type A = KVNamespace',
      "import { createHash } from 'node:crypto'",
      "export const hash = createHash('sha256').update(Buffer.from('a'))",
    ],
    unknown: [
      ...NO_NODE,
      'export const a = document',
      'export const b = document.title',
      'export type B = Env',
      // Without the declarations on which those of Node's modules rest, anything would do.
      "export const c = createHash('sha256').update(5)",
    ],
  },
  'src/outbox/probe.ts': {
    known: ['export type A = Queue'],
    unknown: [...NO_NODE, 'export const b = document.title', 'export type B = MailerEnv'],
  },
  'drizzle/probe.ts': {
    known: ['export type A = D1Database'],
    unknown: [...NO_NODE, 'export const b = document.title'],
  },
  'src/api/probe.ts': {
    known: ['export type A = Env', "import { createHash } from 'node:crypto'", 'export const hash = createHash'],
    unknown: [...NO_PROCESS, 'export const b = document.title', 'export type B = MailerEnv'],
  },
  'src/local/probe.ts': {
    known: ['export type A = Env'],
    unknown: [...NO_PROCESS, 'export const b = document.title', 'export type B = MailerEnv'],
  },
  'src/mailer/probe.ts': {
    known: ['export type A = MailerEnv', "import { once } from 'node:events'", 'export const wait = once'],
    unknown: [...NO_PROCESS, 'export const b = document.title', 'export type B = Env'],
  },
  'src/web/probe.ts': {
    known: ['export const number = new Intl.NumberFormat()'],
    unknown: [...NO_PROCESS, 'export const b = document.title', 'export type B = KVNamespace'],
  },
  'src/web/browser/probe.ts': IN_BROWSER,
  'src/web/people/browser/probe.ts': IN_BROWSER,
  'src/web/admin/browser/probe.ts': IN_BROWSER,
  'src/web/mails/browser/probe.js': IN_BROWSER,
  'src/web/pages/browser/probe.js': IN_BROWSER,
  'src/web/reference/browser/probe.js': IN_BROWSER,
  'src/client/probe.ts': {
    known: ['export const ask = fetch'],
    unknown: [
      ...NO_NODE,
      'export const a = document.title',
      'export const b = window',
      'export const c = new HTMLRewriter()',
      'export const d = caches.default',
      'export type E = Env',
      'export type F = KVNamespace',
    ],
  },
  'src/tools/probe.ts': {
    known: ['export const path = process.env', "export type A = import('@cloudflare/workers-types').KVNamespace"],
    unknown: [
      'export const a = document.title',
      'export const b = new HTMLRewriter()',
      'export type B = KVNamespace',
      'export type C = Env',
    ],
  },
};

const COPIED = ['src', 'drizzle', 'package.json', 'tsconfig.json', 'dist/types'];
// All but the tests themselves, so that one which is added is built too, also where nothing was compiled before.
const PROJECTS = [...readFileSync(join(ROOT, 'tsconfig.json'), 'utf8').matchAll(/"path": "(src\/[^"]+)"/g)].map(
  ([, project = '']) => project,
);

let copy: string;
let refused: string[];

/** Each line in which the compiler has found a fault, as `file(line`. */
const build = (): string[] => {
  const tsc = join(copy, 'node_modules/typescript/bin/tsc');
  // As for `npm run check`: memory that the compiler leaves lying costs less than to collect it.
  const env = { ...process.env, GOGC: '400' };
  const { stdout } = spawnSync(process.execPath, [tsc, '--build', ...PROJECTS], { cwd: copy, encoding: 'utf8', env });
  return [...new Set([...stdout.matchAll(/^(\S+\(\d+),\d+\): error/gm)].map(([, place = '']) => place))];
};

// A copy beside the last build, so that the compiler looks at no more than what is added.
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'edge-accounts-runtimes-'));
  for (const path of COPIED.filter((name) => existsSync(join(ROOT, name))))
    cpSync(join(ROOT, path), join(copy, path), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  const config = join(copy, 'tsconfig.json');
  writeFileSync(config, readFileSync(config, 'utf8').replace('"strict"', '"preserveSymlinks": true, "strict"'));
  for (const [file, { known, unknown }] of Object.entries(RUNTIMES))
    writeFileSync(join(copy, file), [...known, ...unknown].map((line) => `${line};\n`).join(''));
  refused = build();
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('a runtime', () => {
  it.each(Object.keys(RUNTIMES))('knows its own globals and no others: %s', (file) => {
    const { known, unknown } = RUNTIMES[file] ?? { known: [], unknown: [] };
    const places = unknown.map((_, index) => `${file}(${known.length + index + 1}`);
    expect(refused.filter((place) => place.startsWith(`${file}(`))).toEqual(places);
  });

  it('is found for every module', () => {
    const emitted = (file: string) => `dist/types/${file.replace(/\.([cm]?)[jt]sx?$/, '.d.$1ts')}`;
    const modules = modulesIn(copy, ['src', 'drizzle']).filter((file) => !file.endsWith('.d.ts'));
    expect(modules.filter((file) => !existsSync(join(copy, emitted(file))))).toEqual([]);
  });

  it('has no other fault', () => {
    expect(refused.filter((place) => !/\/probe\.(?:ts|js)\(/.test(place))).toEqual([]);
  });
});
