import type { Command } from 'commander';
import type { Answer } from '../../../api/admin/answer.ts';
import {
  USER_ACT_COMMANDS,
  USER_ACT_NAMES,
  type UserActCommand,
  type UserActMethod,
} from '../../../api/admin/user-acts.command.ts';
import type { Done } from '../../../api/admin/user-acts.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { changing, connected, irreversible, type Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { counted, print } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';
import { deactivateFromFile } from './deactivate-from-file.ts';

type Acting = Options & { fromFile?: string } & Record<string, unknown>;
type Given = { user: string; as: string; dry_run: boolean } & Record<string, unknown>;

const whoIs = ({ user }: Done): string => `${user.id} (${user.email})`;

const tell = ({ json }: Options, { did, would }: UserActCommand, done: Done, given: readonly string[]): void => {
  const what = [done.dry_run ? would : did, ...given].join(': ');
  const ended = done.ended_sessions > 0 ? `; ${counted(done.ended_sessions, 'session')} ended` : '';
  const mails = done.mails > 0 ? '; a mail is on its way' : '';
  const next = done.dry_run ? '. Nothing was changed.' : `${ended}${mails}.`;
  print(json, done, `User ${whoIs(done)} ${what}${next}`);
};

/** Has an act done; one that cannot be undone is foreseen first, and then done to whom that was, whoever has the address. */
const act = async (
  connection: Connection,
  method: UserActMethod,
  { asks }: UserActCommand,
  given: Given,
  yes: boolean | undefined,
): Promise<Done> => {
  const ask = (more: Partial<Given>) =>
    connection.ask((admin) => (admin[method] as (given: Given) => Promise<Answer<Done>>)({ ...given, ...more }));
  if (!asks) return ask({});
  const foreseen = await ask({ dry_run: true });
  if (given.dry_run) return foreseen;
  await confirm(asks(whoIs(foreseen)), yes);
  return ask({ user: String(foreseen.user.id) });
};

/** What the input has of the options and of the words behind the user, by the names that it has for them. */
const ownOf = ({ takes = {}, options = [], forcible }: UserActCommand, given: Acting, words: readonly string[]) => {
  const names = [...options.map(({ flags }) => /^--(\w+)/.exec(flags)?.[1] ?? ''), ...(forcible ? ['force'] : [])];
  return Object.fromEntries([
    ...names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
    ...Object.keys(takes).map((name, index) => [name, words[index]]),
  ]);
};

/** The work of a command: on the user that is named, or on all that a file names. */
const worksBy = (method: UserActMethod, command: UserActCommand) =>
  connected(async (connection: Connection, options: Acting, user?: string, ...words: string[]): Promise<void> => {
    const given = { ...ownOf(command, options, words), as: options.as, dry_run: options.dryRun ?? false };
    if ((user === undefined) === (options.fromFile === undefined)) {
      throw new CliFault('Name one user, or a file with --from-file.');
    }
    if (options.fromFile !== undefined) return deactivateFromFile(connection, options, options.fromFile, given);
    if (command.many && options.yes) {
      throw new CliFault('--yes goes with --from-file: one user is suspended without a question.');
    }
    const done = await act(connection, method, command, { ...given, user: user ?? '' }, options.yes);
    tell(options, command, done, words);
  });

const addUserAct = (users: Command, method: UserActMethod, command: UserActCommand): void => {
  const { takes = {}, description, examples, options = [], many, forcible, asks } = command;
  const usage = [
    USER_ACT_NAMES[method],
    many ? '[user]' : '<user>',
    ...Object.values(takes).map((word) => `<${word}>`),
  ].join(' ');
  const added = (asks ? irreversible : changing)(users, usage, description, examples);
  for (const option of options) added.option(option.flags, option.description);
  if (many) {
    added
      .option('--from-file <file>', 'a user a line, by id or e-mail')
      .option('--yes', 'with --from-file: do it without being asked');
  }
  if (forcible) added.option('--force', 'also to the last active administrator');
  added.action(worksBy(method, command));
};

/** `users promote …` and the others of the table. */
export const addUserActs = (users: Command): void => {
  for (const [method, command] of Object.entries(USER_ACT_COMMANDS)) {
    addUserAct(users, method as UserActMethod, command);
  }
};
