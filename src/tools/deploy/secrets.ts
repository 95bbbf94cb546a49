import { newSigningKey } from '../../accounts/tokens/access-token.ts';
import { newMacKeys } from '../../accounts/tokens/signed-token.ts';
import type { Account } from './account.ts';
import { found } from './cloudflare.ts';
import { DeployFault } from './deploy-fault.ts';
import type { Names, WorkerName } from './names.ts';

/** The secrets that each Worker lacks, with the values made for them; they go to Cloudflare and nowhere else. */
export type NewSecrets = Record<WorkerName, Record<string, string>>;

const secretsOf = async ({ api }: Account, worker: string): Promise<string[]> =>
  ((await found(api.get<{ name: string }[]>(`/workers/scripts/${worker}/secrets`))) ?? []).map(({ name }) => name);

/**
 * Who is uploaded before whom, and with which new secrets. `endsLinks` is the Worker for whose sake the other one's key of
 * mail links is replaced, so that links sent before open nothing.
 */
export type SecretPlan = { secrets: NewSecrets; order: readonly WorkerName[]; endsLinks: WorkerName | undefined };

// The mailer first: it knows every kind of mail before the API queues one, and reads the queue before anybody writes to it.
const MAILER_FIRST: readonly WorkerName[] = ['mailer', 'api'];
const API_FIRST: readonly WorkerName[] = ['api', 'mailer'];

/** In which order a new key of mail links is given: the Worker that alone lacks one is the last. */
const orderOf = (lacking: readonly WorkerName[]): readonly WorkerName[] =>
  lacking.length === 1 && lacking[0] === 'mailer' ? API_FIRST : MAILER_FIRST;

const requirePassword = (smtp: { username: string; password: string | undefined }, mailer: readonly string[]): void => {
  if (smtp.username === '' || smtp.password || mailer.includes('SMTP_PASSWORD')) return;
  throw new DeployFault('SMTP_USERNAME is set and the mailer has no SMTP_PASSWORD yet: give it in the environment.');
};

/**
 * Makes what is missing of the secrets that the Workers require; what is there stays and cannot be read. The key of mail
 * links is the same in both: if either lacks it both get a new one, also in the place of what a rotation has left in one
 * of them, and the links sent before open nothing. Then the Worker that lacks it is uploaded last: whatever fails before,
 * the lack is still there to be seen, and the next run gives both a new one.
 */
export const missingSecrets = async (
  account: Account,
  names: Names,
  required: Record<WorkerName, readonly string[]>,
  smtp: { username: string; password: string | undefined },
): Promise<SecretPlan> => {
  const [api, mailer] = await Promise.all([
    secretsOf(account, names.workers.api),
    secretsOf(account, names.workers.mailer),
  ]);
  requirePassword(smtp, mailer);
  const there = { api, mailer };
  const lacking = MAILER_FIRST.filter((worker) => !there[worker].includes('MAIL_LINK_KEYS'));
  const links = lacking.length > 0 ? newMacKeys() : undefined;
  const made: Record<string, string | undefined> = {
    // Two, so that the first rotation has an older slot; the one made a moment earlier signs at first.
    SIGNING_KEY_A: await newSigningKey(new Date(Date.now() - 1)),
    SIGNING_KEY_B: await newSigningKey(),
    TOKEN_KEYS: newMacKeys(),
    MAIL_LINK_KEYS: links,
  };
  const rotated = (worker: WorkerName): Record<string, string> =>
    links && there[worker].includes('MAIL_LINK_KEYS_B') ? { MAIL_LINK_KEYS_B: links } : {};
  const missing = (worker: WorkerName): Record<string, string> =>
    Object.fromEntries(
      required[worker].flatMap((name) => {
        if (there[worker].includes(name) && !(name === 'MAIL_LINK_KEYS' && links)) return [];
        const value = made[name];
        if (value === undefined) throw new DeployFault(`Nothing here knows how to make the secret ${name}.`);
        return [[name, value]];
      }),
    );
  const password = smtp.password ? { SMTP_PASSWORD: smtp.password } : {};
  return {
    secrets: {
      api: { ...missing('api'), ...rotated('api') },
      mailer: { ...missing('mailer'), ...rotated('mailer'), ...password },
    },
    order: orderOf(lacking),
    endsLinks: lacking.length === 1 ? lacking[0] : undefined,
  };
};
