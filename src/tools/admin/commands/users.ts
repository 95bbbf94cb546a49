import type { Command } from 'commander';
import {
  audited,
  connected,
  noteNext,
  number,
  type Options,
  type Paging,
  paged,
  reading,
  readPages,
} from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { facts, print, table } from '../cli/output.ts';
import { addUserActs } from './user-acts.ts';
import { writeExport } from './write-export.ts';

type Listed = { q?: string; status?: 'active' | 'deactivated' | 'deleted' } & Paging<number | string> & Options;

/** A number, or where a search ended. */
const cursor = (text: string): number | string => (/[^\d]/.test(text) ? text : number(text));

const stateOf = (user: { deleted_at: string | null; is_active: boolean; is_verified: boolean }): string => {
  if (user.deleted_at) return 'deleted';
  if (!user.is_active) return 'deactivated';
  return user.is_verified ? 'active' : 'unverified';
};

const list = async (connection: Connection, options: Listed): Promise<void> => {
  const { q, status } = options;
  const filters = { ...(q === undefined ? {} : { q }), ...(status === undefined ? {} : { status }) };
  const { rows, next } = await readPages(options, async (paging) => {
    const page = await connection.ask((admin) => admin.listUsers({ ...filters, ...paging }));
    return { rows: page.users, next: page.next };
  });
  const lines = rows.map((user) => [user.id, user.email, user.full_name, user.role, stateOf(user), user.created_at]);
  const header = ['ID', 'E-MAIL', 'NAME', 'ROLE', 'STATE', 'CREATED'];
  print(options.json, { users: rows, next }, table(header, lines, 'There is no such user.'));
  noteNext(options, next);
};

const show = async (connection: Connection, options: Options, user: string): Promise<void> => {
  const shown = await connection.ask((admin) => admin.showUser({ user }));
  print(options.json, shown, facts(shown.user));
};

const exportOne = async (connection: Connection, options: Options & { out?: string }, user: string): Promise<void> =>
  writeExport(options.out, () => connection.ask((admin) => admin.exportUser({ user, as: options.as })));

/** `users …`: what is done to accounts. */
export const addUsers = (program: Command): void => {
  const users = program.command('users').description('accounts: look at them, and change them');
  paged(
    reading(users, 'list', 'list users, newest first', ['users list --status deleted', 'users list --q ada --all']),
    cursor,
  )
    .option('--q <prefix>', 'whose address, its domain or a word of the name begins with this')
    .option('--status <status>', 'active, deactivated or deleted')
    .action(connected(list));
  reading(users, 'show <user>', 'show a user, by id or e-mail', ['users show 12', 'users show ada@example.com']).action(
    connected(show),
  );
  audited(users, 'export <user>', 'write all personal data of a user as JSON', ['users export 12 --out user-12.json'])
    .option('--out <file>', 'write to a new file that nobody else can read')
    .action(connected(exportOne));
  addUserActs(users);
};
