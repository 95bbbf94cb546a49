import type { Command } from 'commander';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';
import { connected, noteNext, type Options, type Paging, paged, reading, readPages } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { print, table } from '../cli/output.ts';

type Query = Parameters<AdminClient['listAudit']>[0];

const FILTERS = ['user', 'service', 'action', 'origin', 'by', 'since', 'until'] as const;

const audit = async (connection: Connection, options: Options & Paging & Query): Promise<void> => {
  const filters = Object.fromEntries(FILTERS.filter((name) => name in options).map((name) => [name, options[name]]));
  const { rows, next } = await readPages(options, async (paging) => {
    const page = await connection.ask((admin) => admin.listAudit({ ...filters, ...paging }));
    return { rows: page.events, next: page.next };
  });
  const lines = rows.map((event) => [
    ...[event.id, event.at, event.action, event.user_id, event.service, event.by, event.origin],
  ]);
  const header = ['ID', 'AT', 'ACTION', 'USER', 'SERVICE', 'BY', 'ORIGIN'];
  print(options.json, { events: rows, next }, table(header, lines, 'Nothing of that kind has been done.'));
  noteNext(options, next);
};

/** `audit`: who did what to whom. */
export const addAudit = (program: Command): void => {
  paged(
    reading(program, 'audit', 'list what administrators did, newest first', ['audit --user 12', 'audit --by grace']),
  )
    .option('--user <user>', 'to whom, by id or e-mail; an erased user by id')
    .option('--service <name>', 'to which service')
    .option('--action <action>', 'what, such as user.erase')
    .option('--by <who>', 'by whom: the id of a user, or the name that a script was given')
    .option('--origin <origin>', 'http, script or schedule')
    .option('--since <time>', 'not before, such as 2026-01-31 or 2026-01-31T12:00:00Z')
    .option('--until <time>', 'before')
    .action(connected(audit));
};
