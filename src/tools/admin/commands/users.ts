import type { Command } from 'commander';
import {
  audited,
  changing,
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
  const { locks, sessions, last_sign_in_at, second_factors } = shown.access;
  const locked = locks.filter(({ locked_until }) => locked_until !== null);
  const access = {
    last_sign_in_at,
    locked:
      locked.map(({ kind, known_device, locked_until }) => lockText(kind, known_device, locked_until)).join(', ') ||
      null,
    failures: locks.reduce((sum, { failures }) => sum + failures, 0),
    sessions: sessions.length,
    ...second_factors,
  };
  print(options.json, shown, facts({ ...shown.user, ...access }));
};

/** At what somebody guessed, whose browser it was, and until when it is locked. */
const lockText = (kind: 'password' | 'second_factor', isKnown: boolean, until: string | null): string =>
  `${kind === 'password' ? 'passwords' : 'second factors'} of ${isKnown ? 'a known browser' : 'strangers'} until ${until}`;

type Made = Options & { name?: string; speaking?: string; listening?: string };

const create = async (connection: Connection, options: Made, email: string): Promise<void> => {
  const { as, name, speaking, listening, dryRun: dry_run = false } = options;
  const created = await connection.ask((admin) =>
    admin.createUser({
      ...{ email, as, dry_run },
      ...(name === undefined ? {} : { full_name: name }),
      ...(speaking === undefined ? {} : { speaking_language: speaking }),
      ...(listening === undefined ? {} : { listening_language: listening }),
    }),
  );
  const { user } = created;
  const text = dry_run
    ? `User ${user.email} would be created. Nothing was changed.`
    : `User ${user.id} (${user.email}) is created; a mail is on its way.`;
  print(options.json, created, text);
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
  changing(users, 'create <address>', 'make an account for somebody, whom a mail tells how to set a password', [
    'users create ada@example.com',
    "users create ada@example.com --name 'Ada Lovelace' --listening fr --dry-run",
  ])
    .option('--name <name>', 'what the user is called')
    .option('--speaking <language>', 'the language that the user speaks, en by default')
    .option(
      '--listening <language>',
      'the language that the user reads and hears, en by default: also that of the mail',
    )
    .action(connected(create));
  audited(users, 'export <user>', 'write all personal data of a user as JSON', ['users export 12 --out user-12.json'])
    .option('--out <file>', 'write to a new file that nobody else can read')
    .action(connected(exportOne));
  addUserActs(users);
};
