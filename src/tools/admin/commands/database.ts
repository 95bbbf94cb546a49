import type { Command } from 'commander';
import { DatabaseFault } from '../../database/database-fault.ts';
import { type Export, readExport, writeExport } from '../../database/export-file.ts';
import { openPlace } from '../../database/open-place.ts';
import { notEmpty, type Place } from '../../database/place.ts';
import { CloudflareError } from '../../deploy/cloudflare.ts';
import { DeployFault } from '../../deploy/deploy-fault.ts';
import { readMigrations } from '../../migrations/compatibility.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { irreversible, type Options, reading } from '../cli/command.ts';
import { connect } from '../cli/connection.ts';
import { counted, note, print, table } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';
import { typedNext } from '../cli/typed.ts';
import { linesOf, putRight, START } from './after-restore.ts';

const rowsIn = ({ rows }: { rows: Record<string, number> }): number =>
  Object.values(rows).reduce((sum, n) => sum + n, 0);

const sizeOf = (facts: { rows: Record<string, number> }): string =>
  `${counted(rowsIn(facts), 'row')} in ${counted(Object.keys(facts.rows).length, 'table')}`;

const exportTo = async (options: Options, file: string): Promise<void> => {
  const place = await openPlace(options);
  if (options.remote && !options.json) note('Meanwhile the database answers nobody else.');
  const facts = await writeExport(file, place.name, place.snapshot);
  print(options.json, { file, ...facts }, `${file} holds the database ${place.name}: ${sizeOf(facts)}.`);
};

/** The migrations that the database of an export has yet to get; throws where it is further on than this checkout. */
const pendingAfter = ({ file, migrations }: Export): string[] => {
  const known = readMigrations().map(({ name }) => name);
  const unknown = migrations.filter((name) => !known.includes(name));
  if (unknown.length === 0) return known.filter((name) => !migrations.includes(name));
  throw new CliFault(
    `The database of ${file} has had ${unknown.join(', ')}, which this checkout does not have: take a newer release.`,
  );
};

/** What an import does, as lines of a table, before what follows from it. */
const readLines = (exported: Export, pending: readonly string[]): unknown[][] => [
  [rowsIn(exported), 'rows read'],
  [pending.length, 'migrations applied'],
];

/** What the export itself tells of what follows; of erasures and suspensions since then only the records know. */
const foreseen = ({ rows }: Export): Record<string, number> => {
  const { reset_tokens = 0, verification_tokens = 0, outbox = 0, sessions = 0 } = rows;
  return { tokens: reset_tokens + verification_tokens + outbox, sessions };
};

/** What follows a restored database follows this one; where it cannot, the command that does it is told. */
const follow = async (options: Options): Promise<Record<string, number>> => {
  let isTold = false;
  const tell = (...words: string[]): void => {
    if (isTold) return;
    isTold = true;
    note('The rows are there, and what follows is not done.');
    note(`To go on: ${typedNext(options.command, 'after-restore', ...words)}`);
  };
  try {
    const connection = await connect(options.remote ? options.env : undefined);
    try {
      const start = { ...options, dryRun: false };
      return (await putRight(connection, start, START, (at) => tell('--continue', at))).changed;
    } finally {
      await connection.close();
    }
  } catch (error) {
    tell();
    throw error;
  }
};

const doImport = async (
  options: Options,
  place: Place,
  exported: Export,
  tables: string[],
  pending: string[],
): Promise<void> => {
  const isServed = await place.isServed();
  await confirm(
    `Read ${sizeOf(exported)}, of ${exported.database} as it was at ${exported.made_at}, into the database ${place.name}, end every session, and set each account right by the records?`,
    options.yes,
  );
  await place.read(exported, tables, pending);
  const after = isServed ? await follow(options) : null;
  const lines = [...readLines(exported, pending), ...linesOf(after ?? {})];
  print(options.json, answerOf(exported, place, pending, after, false), table(['COUNT', 'DONE'], lines, ''));
  if (after) return;
  const how = options.remote ? 'deploy' : 'start it';
  note(`The API does not answer from there: ${how}, then \`${typedNext(options.command, 'after-restore')}\`.`);
};

const answerOf = (
  { file, made_at, rows }: Export,
  { name }: Place,
  migrations: string[],
  after_restore: Record<string, number> | null,
  dry_run: boolean,
) => ({ file, database: name, made_at, rows, migrations, after_restore, dry_run });

const foretell = (options: Options, place: Place, exported: Export, pending: string[]): void => {
  const after = foreseen(exported);
  const lines = [...readLines(exported, pending), ...linesOf(after)];
  print(options.json, answerOf(exported, place, pending, after, true), table(['COUNT', 'WOULD BE'], lines, ''));
  if (!options.json) note('What the records set right is counted when the rows are there.');
};

const importFrom = async (options: Options, file: string): Promise<void> => {
  const exported = await readExport(file);
  const pending = pendingAfter(exported);
  const place = await openPlace(options);
  const { tables, filled } = await place.look();
  if (filled.length > 0) throw notEmpty(place.name, filled);
  if (options.dryRun) foretell(options, place, exported, pending);
  else await doImport(options, place, exported, tables, pending);
};

const told =
  (work: (options: Options, file: string) => Promise<void>) =>
  async (file: string, options: Options, command: Command): Promise<void> => {
    await work({ ...options, command }, file).catch((error: Error) => {
      const isTold = [DatabaseFault, DeployFault, CloudflareError].some((Fault) => error instanceof Fault);
      throw isTold ? new CliFault(error.message) : error;
    });
  };

/** `database …`: all of it, as a file. */
export const addDatabase = (program: Command): void => {
  const database = program.command('database').description('the whole database, as a file that can be read back');
  reading(database, 'export <file>', 'write it to a new file, as it is at one moment', [
    'database export accounts.sql',
    'database export accounts.sql --remote',
  ]).action(told(exportTo));
  irreversible(database, 'import <file>', 'read an export into an empty database, and do what follows a restore', [
    'database import accounts.sql --dry-run',
    'database import accounts.sql --remote --yes',
  ]).action(told(importFrom));
};
