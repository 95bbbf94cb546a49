import type { Command } from 'commander';
import { assignments, shellWord } from '../../start/shell-word.ts';

/** From the words in front of all commands down to the command's own. */
const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** The variables that say which copy or deployment is meant, beside the options that do. */
const placeOf = ({ remote }: { remote?: boolean }): string => {
  const name = remote ? 'DEPLOY_NAME' : 'STATE_DIR';
  return assignments({ [name]: process.env[name] });
};

/** A command as one types it to have it run again: with everything that it was given, but for `changes` of its options. */
export const typedAgain = (command: Command, changes: Record<string, string> = {}): string => {
  const options = command.options.flatMap((option) => {
    const name = option.attributeName();
    const isTyped = command.getOptionValueSource(name) === 'cli';
    const value = changes[name] ?? (isTyped ? command.getOptionValue(name) : undefined);
    if (value === undefined) return [];
    return value === true ? [option.long] : [option.long, shellWord(String(value))];
  });
  const words = [pathOf(command), ...command.args.map(shellWord), ...options];
  return placeOf(command.opts()) + words.join(' ');
};
