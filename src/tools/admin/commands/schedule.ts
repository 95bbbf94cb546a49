import type { Command } from 'commander';
import { CliFault } from '../cli/cli-fault.ts';
import { changing, connected, type Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { print, table } from '../cli/output.ts';

const run = async (connection: Connection, options: Options): Promise<void> => {
  const given = { as: options.as, dry_run: options.dryRun ?? false };
  const result = await connection.ask((admin) => admin.runSchedule(given));
  if (result.dry_run) {
    const users = result.would_erase.join(', ');
    const text = users === '' ? 'No account would be erased.' : `Users ${users} would be erased.`;
    return print(options.json, result, `${text} Nothing was changed.`);
  }
  const lines = Object.entries(result.steps).map(([step, count]) => [step, count ?? 'failed']);
  print(options.json, result, table(['STEP', 'COUNT'], lines, ''));
  const failed = Object.keys(result.steps).filter((step) => result.steps[step] === null);
  if (failed.length > 0) throw new CliFault(`These steps have failed, and the log says why: ${failed.join(', ')}.`);
};

/** `schedule …`: the run that the platform makes each minute. */
export const addSchedule = (program: Command): void => {
  const schedule = program.command('schedule').description('the scheduled run');
  changing(schedule, 'run', 'make it at once', ['schedule run', 'schedule run --dry-run']).action(connected(run));
};
