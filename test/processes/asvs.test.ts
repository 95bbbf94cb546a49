import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proofs } from '../../src/tools/generate/document-facts.ts';
import { ROOT } from '../../src/tools/root.ts';

// docs/asvs.md is worth what it says truly: no requirement is passed over, and what is met is shown or said. Which test shows
// which requirement stands above the test, `// ASVS 6.3.1, 6.3.2`, and `npm run check` holds the page to that.

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const words = (text: string): string[] => text.trim().split(/\s+/);

// OWASP ASVS 5.0.0: every requirement of levels 1 and 2, and of level 3 those that are answered.
const LEVELS: Record<string, string[]> = {
  1: words(`
    1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1
    2.1.1 2.2.1 2.2.2 2.3.1
    3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3
    4.1.1 4.4.1
    5.2.1 5.2.2 5.3.1 5.3.2
    6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
    7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2
    8.1.1 8.2.1 8.2.2 8.3.1
    9.1.1 9.1.2 9.1.3 9.2.1
    10.4.1 10.4.2 10.4.3 10.4.4 10.4.5
    11.3.1 11.3.2 11.4.1
    12.1.1 12.2.1 12.2.2
    13.4.1
    14.2.1 14.3.1
    15.1.1 15.2.1 15.3.1
  `),
  2: words(`
    1.1.1 1.1.2 1.2.6 1.2.7 1.2.8 1.2.9 1.3.3 1.3.4 1.3.5 1.3.6 1.3.7 1.3.8 1.3.9 1.3.10 1.3.11 1.4.1 1.4.2 1.4.3 1.5.2
    2.1.2 2.1.3 2.2.3 2.3.2 2.3.3 2.3.4 2.4.1
    3.3.2 3.3.3 3.3.4 3.4.3 3.4.4 3.4.5 3.4.6 3.5.4 3.5.5 3.7.1 3.7.2
    4.1.2 4.1.3 4.2.1 4.3.1 4.3.2 4.4.2 4.4.3 4.4.4
    5.1.1 5.2.3 5.4.1 5.4.2 5.4.3
    6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 6.8.1
    6.8.2 6.8.3 6.8.4
    7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2
    8.1.2 8.2.3 8.4.1
    9.2.2 9.2.3 9.2.4
    10.1.1 10.1.2 10.2.1 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 10.4.6 10.4.7 10.4.8 10.4.9 10.4.10 10.4.11 10.5.1 10.5.2
    10.5.3 10.5.4 10.5.5 10.6.1 10.6.2 10.7.1 10.7.2 10.7.3
    11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.3 11.4.2 11.4.3 11.4.4 11.5.1 11.6.1
    12.1.2 12.1.3 12.3.1 12.3.2 12.3.3 12.3.4
    13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.2 13.4.3 13.4.4 13.4.5
    14.1.1 14.1.2 14.2.2 14.2.3 14.2.4 14.3.2 14.3.3
    15.1.2 15.1.3 15.2.2 15.2.3 15.3.2 15.3.3 15.3.4 15.3.5 15.3.6 15.3.7
    16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3
    17.1.1 17.2.1 17.2.2 17.2.3 17.2.4 17.3.1 17.3.2
  `),
  3: words(`
    1.3.12 3.3.5 3.4.7 3.4.8 3.5.8 3.6.1 4.1.4 4.1.5 5.2.4 5.2.6 6.3.5 6.3.6 6.3.7 6.3.8 7.5.3 8.2.4 8.3.2 8.3.3 8.4.2 11.1.4 11.2.4 11.2.5 11.3.4 13.2.6 13.3.3 13.3.4 13.4.7 14.2.5 14.2.7 14.2.8 15.1.4 15.1.5 15.2.4 15.2.5 15.4.2 15.4.3 16.5.4
  `),
};

// Those that an API of accounts rests on: each has a row, whatever is said of the others.
const NEEDED = words(`
  1.2.4 1.3.3 1.3.7 1.3.11
  2.2.1 2.2.2 2.3.1 2.3.3 2.4.1
  3.2.1 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.4 3.5.1 3.5.2 3.5.3 3.5.4
  4.1.1 4.1.4
  5.2.1 5.2.2 5.2.4 5.2.6 5.3.1 5.3.2 5.4.1 5.4.2
  6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10 6.2.12 6.3.1 6.3.7 6.3.8 6.4.1 6.4.3 6.5.1 6.5.5
  7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.5 7.5.2
  8.2.1 8.2.2 8.2.3 8.3.1 8.3.2 8.4.2
  9.1.1 9.1.2 9.1.3 9.2.1 9.2.2 9.2.3 9.2.4
  11.1.1 11.1.2 11.2.2 11.2.4 11.4.2 11.5.1
  13.2.2 13.3.1 13.3.4 13.4.5
  14.1.1 14.1.2 14.2.1 14.2.4 14.2.7 14.2.8 14.3.1 14.3.2
  15.1.3 15.2.2 15.3.1 15.3.3 15.3.4 15.4.2
  16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.5.1 16.5.2 16.5.3 16.5.4
`);

const STATUSES = ['met', 'in part', 'deviates', 'not met', 'platform'];

type Row = { id: string; level: string; asks: string; status: string; remark: string; shownBy: string };

const lines = read('docs/asvs.md').split('\n');
const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());

const rows: Row[] = lines
  .filter((line) => /^\| \d/.test(line) && cellsOf(line).length === 5)
  .map((line) => {
    const [id = '', level = '', asks = '', told = '', shownBy = ''] = cellsOf(line);
    const [, status = '', remark = ''] = /^([^:]+)(?:: (.+))?$/.exec(told) ?? [];
    return { id, level, asks, status, remark, shownBy };
  });

/** What does not apply: a requirement, a section, or a chapter with a V before it. */
const left: string[] = lines
  .slice(lines.indexOf('## What does not apply'))
  .filter((line) => /^\| V?\d/.test(line))
  .flatMap((line) => (cellsOf(line)[0] ?? '').split(', '));
const isLeft = (id: string): boolean => left.some((name) => `${id}.`.startsWith(`${name.replace(/^V/, '')}.`));

const idsOf = (list: Row[]): string[] => list.map(({ id }) => id);

describe('the page of the verification standard', () => {
  it('answers each requirement once, by its level, in one of the words that it explains', () => {
    expect(new Set(idsOf(rows)).size).toBe(rows.length);
    for (const { id, level, asks, status } of rows) {
      expect(id).toMatch(/^\d{1,2}\.\d{1,2}\.\d{1,2}$/);
      expect(LEVELS[level], `the level of ${id}`).toContain(id);
      expect(STATUSES, id).toContain(status);
      expect(asks.length, id).toBeGreaterThan(5);
    }
  });

  it('leaves no requirement of levels 1 and 2 out: it is a row, or said not to apply, and never both', () => {
    const all = [...(LEVELS[1] ?? []), ...(LEVELS[2] ?? [])];
    expect(all).toHaveLength(253);
    expect(all.filter((id) => !isLeft(id) && !idsOf(rows).includes(id))).toEqual([]);
    expect(idsOf(rows).filter(isLeft)).toEqual([]);
    for (const name of left)
      expect(
        all.some((id) => `${id}.`.startsWith(`${name.replace(/^V/, '')}.`)),
        name,
      ).toBe(true);
  });

  it('is read in one sitting', () => {
    expect(words(read('docs/asvs.md')).length).toBeLessThanOrEqual(4700);
  });

  it('has a row for what an API of accounts rests on', () => {
    expect(NEEDED.filter((id) => !idsOf(rows).includes(id))).toEqual([]);
  });

  it('sums up what is not simply met, and says why', () => {
    for (const status of STATUSES.filter((name) => name !== 'met')) {
      const [, , told = ''] = cellsOf(lines.find((line) => line.startsWith(`| ${status} |`)) ?? '');
      const of = idsOf(rows.filter((row) => row.status === status));
      expect(told.split(', ').filter(Boolean).sort(), status).toEqual(of.sort());
    }
    const mustSayWhy = ['in part', 'deviates', 'not met'];
    expect(idsOf(rows.filter(({ status, remark }) => mustSayWhy.includes(status) && remark === ''))).toEqual([]);
  });

  it('shows what is met by a test, or says why there is none', () => {
    const shown = new Set(proofs().map(({ of }) => of));
    const isMet = ({ status }: Row) => status === 'met' || status === 'in part';
    const bare = rows.filter((row) => isMet(row) && !shown.has(row.id) && row.remark === '');
    expect(idsOf(bare)).toEqual([]);
  });
});

describe('a test that names a requirement', () => {
  it('names one that has a row, which is met as far as that test shows', () => {
    expect(proofs().length).toBeGreaterThan(200);
    const answered = idsOf(rows.filter(({ status }) => status !== 'not met'));
    expect(proofs().filter(({ of }) => !answered.includes(of))).toEqual([]);
  });

  it('does so right above itself, in one form', () => {
    expect(proofs().filter(({ above }) => !/^(?:it|test|describe)\b/.test(above))).toEqual([]);
    const files = globSync('test/**/*.ts', { cwd: ROOT });
    const comments = files.flatMap((file) => read(file).match(/^\s*\/\/ ?ASVS\b.*$/gim) ?? []);
    expect(comments.filter((line) => !/^\s*\/\/ ASVS \d+\.\d+\.\d+(?:, \d+\.\d+\.\d+)*$/.test(line))).toEqual([]);
  });
});
