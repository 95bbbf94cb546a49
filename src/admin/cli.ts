/**
 * What administrators do by script: `npm run admin -- <command>`. Exits with 0, or with 1 and one sentence on standard
 * error; with `--json` the refusal is on standard output too.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { ROOT } from '../dev/state-dir.ts';
import { CliFault } from './cli/cli-fault.ts';
import { note, print } from './cli/output.ts';
import { addAfterRestore } from './commands/after-restore.ts';
import { addAudit } from './commands/audit.ts';
import { addErasures } from './commands/erasures.ts';
import { addKeys } from './commands/keys.ts';
import { addMail } from './commands/mail.ts';
import { addSchedule } from './commands/schedule.ts';
import { addUsers } from './commands/users.ts';

// wrangler is large; compiled once, it is there in half the time.
enableCompileCache(join(ROOT, '.wrangler/compile-cache'));

const program = new Command('npm run admin --')
  .description('What administrators do by script, on the copy of this machine or with --remote on the deployed API.')
  .exitOverride()
  // What is wrong with a command line is told below, as every other fault.
  .configureOutput({ outputError: () => {} });
for (const add of [addUsers, addMail, addErasures, addAfterRestore, addSchedule, addKeys, addAudit]) add(program);

/** What commander says, as a sentence. */
const sentenceOf = (error: CommanderError): string => {
  const text = error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, '; did you mean $1?');
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
};

const report = (thrown: unknown): void => {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return;
    // Help that was shown because no command was named says enough.
    if (thrown.code !== 'commander.help') note(sentenceOf(thrown));
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
