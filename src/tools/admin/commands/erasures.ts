import type { Command } from 'commander';
import { connected, noteNext, number, type Options, type Paging, paged, reading, readPages } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { print, table } from '../cli/output.ts';

type Listed = Options & Paging & { unfinished?: boolean; unconfirmed?: boolean; olderThan?: number };

const list = async (connection: Connection, options: Listed): Promise<void> => {
  const { unfinished = false, unconfirmed = false, olderThan } = options;
  const filters = { unfinished, unconfirmed, ...(olderThan === undefined ? {} : { older_than: olderThan }) };
  const { rows, next } = await readPages(options, async (paging) => {
    const page = await connection.ask((admin) => admin.listErasures({ ...filters, ...paging }));
    return { rows: page.erasures, next: page.next };
  });
  const lines = rows.map(({ user_id, erased_at, repeated_at, pictures_erased_at, services }) => {
    const told = services.map(({ name, state, outcome }) => `${name} ${outcome ?? state}`).join(', ');
    return [user_id, erased_at, repeated_at, pictures_erased_at, told || null];
  });
  const header = ['USER', 'ERASED', 'AGAIN AFTER A RESTORE', 'PICTURES ERASED', 'SERVICES'];
  print(options.json, { erasures: rows, next }, table(header, lines, 'There is no such erasure.'));
  noteNext(options, next);
};

/** `erasures …`: the proof of what was erased. */
export const addErasures = (program: Command): void => {
  const erasures = program.command('erasures').description('the records of erased accounts');
  paged(
    reading(erasures, 'list', 'list them, highest id first, and which services have confirmed them', [
      'erasures list --unfinished',
      'erasures list --unconfirmed --older-than 7',
    ]),
  )
    .option('--unfinished', 'only those whose pictures are still to go')
    .option('--unconfirmed', 'only those that a service has yet to confirm')
    .option('--older-than <days>', 'only those that happened longer ago than so many days', number)
    .action(connected(list));
};
