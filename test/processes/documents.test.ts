import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiDocument } from '../../src/api/document.ts';
import { routes } from '../../src/tools/generate/document-facts.ts';
import { fillExamples, fillTables } from '../../src/tools/generate/document-table.ts';
import { ROOT } from '../../src/tools/root.ts';
import '../learnt-passwords.ts';

// What the documents name is there. What they say of it in tables is generated, and `npm run check` compares it.

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).filter((file) => file !== 'CHANGELOG.md');

const withoutCode = (text: string): string => text.replace(/^ *```.*?^ *```/gms, '');

/** The files and folders of this repository that a text names in backticks. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|drizzle|docs|migrations|client|\.github)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );

/** The names that the headings of a document have in an address. */
const anchorsOf = (file: string): string[] =>
  [...withoutCode(read(file)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('the documents', () => {
  it('name files and folders that are there', () => {
    const missing = DOCUMENTS.flatMap((file) =>
      pathsIn(read(file))
        .filter((path) => !existsSync(join(ROOT, path)))
        .map((path) => `${file}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('link to documents and headings that are there', () => {
    const broken = DOCUMENTS.flatMap((file) =>
      [...withoutCode(read(file)).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
        .filter(([, path = '', anchor]) => {
          const target = path === '' ? file : join(dirname(file), path);
          return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
        })
        .map(([link]) => `${file}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('name scripts of npm that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, script = '']) => `${file}: ${script}`),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((line) => !((line.split(': ')[1] ?? '') in scripts))).toEqual([]);
  });
});

describe('the map of the house', () => {
  const [, map = ''] = read('README.md').split('\n## How it is built\n');
  const told = [...map.matchAll(/^\| `(src\/[\w/]+)\/`/gm)].map(([, room = '']) => room);
  const roomsOf = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${folder}/${name}`);

  it('has every room, and no other', () => {
    expect(told.sort()).toEqual([...roomsOf('src'), ...roomsOf('src/api')].sort());
  });

  it('leads from every route to its file', async () => {
    const { paths } = await apiDocument();
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => method !== 'head')
        .map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
    );
    const found = (routes().keys ?? []).flatMap((file) =>
      [...(routes().of(file, [])?.['routes'] ?? '').matchAll(/`([^`]+)`/g)].map(([, route = '']) =>
        route.replace(/:(\w+)/g, '{$1}'),
      ),
    );
    expect(found.sort()).toEqual(served.sort());
  });

  it('names each file of the domain that a route runs once, also one that is loaded at need', () => {
    const textOf = (file: string): string =>
      globSync(`src/api/routes/${file}{,.handlers}.ts`, { cwd: ROOT }).map(read).join('\n');
    const ofTypes = /^import type [^;]*;$/gm;
    for (const file of routes().keys ?? []) {
      const named = [...(routes().of(file, [])?.['rules and SQL'] ?? '').matchAll(/`([^`]+)`/g)].map(
        ([, rule]) => rule,
      );
      const text = textOf(file.replaceAll('`', '')).replace(ofTypes, '');
      const run = new Set([...text.matchAll(/'[./]+\/accounts\/(.+)\.ts'/g)].map(([, rule]) => rule));
      expect(named, file).toEqual([...run].sort());
    }
    expect(routes().of('`factors`', [])?.['rules and SQL']).toContain('`factors/webauthn`');
  });
});

describe('what is added', () => {
  const [, rest = ''] = read('CONTRIBUTING.md').split('\n## Adding to it\n');
  const [chapter = ''] = rest.split('\n## ');
  const recipes = new Map(
    [...chapter.matchAll(/^- \*\*(.+?)\*\*(.+?)(?=^- \*\*|(?![\s\S]))/gms)].map(([, what = '', how = '']) => [
      what,
      how,
    ]),
  );

  it('is told for a field, a route, a kind of mail, an act and a type of event', () => {
    expect([...recipes.keys()]).toEqual([
      'A field that `PATCH /users/me` takes',
      'A route',
      'A kind of mail',
      'An act of an administrator',
      'A type of event',
    ]);
    for (const [what, how] of recipes) expect(pathsIn(how).length, what).toBeGreaterThan(1);
  });

  it('takes a field at most seven files by hand', () => {
    expect(new Set(pathsIn(recipes.get('A field that `PATCH /users/me` takes') ?? '')).size).toBeLessThanOrEqual(7);
  });
});

describe('a generated table', () => {
  const document = (rows: string): string =>
    `Before.\n\n<!-- generated: limits -->\n\n| what | limit | why |\n| --- | --- | --- |\n${rows}\nAfter.\n`;
  const limits = () => ({
    limits: () => ({ keys: ['login', 'logout'], of: (key: string) => ({ limit: key === 'login' ? '10' : '20' }) }),
  });

  it('takes the cells that are known, and keeps those that are written by hand and their order', () => {
    const { text, missing } = fillTables(document('| logout | 7 | cheap |\n| login | | dear |\n'), limits());
    expect(text).toBe(document('| logout | 20 | cheap |\n| login | 10 | dear |\n'));
    expect(missing).toEqual([]);
    expect(fillTables(text, limits()).text).toBe(text);
  });

  it('loses a row that nothing is behind, and names the cells of a new one that wait for words', () => {
    const { text, missing } = fillTables(document('| signup | 5 | dear |\n| login | 10 | dear |\n'), limits());
    expect(text).toBe(document('| login | 10 | dear |\n| logout | 20 |  |\n'));
    expect(missing).toEqual(['a cell of logout in the table limits is to be written by hand.']);
  });

  it('names a row that was chosen by hand and that nothing is known of', () => {
    const { text, missing } = fillTables(document('| login | 10 | dear |\n'), {
      limits: () => ({ of: () => undefined }),
    });
    expect(text).toBe(document('| login | 10 | dear |\n'));
    expect(missing).toEqual(['nothing is known of login in the table limits.']);
  });

  it('names a table that nothing generates, and leaves alone one that is not looked at', () => {
    const text = document('| login | 10 | dear |\n');
    expect(fillTables(text, {})).toEqual({ text, missing: ['nothing generates a table limits.'] });
    expect(fillTables(text, { limits: undefined })).toEqual({ text, missing: [] });
  });
});

describe('a generated example', () => {
  const document = (json: string): string => `<!-- generated: profile -->\n\n\`\`\`json\n${json}\n\`\`\`\n`;

  it('has the keys that it should, in their order, and keeps its values', () => {
    const examples = { profile: () => ({ id: 7, pronouns: null, email: 'user@example.com' }) };
    const text = fillExamples(document('{"email":"ada@example.com","id":1,"name":"Ada"}'), examples);
    expect(text).toBe(document('{"id":1,"pronouns":null,"email":"ada@example.com"}'));
    expect(fillExamples(text, examples)).toBe(text);
  });
});
