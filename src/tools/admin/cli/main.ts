import { CommanderError } from 'commander';
import { CliFault } from './cli-fault.ts';
import { note, print } from './output.ts';
import { adminProgram, sentenceOf } from './program.ts';

/** Runs a command line, the words behind `npm run admin --`, and tells what it has to tell; answers the exit code. */
export const main = async (words: readonly string[]): Promise<0 | 1> => {
  const program = adminProgram();
  try {
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) report(thrown, words.includes('--json'));
    else if (thrown.exitCode === 0) return 0;
    // Help that was shown because no command was named says enough.
    else if (thrown.code !== 'commander.help') note(sentenceOf(thrown, program));
    return 1;
  }
};

const report = (thrown: unknown, asJson: boolean): void => {
  const fault = thrown instanceof CliFault ? thrown : undefined;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  note(fault ? message : `Something unexpected went wrong: ${message}`);
  if (asJson && fault?.code !== undefined) print(true, { error: { code: fault.code, message } }, '');
};
