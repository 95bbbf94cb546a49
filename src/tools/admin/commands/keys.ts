import type { Command } from 'commander';
import {
  KEY_KINDS,
  KEY_SLOTS,
  type KeyKind,
  type KeyPlan,
  type KeySlot,
  SHARED_KINDS,
} from '../../../accounts/tokens/key-slots.ts';
import { nextMacVersion } from '../../../accounts/tokens/signed-token.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { connected, irreversible, type Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { note, print } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';

/** A rotation as it was typed. */
export type Rotating = Options & { leaked?: boolean; slot?: string };

const ENDS: Record<KeyKind, string> = {
  signing: 'every access token fails, and is renewed by its refresh token',
  tokens: 'everybody has to sign in again',
  links: 'no mail link that is on its way works any more',
  services: 'every token and signing secret of every service has ended, and `services rotate` gives each a new pair',
  factors:
    'no code of an authenticator app is right any more, and whoever has no passkey signs in with a recovery code',
};

// What a new key does at first, where that is not to sign.
const BEGINS: Partial<Record<KeyKind, (soon: string) => string>> = {
  services: (soon) => `of which new pairs are made ${soon}`,
  factors: (soon) => `which encrypts ${soon}`,
};

const kindOf = (name: string): KeyKind => {
  const keys = KEY_KINDS.find((known) => known === name);
  if (!keys) throw new CliFault(`There are keys of these kinds: ${KEY_KINDS.join(', ')}.`);
  return keys;
};

const slotOf = (keys: KeyKind, { slot: name, remote }: Pick<Rotating, 'slot' | 'remote'>): KeySlot | undefined => {
  if (name === undefined) return undefined;
  const slot = KEY_SLOTS[keys].find((known) => known === name);
  if (!slot) throw new CliFault(`The secrets of the ${keys} keys are ${KEY_SLOTS[keys].join(' and ')}.`);
  if (!remote) throw new CliFault('--slot goes with --remote: on this machine `npm start` says which line to remove.');
  return slot;
};

/** A plan that asks nobody: one slot, and of a version above whatever the other one may hold. */
const blindPlan = (keys: KeyKind, slot: KeySlot): KeyPlan => ({
  slots: [slot],
  version: keys === 'signing' ? null : nextMacVersion(['', ''], new Date(), true),
  made: {},
  mends: [slot],
});

// Whether a plan failed because of the Worker: a refusal is an answer.
const isOfWorker = (error: unknown): error is CliFault =>
  error instanceof CliFault && (error.code === undefined || error.code === 'FAULT');

const HOW_BLIND =
  'If that is because one of its secrets cannot be read, its log or a deployment names it: ' +
  'give it as --slot, or put the version before back with `npm run wrangler -- rollback`, which takes its secrets along.';

/** What is asked of the Worker: with `dry_run` nothing is noted. */
type Asking = (dry_run: boolean) => Promise<KeyPlan>;

/**
 * The plan of a rotation. A Worker with a secret that cannot be read does not start, and tells nobody what the others hold; the
 * slot that is named gets a new key all the same.
 */
export const planOf = async (
  asking: Asking,
  keys: KeyKind,
  slot: KeySlot | undefined,
): Promise<{ plan: KeyPlan; isBlind: boolean }> => {
  try {
    const plan = await asking(true);
    if (slot === undefined || plan.slots.includes(slot)) return { plan, isBlind: false };
    throw new CliFault(
      `${slot} can be read, and ${plan.slots.join(' and ')} is what would be written: leave --slot out.`,
      'INVALID_INPUT',
    );
  } catch (error) {
    if (!isOfWorker(error)) throw error;
    if (slot === undefined) throw new CliFault(`${error.message} ${HOW_BLIND}`, error.code);
    note(`The Worker was not asked: ${error.message}`);
    return { plan: blindPlan(keys, slot), isBlind: true };
  }
};

const askingFor =
  (connection: Connection, keys: KeyKind, { leaked = false, as }: Rotating): Asking =>
  async (dry_run) => {
    const isShared = (SHARED_KINDS as readonly KeyKind[]).includes(keys);
    // An older Worker takes no word of the mailer's, and is not sent one where there is none.
    const shared = isShared && { mailer: await connection.keysOfMailer() };
    return connection.ask((admin) => admin.planKeyRotation({ keys, leaked, as, dry_run, ...shared }));
  };

// A Worker from before it could tell names nothing to mend.
const whatOf = ({ slots, mends = [] }: Partial<KeyPlan> & Pick<KeyPlan, 'slots'>): string => {
  const bad = mends.length === 0 ? '' : ` (${mends.join(' and ')} cannot be read, or is not the same in both Workers)`;
  return `${slots.join(' and ')}${bad}`;
};

const sayWritten = (plan: KeyPlan, keys: KeyKind, { leaked, remote, json }: Rotating): void => {
  const soon = keys === 'signing' ? 'in an hour' : 'within two hours';
  const begins = BEGINS[keys]?.(soon) ?? `which signs ${soon}`;
  const when = leaked ? `and nothing older: ${ENDS[keys]}` : begins;
  const next = remote ? '' : ' Restart every copy that runs here: none takes it up by itself.';
  const slots = plan.slots.join(' and ');
  const verb = plan.slots.length > 1 ? 'hold' : 'holds';
  print(json, { ...plan, keys, dry_run: false }, `${slots} ${verb} a new key, ${when}.${next}`);
};

const rotate = async (connection: Connection, options: Rotating, kind = 'signing'): Promise<void> => {
  const keys = kindOf(kind);
  const asking = askingFor(connection, keys, options);
  const { plan, isBlind } = await planOf(asking, keys, slotOf(keys, options));
  const slots = whatOf(plan);
  if (options.dryRun) {
    return print(options.json, plan, `A new key would be written to ${slots}. Nothing was changed.`);
  }
  await confirm(`Replace what is in ${slots} for good?${options.leaked ? ` Then ${ENDS[keys]}.` : ''}`, options.yes);
  const { writeKeys } = await import('./write-keys.ts');
  await writeKeys(keys, isBlind ? plan : await asking(false), options);
  sayWritten(plan, keys, options);
};

/** `keys …`: the keys that sign, of each kind. */
export const addKeys = (program: Command): void => {
  const keys = program
    .command('keys')
    .description('the keys that sign: access tokens, other tokens, mail links, services; and that of second factors');
  irreversible(keys, 'rotate [kind]', `write a new key over the older of the two: ${KEY_KINDS.join(', ')}`, [
    'keys rotate --dry-run',
    'keys rotate tokens',
    'keys rotate signing --leaked',
    'keys rotate tokens --slot TOKEN_KEYS_B --remote',
  ])
    .option('--leaked', 'over both, at once: what they have signed ends')
    .option('--slot <secret>', 'over this one, also where the Worker does not start because it cannot be read')
    .action(connected(rotate));
};
