import { CommanderError } from 'commander';
import { CliFault } from './cli-fault.ts';
import { note, print } from './output.ts';
import { adminProgram, sentenceOf } from './program.ts';

/** Runs the command line of this process, and sets its exit code. */
export const main = async (): Promise<void> => {
  // Whoever reads the output may have had enough of it.
  process.stdout.on('error', () => process.exit());
  const program = adminProgram();
  await program.parseAsync().catch((thrown: unknown) => {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
    process.exitCode = 1;
    // Help that was shown because no command was named says enough.
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return;
    report(thrown instanceof CommanderError ? new CliFault(sentenceOf(thrown, program)) : thrown);
  });
};

const report = (thrown: unknown): void => {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (!(thrown instanceof CliFault)) {
    note(`Something unexpected went wrong: ${message}`);
    return;
  }
  note(message);
  if (process.argv.includes('--json') && thrown.code !== undefined) {
    print(true, { error: { code: thrown.code, message } }, '');
  }
};
