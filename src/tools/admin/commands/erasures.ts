import type { Command } from 'commander';
import { connected, noteNext, type Options, type Paging, paged, reading, readPages } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { print, table } from '../cli/output.ts';

const list = async (connection: Connection, options: Options & Paging & { unfinished?: boolean }): Promise<void> => {
  const unfinished = options.unfinished ?? false;
  const { rows, next } = await readPages(options, async (paging) => {
    const page = await connection.ask((admin) => admin.listErasures({ unfinished, ...paging }));
    return { rows: page.erasures, next: page.next };
  });
  const lines = rows.map((erasure) => [erasure.user_id, erasure.erased_at, erasure.pictures_erased_at]);
  const header = ['USER', 'ERASED', 'PICTURES ERASED'];
  print(options.json, { erasures: rows, next }, table(header, lines, 'There is no such erasure.'));
  noteNext(options, next);
};

/** `erasures …`: the proof of what was erased. */
export const addErasures = (program: Command): void => {
  const erasures = program.command('erasures').description('the records of erased accounts');
  paged(reading(erasures, 'list', 'list them, highest id first', ['erasures list --unfinished']))
    .option('--unfinished', 'only those whose pictures are still to go')
    .action(connected(list));
};
