/**
 * What administrators do by script: `npm run admin -- <command>`. Exits with 0, or with 1 and one sentence on standard
 * error; with `--json` the refusal is on standard output too.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { ROOT } from '../root.ts';
import { CliFault } from './cli/cli-fault.ts';
import { note, print } from './cli/output.ts';
import { adminProgram, sentenceOf } from './cli/program.ts';

// wrangler is large; compiled once, it is there in half the time.
enableCompileCache(join(ROOT, '.wrangler/compile-cache'));

const program = adminProgram();

const report = (thrown: unknown): void => {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return;
    // Help that was shown because no command was named says enough.
    if (thrown.code !== 'commander.help') note(sentenceOf(thrown, program));
  } else if (thrown instanceof CliFault) {
    note(thrown.message);
    if (process.argv.includes('--json') && thrown.code !== undefined) {
      print(true, { error: { code: thrown.code, message: thrown.message } }, '');
    }
  } else {
    note(`Something unexpected went wrong: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  process.exitCode = 1;
};

// Whoever reads the output may have had enough of it.
process.stdout.on('error', () => process.exit());
await program.parseAsync().catch(report);
