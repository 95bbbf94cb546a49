import { join } from 'node:path';
import type { Command } from 'commander';
import { newSigningKey } from '../../accounts/access-token.ts';
import { deployedNames } from '../../deploy/names.ts';
import { ROOT } from '../../dev/state-dir.ts';
import { connected, irreversible, type Options } from '../cli/command.ts';
import type { Connection } from '../cli/connection.ts';
import { print } from '../cli/output.ts';
import { confirm } from '../cli/question.ts';
import { putSecret, replaceDevVar } from '../cli/signing-key.ts';

const rotate = async (connection: Connection, options: Options): Promise<void> => {
  const plan = await connection.ask((admin) => admin.planKeyRotation({ as: options.as, dry_run: true }));
  const { slot } = plan;
  if (options.dryRun) {
    return print(options.json, plan, `A new key would be written to ${slot}. Nothing was changed.`);
  }
  await confirm(`Replace the key in ${slot} for good?`, options.yes);
  await connection.ask((admin) => admin.planKeyRotation({ as: options.as }));
  const key = await newSigningKey();
  if (options.remote) await putSecret(deployedNames(options.env).workers.api, slot, key);
  else await replaceDevVar(join(ROOT, '.dev.vars'), slot, key, plan.made[slot]);
  const next = options.remote ? '' : ' Restart every copy that runs here: none takes it up by itself.';
  print(options.json, { ...plan, dry_run: false }, `${slot} holds a new key, which signs in an hour.${next}`);
};

/** `keys …`: the keys that sign access tokens. */
export const addKeys = (program: Command): void => {
  const keys = program.command('keys').description('the keys that sign access tokens');
  irreversible(keys, 'rotate', 'write a new key over the older of the two', ['keys rotate --dry-run']).action(
    connected(rotate),
  );
};
