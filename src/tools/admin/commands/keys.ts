import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { newSigningKey } from '../../../accounts/tokens/access-token.ts';
import { newMacKeys } from '../../../accounts/tokens/signed-token.ts';
import { KEY_KINDS, type KeyKind, type KeyPlan, type KeySlot } from '../../../api/admin/key-rotation.ts';
import { deployedNames, SOURCES, type WorkerName } from '../../deploy/names.ts';
import { ROOT } from '../../root.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { connected, irreversible, type Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { print } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';
import { putSecrets, replaceDevVar } from '../cli/secret.ts';

type Rotating = Options & { leaked?: boolean };

// Who verifies has a key before who signs with it.
const WORKERS: Record<KeyKind, readonly WorkerName[]> = {
  signing: ['api'],
  tokens: ['api'],
  links: ['api', 'mailer'],
};

const ENDS: Record<KeyKind, string> = {
  signing: 'every access token fails, and is renewed by its refresh token',
  tokens: 'everybody has to sign in again',
  links: 'no mail link that is on its way works any more',
};

/** The content of the slots that are planned. A key with a version is one and the same in both, so that it is the only one. */
const newContent = async ({ slots, version }: KeyPlan): Promise<[KeySlot, string][]> => {
  const keys = version === null ? undefined : newMacKeys(version);
  return Promise.all(slots.map(async (slot) => [slot, keys ?? (await newSigningKey())]));
};

const write = async (kind: KeyKind, plan: KeyPlan, { remote, env, leaked }: Rotating): Promise<void> => {
  const content = await newContent(plan);
  for (const worker of WORKERS[kind]) {
    if (remote) await putSecrets(deployedNames(env).workers[worker], Object.fromEntries(content));
    else {
      const file = join(ROOT, dirname(SOURCES[worker]), '.dev.vars');
      for (const [slot, key] of content) {
        await replaceDevVar(file, slot, key, leaked ? undefined : (plan.made[slot] ?? null));
      }
    }
  }
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
  await write(keys, await planned(false), options);
  const soon = keys === 'signing' ? 'in an hour' : 'within two hours';
  const when = leaked ? `and nothing older: ${ENDS[keys]}` : `which signs ${soon}`;
  const next = options.remote ? '' : ' Restart every copy that runs here: none takes it up by itself.';
  print(options.json, { ...plan, dry_run: false }, `${slots} ${leaked ? 'hold' : 'holds'} a new key, ${when}.${next}`);
};

/** `keys …`: the keys that sign, of each kind. */
export const addKeys = (program: Command): void => {
  const keys = program.command('keys').description('the keys that sign: access tokens, other tokens, mail links');
  irreversible(keys, 'rotate [kind]', `write a new key over the older of the two: ${KEY_KINDS.join(', ')}`, [
    'keys rotate --dry-run',
    'keys rotate tokens',
    'keys rotate signing --leaked',
  ])
    .option('--leaked', 'over both, at once: what they have signed ends')
    .action(connected(rotate));
};
