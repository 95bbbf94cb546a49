import { dirname, join } from 'node:path';
import { newSigningKey } from '../../../accounts/tokens/access-token.ts';
import type { KeyKind, KeyPlan, KeySlot } from '../../../accounts/tokens/key-slots.ts';
import { newMacKeys } from '../../../accounts/tokens/signed-token.ts';
import { deployedNames, SOURCES, type WorkerName } from '../../deploy/names.ts';
import { ROOT } from '../../root.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { putSecrets, replaceDevVar } from '../cli/secret.ts';
import type { Rotating } from './keys.ts';

// Who verifies has a key before who signs with it, or makes pairs of it: so nothing was made of one that is in one Worker
// alone, and the next rotation can write another over it.
const WORKERS: Record<KeyKind, readonly WorkerName[]> = {
  signing: ['api'],
  tokens: ['api'],
  links: ['api', 'mailer'],
  services: ['mailer', 'api'],
  factors: ['api'],
};

/** The content of the slots that are planned. A key with a version is one and the same in both, so that it is the only one. */
const newContent = async ({ slots, version }: KeyPlan): Promise<[KeySlot, string][]> => {
  const keys = version === null ? undefined : newMacKeys(version);
  return Promise.all(slots.map(async (slot) => [slot, keys ?? (await newSigningKey())]));
};

/** Says of a write that failed how to go on, where the other Worker has the key already. */
const halfWay =
  (written: number) =>
  (error: Error): never => {
    if (written === 0 || !(error instanceof CliFault)) throw error;
    const said = error.message.replace(/\.?$/, '.');
    throw new CliFault(`${said} The other Worker has the new key already; the same command finishes it.`);
  };

/** Makes the keys that a plan asks for, and writes them where the Workers have them: into `.dev.vars`, or to a deployment. */
export const writeKeys = async (kind: KeyKind, plan: KeyPlan, { remote, env, leaked }: Rotating): Promise<void> => {
  const content = await newContent(plan);
  for (const [index, worker] of WORKERS[kind].entries()) {
    if (remote) await putSecrets(deployedNames(env).workers[worker], Object.fromEntries(content)).catch(halfWay(index));
    else {
      const file = join(ROOT, dirname(SOURCES[worker]), '.dev.vars');
      for (const [slot, key] of content) {
        await replaceDevVar(file, slot, key, leaked ? undefined : (plan.made[slot] ?? null));
      }
    }
  }
};
