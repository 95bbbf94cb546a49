import type { Command } from 'commander';
import { CliFault } from '../cli/cli-fault.ts';
import { changing, connected, noteNext, type Options, type Paging, paged, reading, readPages } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { counted, print, table } from '../cli/output.ts';

const failed = async (connection: Connection, options: Options & Paging): Promise<void> => {
  const { rows, next } = await readPages(options, async (paging) => {
    const page = await connection.ask((admin) => admin.failedMails(paging));
    return { rows: page.mails, next: page.next };
  });
  const lines = rows.map((mail) => [mail.id, mail.user_id, mail.kind, mail.attempts, mail.failed_at, mail.failure]);
  const header = ['ID', 'USER', 'KIND', 'ATTEMPTS', 'FAILED', 'FAILURE'];
  print(options.json, { mails: rows, next }, table(header, lines, 'No mail has failed.'));
  noteNext(options, next);
};

const retry = async (connection: Connection, options: Options & { all?: boolean }, id?: string): Promise<void> => {
  if ((id === undefined) !== (options.all ?? false)) throw new CliFault('Name one mail by its id, or --all.');
  const given = { as: options.as, dry_run: options.dryRun ?? false, ...(id === undefined ? {} : { mail: Number(id) }) };
  const mails: number[] = [];
  for (;;) {
    const answer = await connection.ask((admin) => admin.retryMails(given));
    mails.push(...answer.mails);
    // What a dry run answers stays where it is.
    if (given.mail !== undefined || given.dry_run || answer.mails.length === 0) break;
  }
  const which = counted(mails.length, 'mail');
  const text = given.dry_run ? `${which} would be sent again. Nothing was changed.` : `${which} will be sent again.`;
  print(options.json, { mails, dry_run: given.dry_run }, text);
};

/** `mail …`: mails that could not be delivered. */
export const addMail = (program: Command): void => {
  const mail = program.command('mail').description('mails that the mailer has given up on');
  paged(reading(mail, 'failed', 'list them, newest first', ['mail failed', 'mail failed --json'])).action(
    connected(failed),
  );
  changing(mail, 'retry [id]', 'have them sent again', ['mail retry 7', 'mail retry --all --dry-run'])
    .option('--all', 'every one of them')
    .action(connected(retry));
};
