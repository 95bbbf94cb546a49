import type { Command } from 'commander';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { changing, connected, irreversible, type Options, reading } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { facts, print, table } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';

type Listed = Extract<Awaited<ReturnType<AdminClient['showService']>>, { ok: true }>['value']['service'];
type Pair = { token: string | null; signing_secret: string | null };

const UNCHANGED = 'Nothing was changed.';

const stateOf = (service: Listed): string => {
  if (!service.pair_works) return `${service.state}, rotate it: its key is gone`;
  return service.state;
};

/** How much waits; a dash for a service that asks itself. */
const waitingOf = ({ waiting }: Listed): string | null =>
  waiting && `${waiting.events}${waiting.or_more ? ' or more' : ''}`;

const list = async (connection: Connection, options: Options): Promise<void> => {
  const listed = await connection.ask((admin) => admin.listServices({}));
  const lines = listed.services.map((service) => [
    ...[service.name, stateOf(service), waitingOf(service), service.waiting?.since, service.failure],
    ...[service.types?.join(',') ?? 'all', service.url],
  ]);
  const header = ['NAME', 'STATE', 'WAITING', 'SINCE', 'FAILURE', 'TYPES', 'URL'];
  print(options.json, listed, table(header, lines, 'There is no service.'));
};

const show = async (connection: Connection, options: Options, name: string): Promise<void> => {
  const shown = await connection.ask((admin) => admin.showService({ name }));
  const { waiting, types, ...service } = shown.service;
  const told = { types: types?.join(', ') ?? 'all', waiting: waitingOf(shown.service), waiting_since: waiting?.since };
  print(options.json, shown, facts({ ...service, ...told }));
};

/** The token and the secret, and that nobody is told them again. */
const pairText = ({ token, signing_secret }: Pair): string =>
  `${facts({ token, 'signing secret': signing_secret })}\nThey are shown this once, and kept nowhere: put them where the service has its secrets.`;

const add = async (
  connection: Connection,
  options: Options & { url?: string; types?: string },
  name: string,
): Promise<void> => {
  const { as, url, types, dryRun: dry_run = false } = options;
  const added = await connection.ask((admin) =>
    admin.addService({
      ...{ name, as, dry_run },
      ...(url === undefined ? {} : { url }),
      ...(types === undefined ? {} : { types: types.split(',').map((type) => type.trim()) }),
    }),
  );
  const way = added.url === null ? 'It asks for events itself' : `Events go to ${added.url}`;
  const how = `${way}: ${added.types?.join(', ') ?? 'all types'}.`;
  const text = dry_run
    ? `Service ${name} would be added. ${how} ${UNCHANGED}`
    : `Service ${name} is added. ${how}\n${pairText(added)}`;
  print(options.json, added, text);
};

const rotate = async (connection: Connection, options: Options & { leaked?: boolean }, name: string): Promise<void> => {
  const { as, leaked = false, dryRun = false, yes } = options;
  if (yes && !leaked) throw new CliFault('--yes goes with --leaked: without that the former pair still works.');
  const ask = (dry_run: boolean) => connection.ask((admin) => admin.rotateService({ name, leaked, as, dry_run }));
  if (leaked && !dryRun) {
    await ask(true);
    await confirm(`End the token and the signing secret of ${name} at once?`, yes);
  }
  const rotated = await ask(dryRun);
  const former = rotated.former_until === null ? 'ended' : `works until ${rotated.former_until}`;
  const text = dryRun
    ? `Service ${name} would get a new pair; the former one ${rotated.former_until === null ? 'would end at once' : `would work until ${rotated.former_until}`}. ${UNCHANGED}`
    : `Service ${name} has a new pair; the former one ${former}.\n${pairText(rotated)}`;
  print(options.json, rotated, text);
};

const resume = async (
  connection: Connection,
  options: Options & { fromNow?: boolean },
  name: string,
): Promise<void> => {
  const { as, fromNow: from_now = false, dryRun: dry_run = false } = options;
  const resumed = await connection.ask((admin) => admin.resumeService({ name, from_now, as, dry_run }));
  const lost = resumed.lost
    ? ' Some of what it has not had has expired meanwhile: it has to compare what it holds with the API.'
    : '';
  const verb = dry_run ? 'would be' : 'is';
  const text = `Service ${name} ${verb} sent to again, behind event ${resumed.after}.${lost}${dry_run ? ` ${UNCHANGED}` : ''}`;
  print(options.json, resumed, text);
};

const remove = async (connection: Connection, options: Options, name: string): Promise<void> => {
  const { as, dryRun = false, yes } = options;
  const ask = (dry_run: boolean) => connection.ask((admin) => admin.removeService({ name, as, dry_run }));
  const foreseen = await ask(true);
  if (dryRun) return print(options.json, foreseen, `Service ${name} would be removed. ${UNCHANGED}`);
  await confirm(`Remove the service ${name} for good?`, yes);
  const text = `Service ${name} is removed: its token opens nothing and nothing is sent to it. What it has confirmed stays.`;
  print(options.json, await ask(false), text);
};

/** `services …`: other programs of the same operator. */
export const addServices = (program: Command): void => {
  const services = program.command('services').description('your other programs: what they may ask, and hear');
  changing(services, 'add <name>', 'make one, and show its token and signing secret this once', [
    'services add meetings',
    'services add captions --url https://captions.example.com/events --types user.erased',
  ])
    .option('--url <url>', 'where events are pushed to; without it the service asks for them')
    .option('--types <types>', 'the types of events that it hears of, separated by commas; without it all')
    .action(connected(add));
  reading(services, 'list', 'list them, and what they have not had yet', ['services list']).action(connected(list));
  reading(services, 'show <name>', 'show one', ['services show captions']).action(connected(show));
  changing(services, 'rotate <name>', 'give one a new pair of token and secret; the former one works for a day', [
    'services rotate captions',
    'services rotate captions --leaked',
  ])
    .option('--leaked', 'the former pair ends at once')
    .option('--yes', 'with --leaked: do it without being asked')
    .action(connected(rotate));
  changing(services, 'resume <name>', 'send to one again that was halted or waits for its next try', [
    'services resume captions',
    'services resume captions --from-now',
  ])
    .option('--from-now', 'only what happens from now on')
    .action(connected(resume));
  irreversible(services, 'remove <name>', 'remove one: its token opens nothing, and nothing is sent to it', [
    'services remove captions',
  ]).action(connected(remove));
};
