import type { Command } from 'commander';
import { assignments, shellWord } from '../../start/shell-word.ts';
import { SCRIPT } from './command.ts';

/** From the words in front of all commands down to the command's own. */
const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** The variables that say which copy or deployment is meant, beside the options that do. */
const placeOf = ({ remote }: { remote?: boolean }): string => {
  const name = remote ? 'DEPLOY_NAME' : 'STATE_DIR';
  return assignments({ [name]: process.env[name] });
};

/** The options that a command was given, but for `changes` of them; of those that are named, where any are. */
const optionsOf = (command: Command, changes: Record<string, string>, names?: readonly string[]): string[] =>
  command.options.flatMap((option) => {
    const name = option.attributeName();
    const isTyped = command.getOptionValueSource(name) === 'cli' && (names?.includes(name) ?? true);
    const value = changes[name] ?? (isTyped ? command.getOptionValue(name) : undefined);
    if (value === undefined) return [];
    return value === true ? [`${option.long}`] : [`${option.long}`, shellWord(String(value))];
  });

/** A command as one types it to have it run again: with everything that it was given, but for `changes` of its options. */
export const typedAgain = (command: Command, changes: Record<string, string> = {}): string => {
  const words = [pathOf(command), ...command.args.map(shellWord), ...optionsOf(command, changes)];
  return placeOf(command.opts()) + words.join(' ');
};

/** The words of another command as one types it after this one, about the same copy or deployment and by the same person. */
export const typedNext = (command: Command, ...words: string[]): string => {
  const options = optionsOf(command, {}, ['remote', 'env', 'as', 'yes']);
  return placeOf(command.opts()) + [SCRIPT, ...words.map(shellWord), ...options].join(' ');
};
