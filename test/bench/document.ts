import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/tools/root.ts';

const FILE = join(ROOT, 'docs/performance.md');

export type Row = readonly string[];

const lineOf = (cells: Row): string => `| ${cells.join(' | ')} |\n`;

/**
 * Writes a table of docs/performance.md: below a line `<!-- measured: NAME -->` the day and what it was measured on, and the
 * rows. What else stands in the document stays.
 */
export const writeTable = (name: string, remark: string, headings: Row, rows: readonly Row[]): void => {
  const today = new Date().toISOString().slice(0, 10);
  const table = [headings, headings.map(() => '---'), ...rows].map(lineOf).join('');
  const place = new RegExp(
    `(<!-- measured: ${name} -->\\n)(?:\\n[^\\n|#<]+\\n(?:[^\\n|#<]+\\n)*)?(?:\\n(?:\\|.*\\n)+)?`,
  );
  const document = readFileSync(FILE, 'utf8');
  if (!place.test(document)) throw new Error(`docs/performance.md has no place for the table ${name}.`);
  writeFileSync(
    FILE,
    document.replace(place, (_, marker: string) => `${marker}\n${today}. ${remark}\n\n${table}`),
  );
};
