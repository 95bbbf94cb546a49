import { readFile } from 'node:fs/promises';
import { CliFault } from '../cli/cli-fault.ts';
import type { Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { interruption } from '../cli/interruption.ts';
import { counted, note, print, progress } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';

const AT_ONCE = 4;

/** A user as a line of a file names one. */
export type NamedLine = { line: number; user: string };

/**
 * The users of a file: the first field of each line, in quotes or not. Empty lines, those that begin with `#` and a
 * first line that only heads the column are nobody.
 */
export const readUserLines = (text: string): NamedLine[] =>
  text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ line: index + 1, user: (line.split(/[,;\t]/)[0] ?? '').trim().replace(/^"(.*)"$/, '$1') }))
    .filter(
      ({ line, user }) =>
        user !== '' && !user.startsWith('#') && !(line === 1 && /^(user_?)?(id|e-?mail)$/i.test(user)),
    );

const readLines = async (file: string): Promise<NamedLine[]> => {
  try {
    return readUserLines(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliFault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
};

type Given = { as: string; dry_run: boolean; force: boolean; reason: string | null };
type Problem = { line: number; code: string; message: string };
type Tally = { deactivated: number; already_deactivated: number; problems: Problem[]; dry_run: boolean };

/** Suspends the user of one line; a refusal is that line's own, and holds no other up. */
const suspend = async (
  connection: Connection,
  { line, user }: NamedLine,
  given: Given,
  tally: Tally,
): Promise<void> => {
  try {
    await connection.ask((admin) => admin.deactivateUser({ ...given, user }));
    tally.deactivated += 1;
  } catch (error) {
    if (!(error instanceof CliFault) || error.code === undefined) throw error;
    if (error.code === 'ALREADY_DEACTIVATED') tally.already_deactivated += 1;
    else tally.problems.push({ line, code: error.code, message: error.message });
  }
};

/**
 * Suspends every user that a file names, a few at a time. Whoever is suspended already is counted and left alone, so
 * that work which was interrupted is taken up by the same command.
 */
export const deactivateFromFile = async (
  connection: Connection,
  options: Options,
  file: string,
  given: Given,
): Promise<void> => {
  const lines = await readLines(file);
  if (!given.dry_run) {
    await confirm(`Deactivate the ${counted(lines.length, 'user')} of ${file}? Each gets a mail.`, options.yes);
  }
  const tally: Tally = { deactivated: 0, already_deactivated: 0, problems: [], dry_run: given.dry_run };
  const stop = interruption();
  const shown = progress();
  const waiting = lines.values();
  let fault: unknown;
  let done = 0;
  const work = async (): Promise<void> => {
    for (const line of waiting) {
      if (stop.wanted || fault !== undefined) return;
      await suspend(connection, line, given, tally).catch((error: unknown) => {
        fault = error;
      });
      done += 1;
      shown.say(`${done} of ${lines.length}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  shown.end();
  report(options, tally);
  if (stop.wanted || fault !== undefined) {
    const why = fault instanceof Error && !stop.wanted ? ` ${fault.message}` : '';
    throw new CliFault(`Stopped before the end; the same command goes on from there.${why}`);
  }
  if (tally.problems.length > 0) throw new CliFault(`${counted(tally.problems.length, 'line')} could not be followed.`);
};

const report = ({ json }: Options, tally: Tally): void => {
  tally.problems.sort((a, b) => a.line - b.line);
  for (const { line, message } of tally.problems) note(`Line ${line}: ${message}`);
  const verb = tally.dry_run ? 'would be deactivated' : 'deactivated';
  print(json, tally, `${counted(tally.deactivated, 'user')} ${verb}, ${tally.already_deactivated} already were.`);
};
