import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/tools/root.ts';
import type { Mutant } from './mutants.ts';
import { roomOf } from './sample.ts';

/** What became of a mutant: the test that noticed it, or null; and how many it was shown to. */
export type Tried = { name: string; noticedBy: string | null; tried: number };

const DOCUMENT = join(ROOT, 'docs/mutation.md');
const BEGIN = '<!-- written by npm run test:mutation; of the last column the reasons are kept -->';

const codeOf = (text: string): string => `\`${text.replaceAll('|', '\\|').replaceAll('`', "'")}\``;

/** What is looked for again in the document, whatever line it has moved to. */
const cellOf = ({ kind, before, after }: Mutant): string =>
  `${kind}: ${codeOf(before)}${after ? ` → ${codeOf(after)}` : ''}`;

const reasonsIn = (document: string): Map<string, string> => {
  const rows = [...document.matchAll(/^\| `(src\/[^:`]+):\d+` \| (.+) \| (.*) \|$/gm)];
  return new Map(rows.map(([, file, cell, reason = '']) => [`${file} ${cell}`, reason]));
};

/** Writes into docs/mutation.md how many were noticed in each room, and what survived; a reason that stands there stays. */
export const writeReport = (
  seed: string,
  mutants: readonly Mutant[],
  tried: readonly (Tried & { mutant: Mutant })[],
): void => {
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '';
  const reasons = reasonsIn(document);
  const count = (some: readonly unknown[]): string => some.length.toLocaleString('en');
  const noticed = tried.filter(({ noticedBy }) => noticedBy !== null);
  const survivors = tried.filter(({ noticedBy }) => noticedBy === null);
  const rooms = [...new Set(tried.map(({ mutant }) => roomOf(mutant)))].map((room) => {
    const here = <Some extends { mutant: Mutant }>(some: readonly Some[]): Some[] =>
      some.filter(({ mutant }) => roomOf(mutant) === room);
    return `| \`src/${room}\` | ${mutants.filter((mutant) => roomOf(mutant) === room).length} | ${here(tried).length} | ${here(noticed).length} |`;
  });
  const rows = survivors.map(({ mutant }) => {
    const cell = cellOf(mutant);
    return `| \`${mutant.file}:${mutant.line}\` | ${cell} | ${reasons.get(`${mutant.file} ${cell}`) ?? ''} |`;
  });
  const percent = ((100 * noticed.length) / tried.length).toFixed(1);
  const written = [
    BEGIN,
    '',
    `Of ${count(mutants)} changes ${count(tried)} were chosen by seed ${seed}; ${count(noticed)} were noticed, ${percent} %.`,
    '',
    '| where | changes | tried | noticed |',
    '|---|---|---|---|',
    ...rooms,
    '',
    '| not noticed | change | why that is |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  writeFileSync(
    DOCUMENT,
    document.includes(BEGIN) ? document.slice(0, document.indexOf(BEGIN)) + written : `${document}\n${written}`,
  );
};
