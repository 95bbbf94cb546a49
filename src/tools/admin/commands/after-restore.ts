import type { Command } from 'commander';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { connected, irreversible, type Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { interruption } from '../cli/interruption.ts';
import { note, print, progress, table } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';
import { typedAgain } from '../cli/typed.ts';

type From = NonNullable<Parameters<AdminClient['afterRestore']>[0]['from']>;

const WHAT: Record<string, string> = {
  ids: 'sequences of ids and events raised',
  tokens: 'links and mails of the past dropped',
  sessions: 'sessions ended',
  erased: 'erasures made or told again',
  verifications: 'verifications made again, or vanished accounts told as erased',
  passwords: 'passwords of before taken out of use',
  factors: 'accounts whose second factors were brought up to date',
  suspensions: 'suspensions set right',
  deletions: 'soft deletions set right',
  roles: 'roles set right',
  addresses: 'accounts with a former address suspended',
};

const NOBODY_ADMINISTERS =
  'Nobody administers over HTTP any more. Make somebody an administrator: npm run admin -- users promote <id or address>';

/** A place in the work as one can type it: a phase, and behind a colon how far it has come. */
const placeOf = ({ phase, after }: From): string => (after === undefined ? phase : `${phase}:${after}`);

const readPlace = (text: string): From => {
  const [, phase = '', after] = /^([a-z]+)(?::(.+))?$/.exec(text) ?? [];
  if (!Object.hasOwn(WHAT, phase))
    throw new CliFault(`--continue takes what an interrupted run has told, not "${text}".`);
  return { phase: phase as From['phase'], ...(after === undefined ? {} : { after }) };
};

/** How much each phase changed, and how many administrators there are then; null after a dry run. */
export type PutRight = { changed: Record<string, number>; administrators: number | null };

/** Makes every step from a place on. Where it ends before the last one, `stoppedAt` hears of the place before the fault is thrown. */
export const putRight = async (
  connection: Connection,
  { as, dryRun: dry_run = false }: Options,
  start: From,
  stoppedAt: (place: string) => void,
): Promise<PutRight> => {
  const changed: Record<string, number> = {};
  let administrators: number | null = null;
  const isInterrupted = interruption();
  const shown = progress();
  let from: From | null = start;
  while (from && !(await isInterrupted())) {
    const here: From = from;
    const step = await connection
      .ask((admin) => admin.afterRestore({ from: here, as, dry_run }))
      .catch((error: unknown) => {
        stoppedAt(placeOf(here));
        throw error;
      });
    changed[step.phase] = (changed[step.phase] ?? 0) + step.changed;
    administrators = step.administrators;
    shown.say(`${WHAT[step.phase]}: ${changed[step.phase]}`);
    from = step.next && {
      phase: step.next.phase,
      ...(step.next.after === undefined ? {} : { after: step.next.after }),
    };
  }
  shown.end();
  if (from) {
    stoppedAt(placeOf(from));
    throw new CliFault('Stopped before the end.');
  }
  if (administrators === 0) note(NOBODY_ADMINISTERS);
  return { changed, administrators };
};

/** Where all of it begins. */
export const START: From = { phase: 'ids' };

/** How much each phase changed, as lines of a table. */
export const linesOf = (changed: Record<string, number>): unknown[][] =>
  Object.entries(changed).map(([phase, n]) => [n, WHAT[phase as From['phase']]]);

const afterRestore = async (connection: Connection, options: Options & { continue?: string }): Promise<void> => {
  const dry_run = options.dryRun ?? false;
  const from = options.continue === undefined ? START : readPlace(options.continue);
  if (!dry_run) await confirm('End every session, and set each account right by the records?', options.yes);
  const { changed, administrators } = await putRight(connection, options, from, (place) => noteHere(place, options));
  const lines = table(['COUNT', dry_run ? 'WOULD BE' : 'DONE'], linesOf(changed), '');
  print(options.json, { changed, administrators, dry_run }, lines);
};

/** Nothing that a dry run has looked at is done, so it goes on nowhere. */
const noteHere = (place: string, { dryRun, command }: Options): void => {
  if (!dryRun) note(`To go on: ${typedAgain(command, { continue: place })}`);
};

/** `after-restore`: what follows a restored database. */
export const addAfterRestore = (program: Command): void => {
  irreversible(program, 'after-restore', 'put a restored database right by the records that outlived it', [
    'after-restore --dry-run',
    'after-restore --yes',
  ])
    .option('--continue <place>', 'go on where an interrupted run has stopped')
    .action(connected(afterRestore));
};
