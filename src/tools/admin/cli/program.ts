import { Command, type CommanderError } from 'commander';
import { addAfterRestore } from '../commands/after-restore.ts';
import { addAudit } from '../commands/audit.ts';
import { addDatabase } from '../commands/database.ts';
import { addErasures } from '../commands/erasures.ts';
import { addKeys } from '../commands/keys.ts';
import { addMail } from '../commands/mail.ts';
import { addSchedule } from '../commands/schedule.ts';
import { addServices } from '../commands/services.ts';
import { addUsers } from '../commands/users.ts';
import { asksFirst, SCRIPT } from './command.ts';

/** The command line with all its commands. What is wrong with what was typed throws as `CommanderError`. */
export const adminProgram = (): Command => {
  const program = new Command(SCRIPT)
    .description('What administrators do by script, on the copy of this machine or with --remote on the deployed API.')
    .exitOverride()
    // What is wrong with a command line is told as every other fault.
    .configureOutput({ outputError: () => {} });
  for (const add of [
    addUsers,
    addServices,
    addMail,
    addErasures,
    addDatabase,
    addAfterRestore,
    addSchedule,
    addKeys,
    addAudit,
  ])
    add(program);
  return program;
};

/** Every command that does something, groups left out. */
export const commandsOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(commandsOf);

const SUGGESTION = /\n\(Did you mean (?:one of )?(.*)\?\)$/;

/**
 * What commander says, as a sentence. What cannot be undone is suggested to nobody who has typed another command, however
 * close: `users create` must not lead to `users erase`.
 */
export const sentenceOf = (error: CommanderError, program: Command): string => {
  const said = error.message.replace(/^error: /, '').replace(SUGGESTION, '');
  const close = SUGGESTION.exec(error.message)?.[1]?.split(', ') ?? [];
  const dangerous = new Set(
    commandsOf(program)
      .filter(asksFirst)
      .map((command) => command.name()),
  );
  const suggested = close.filter((name) => !dangerous.has(name)).join(' or ');
  const text = said.charAt(0).toUpperCase() + said.slice(1);
  if (suggested !== '') return `${text}; did you mean ${suggested}?`;
  return /[.?!]$/.test(text) ? text : `${text}.`;
};
