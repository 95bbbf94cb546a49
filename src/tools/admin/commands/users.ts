import type { Command } from 'commander';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';
import type { Done } from '../../../api/admin/user-act.ts';
import { CliFault } from '../cli/cli-fault.ts';
import {
  audited,
  changing,
  connected,
  irreversible,
  noteNext,
  type Options,
  type Paging,
  paged,
  reading,
  readPages,
} from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { counted, facts, print, table } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';
import { deactivateFromFile } from './deactivate-from-file.ts';
import { writeExport } from './write-export.ts';

type Listed = { q?: string; status?: 'active' | 'deactivated' | 'deleted' } & Paging & Options;
type Forcible = Options & { force?: boolean };
type Deactivating = Forcible & { reason?: string; fromFile?: string };

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

// What became of a user, and what would become of one.
const WORDS: Record<string, readonly [string, string]> = {
  promoted: ['is an administrator now', 'would become an administrator'],
  demoted: ['is no administrator any more', 'would be no administrator any more'],
  deactivated: ['is deactivated', 'would be deactivated'],
  reactivated: ['is active again', 'would be active again'],
  restored: ['is restored', 'would be restored'],
  erased: ['is erased', 'would be erased'],
  'email-set': ['has another address now', 'would get another address'],
  'sessions-ended': ['is signed out everywhere', 'would be signed out everywhere'],
};

const tell = ({ json }: Options, done: Done, detail = ''): void => {
  const [did, would] = WORDS[done.outcome] ?? [done.outcome, done.outcome];
  const who = `User ${done.user.id} (${done.user.email})`;
  const ended = done.ended_sessions > 0 ? `; ${counted(done.ended_sessions, 'session')} ended` : '';
  const mails = done.mails > 0 ? '; a mail is on its way' : '';
  print(
    json,
    done,
    done.dry_run ? `${who} ${would}${detail}. Nothing was changed.` : `${who} ${did}${detail}${ended}${mails}.`,
  );
};

const acting = (options: Options) => ({ as: options.as, dry_run: options.dryRun ?? false });

/** A command that does one thing to one user. */
const act = <Own extends Options>(
  ask: (admin: AdminClient, user: string, options: Own) => ReturnType<AdminClient['promoteUser']>,
) =>
  connected<[string], Own>(async (connection, options, user) => {
    tell(options, await connection.ask((admin) => ask(admin, user, options)));
  });

const deactivate = async (connection: Connection, options: Deactivating, user?: string): Promise<void> => {
  const given = { ...acting(options), force: options.force ?? false, reason: options.reason ?? null };
  if ((user === undefined) === (options.fromFile === undefined)) {
    throw new CliFault('Name one user, or a file with --from-file.');
  }
  if (options.fromFile !== undefined) return deactivateFromFile(connection, options, options.fromFile, given);
  if (options.yes) throw new CliFault('--yes goes with --from-file: one user is suspended without a question.');
  tell(options, await connection.ask((admin) => admin.deactivateUser({ ...given, user: user ?? '' })));
};

const erase = async (connection: Connection, options: Forcible, user: string): Promise<void> => {
  const given = { user, as: options.as, force: options.force ?? false };
  const would = await connection.ask((admin) => admin.eraseUser({ ...given, dry_run: true }));
  if (options.dryRun) return tell(options, would);
  await confirm(`Erase user ${would.user.id} (${would.user.email}) and everything of theirs for good?`, options.yes);
  // By id from here on: what was confirmed is this user, whoever has the address by now.
  tell(options, await connection.ask((admin) => admin.eraseUser({ ...given, user: String(would.user.id) })));
};

const exportOne = async (connection: Connection, options: Options & { out?: string }, user: string): Promise<void> =>
  writeExport(options.out, () => connection.ask((admin) => admin.exportUser({ user, as: options.as })));

const FORCE = 'also to the last active administrator';

/** `users …`: what is done to accounts. */
export const addUsers = (program: Command): void => {
  const users = program.command('users').description('accounts: look at them, and change them');
  paged(reading(users, 'list', 'list users, newest first', ['users list --status deleted', 'users list --q ada --all']))
    .option('--q <prefix>', 'whose address or name begins with this')
    .option('--status <status>', 'active, deactivated or deleted')
    .action(connected(list));
  reading(users, 'show <user>', 'show a user, by id or e-mail', ['users show 12', 'users show ada@example.com']).action(
    connected(show),
  );
  changing(users, 'promote <user>', 'make a verified, active user an administrator', [
    'users promote ada@example.com --as grace',
  ]).action(act((admin, user, options) => admin.promoteUser({ user, ...acting(options) })));
  changing(users, 'demote <user>', 'take the powers of an administrator back', ['users demote 12 --dry-run'])
    .option('--force', FORCE)
    .action(
      act<Forcible>((admin, user, options) =>
        admin.demoteUser({ user, ...acting(options), force: options.force ?? false }),
      ),
    );
  changing(users, 'deactivate [user]', 'suspend a user, or all that a file names', [
    "users deactivate 12 --reason 'Spam.'",
    'users deactivate --from-file ids.csv --dry-run',
  ])
    .option('--reason <text>', 'why, for the mail and for administrators')
    .option('--from-file <file>', 'a user a line, by id or e-mail')
    .option('--yes', 'with --from-file: do it without being asked')
    .option('--force', FORCE)
    .action(connected(deactivate));
  changing(users, 'reactivate <user>', 'end a suspension', ['users reactivate 12']).action(
    act((admin, user, options) => admin.reactivateUser({ user, ...acting(options) })),
  );
  changing(users, 'restore <user>', 'give a deleted account back within its grace period', ['users restore 12']).action(
    act((admin, user, options) => admin.restoreUser({ user, ...acting(options) })),
  );
  irreversible(users, 'erase <user>', 'erase an account and all its data for good', [
    'users erase 12',
    'users erase 12 --yes',
  ])
    .option('--force', FORCE)
    .action(connected(erase));
  audited(users, 'export <user>', 'write all personal data of a user as JSON', ['users export 12 --out user-12.json'])
    .option('--out <file>', 'write to a new file that nobody else can read')
    .action(connected(exportOne));
  changing(users, 'set-email <user> <address>', 'give an account another address, taken as verified', [
    'users set-email 12 ada@example.com',
  ]).action(
    connected<[string, string], Options>(async (connection, options, user, email) => {
      tell(options, await connection.ask((admin) => admin.setEmail({ user, email, ...acting(options) })), `: ${email}`);
    }),
  );
  changing(users, 'end-sessions <user>', 'sign a user out everywhere', ['users end-sessions 12']).action(
    act((admin, user, options) => admin.endSessions({ user, ...acting(options) })),
  );
};
