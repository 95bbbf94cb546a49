import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/tools/root.ts';
import type { Mutant } from './mutants.ts';
import { roomOf } from './sample.ts';

/** What became of a mutant of a file that was `code`: the test that noticed it, or null; and how many it was shown to. */
export type Tried = { name: string; file: string; code: string; noticedBy: string | null; shown: number };

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

/** How many were chosen, by which seed. */
type Choice = { seed: string; chosen: number };

/** Writes into docs/mutation.md how many were noticed in each room, and what survived; a reason that stands there stays. */
export const writeReport = (choice: Choice, mutants: readonly Mutant[], tried: readonly TriedMutant[]): void => {
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '';
  const written = [
    `${BEGIN}\n`,
    `${summaryOf(choice, mutants.length, tried)}\n`,
    '| where | changes | tried | noticed |\n|---|---|---|---|',
    ...roomRows(mutants, tried),
    '\n| not noticed | change | why that is |\n|---|---|---|',
    ...survivorRows(tried, reasonsIn(document)),
    '',
  ].join('\n');
  const at = document.indexOf(BEGIN);
  writeFileSync(DOCUMENT, at < 0 ? `${document}\n${written}` : document.slice(0, at) + written);
};

const summaryOf = ({ seed, chosen }: Choice, all: number, tried: readonly TriedMutant[]): string => {
  const noticed = tried.filter(({ noticedBy }) => noticedBy !== null).length;
  const day = new Date().toISOString().slice(0, 10);
  const left = chosen - tried.length;
  // What is soon noticed is known first, so a share of it would say too much.
  const result =
    left === 0 ? `, ${((100 * noticed) / chosen).toFixed(1)} %` : `, and ${left} are not tried to their end`;
  return `On ${day}, of ${all} changes, ${chosen} were chosen by seed ${seed}: ${noticed} were noticed${result}.`;
};

type TriedMutant = Tried & { mutant: Mutant };

const roomRows = (mutants: readonly Mutant[], tried: readonly TriedMutant[]): string[] => {
  const all = Map.groupBy(mutants, roomOf);
  return [...Map.groupBy(tried, ({ mutant }) => roomOf(mutant))].map(([room, here]) => {
    const noticed = here.filter(({ noticedBy }) => noticedBy !== null);
    return `| \`src/${room}\` | ${all.get(room)?.length} | ${here.length} | ${noticed.length} |`;
  });
};

const survivorRows = (tried: readonly TriedMutant[], reasons: ReadonlyMap<string, string>): string[] =>
  tried
    .filter(({ noticedBy }) => noticedBy === null)
    .map(({ mutant }) => {
      const cell = cellOf(mutant);
      return `| \`${mutant.file}:${mutant.line}\` | ${cell} | ${reasons.get(`${mutant.file} ${cell}`) ?? ''} |`;
    });
