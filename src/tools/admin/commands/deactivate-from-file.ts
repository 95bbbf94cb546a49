import { CliFault } from '../cli/cli-fault.ts';
import type { Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { interruption } from '../cli/interruption.ts';
import { counted, note, print, progress } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';
import { readTextFile } from '../cli/text-file.ts';

/** A user as a line of a file names one. */
export type NamedLine = { line: number; user: string };

/**
 * The users of a file: the first field of each line, in quotes or not. Empty lines, those that begin with `#` and a
 * first line that only heads the column are nobody.
 */
export const readUserLines = (text: string): NamedLine[] =>
  text
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ line: index + 1, user: (line.split(/[,;\t]/)[0] ?? '').trim().replace(/^"(.*)"$/, '$1') }))
    .filter(
      ({ line, user }) =>
        user !== '' && !user.startsWith('#') && !(line === 1 && /^(user_?)?(id|e-?mail)$/i.test(user)),
    );

type Given = { as: string; dry_run: boolean };
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

/** Suspends the users of the lines, one after the other; answers why it stopped before the last of them, or undefined. */
const suspendAll = async (connection: Connection, lines: readonly NamedLine[], given: Given, tally: Tally) => {
  const isInterrupted = interruption();
  const shown = progress();
  try {
    for (const [index, line] of lines.entries()) {
      if (await isInterrupted()) return '';
      await suspend(connection, line, given, tally);
      shown.say(`${index + 1} of ${lines.length}`);
    }
    return undefined;
  } catch (error) {
    return (await isInterrupted()) ? '' : ` ${(error as Error).message}`;
  } finally {
    shown.end();
  }
};

/**
 * Suspends every user that a file names. Whoever is suspended already is counted and left alone, so that work which
 * was interrupted is taken up by the same command.
 */
export const deactivateFromFile = async (
  connection: Connection,
  options: Options,
  file: string,
  given: Given,
): Promise<void> => {
  const lines = readUserLines(await readTextFile(file));
  if (!given.dry_run) {
    await confirm(`Deactivate the ${counted(lines.length, 'user')} of ${file}? Each gets a mail.`, options.yes);
  }
  const tally: Tally = { deactivated: 0, already_deactivated: 0, problems: [], dry_run: given.dry_run };
  const why = await suspendAll(connection, lines, given, tally);
  report(options, tally);
  if (why !== undefined) {
    const next = given.dry_run ? '' : '; the same command goes on from there';
    throw new CliFault(`Stopped before the end${next}.${why}`);
  }
  if (tally.problems.length > 0) throw new CliFault(`${counted(tally.problems.length, 'line')} could not be followed.`);
};

const report = ({ json }: Options, tally: Tally): void => {
  for (const { line, message } of tally.problems) note(`Line ${line}: ${message}`);
  const verb = tally.dry_run ? 'would be deactivated' : 'deactivated';
  print(json, tally, `${counted(tally.deactivated, 'user')} ${verb}, ${tally.already_deactivated} already were.`);
};
