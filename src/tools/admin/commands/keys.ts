import type { Command } from 'commander';
import { KEY_KINDS, type KeyKind } from '../../../api/admin/key-slots.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { connected, irreversible, type Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { print } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';

/** A rotation as it was typed. */
export type Rotating = Options & { leaked?: boolean };

const ENDS: Record<KeyKind, string> = {
  signing: 'every access token fails, and is renewed by its refresh token',
  tokens: 'everybody has to sign in again',
  links: 'no mail link that is on its way works any more',
  services: 'every token and signing secret of every service has ended, and `services rotate` gives each a new pair',
};

const rotate = async (connection: Connection, options: Rotating, kind = 'signing'): Promise<void> => {
  const keys = KEY_KINDS.find((known) => known === kind);
  if (!keys) throw new CliFault(`There are keys of these kinds: ${KEY_KINDS.join(', ')}.`);
  const { as, leaked = false } = options;
  const planned = (dry_run: boolean) => connection.ask((admin) => admin.planKeyRotation({ keys, leaked, as, dry_run }));
  const plan = await planned(true);
  const slots = plan.slots.join(' and ');
  if (options.dryRun) {
    return print(options.json, plan, `A new key would be written to ${slots}. Nothing was changed.`);
  }
  await confirm(`Replace what is in ${slots} for good?${leaked ? ` Then ${ENDS[keys]}.` : ''}`, options.yes);
  const { writeKeys } = await import('./write-keys.ts');
  await writeKeys(keys, await planned(false), options);
  const soon = keys === 'signing' ? 'in an hour' : 'within two hours';
  const begins = keys === 'services' ? `of which new pairs are made ${soon}` : `which signs ${soon}`;
  const when = leaked ? `and nothing older: ${ENDS[keys]}` : begins;
  const next = options.remote ? '' : ' Restart every copy that runs here: none takes it up by itself.';
  print(options.json, { ...plan, dry_run: false }, `${slots} ${leaked ? 'hold' : 'holds'} a new key, ${when}.${next}`);
};

/** `keys …`: the keys that sign, of each kind. */
export const addKeys = (program: Command): void => {
  const keys = program
    .command('keys')
    .description('the keys that sign: access tokens, other tokens, mail links, services');
  irreversible(keys, 'rotate [kind]', `write a new key over the older of the two: ${KEY_KINDS.join(', ')}`, [
    'keys rotate --dry-run',
    'keys rotate tokens',
    'keys rotate signing --leaked',
  ])
    .option('--leaked', 'over both, at once: what they have signed ends')
    .action(connected(rotate));
};
