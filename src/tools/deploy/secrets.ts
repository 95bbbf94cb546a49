import { newSigningKey } from '../../accounts/tokens/access-token.ts';
import { newMacKeys, nextMacVersion } from '../../accounts/tokens/signed-token.ts';
import type { Account } from './account.ts';
import { found } from './cloudflare.ts';
import { DeployFault } from './deploy-fault.ts';
import type { Names, WorkerName } from './names.ts';

/** The secrets that each Worker lacks, with the values made for them; they go to Cloudflare and nowhere else. */
export type NewSecrets = Record<WorkerName, Record<string, string>>;

const secretsOf = async ({ api }: Account, worker: string): Promise<string[]> =>
  ((await found(api.get<{ name: string }[]>(`/workers/scripts/${worker}/secrets`))) ?? []).map(({ name }) => name);

/** A secret of both Workers that one of them lacks, for whose sake the other one's is replaced. */
export type Replaced = { name: string; lackedBy: WorkerName };

/** Who is uploaded before whom, and with which new secrets. */
export type SecretPlan = { secrets: NewSecrets; order: readonly WorkerName[]; replaced: readonly Replaced[] };

// The mailer first: it knows every kind of mail before the API queues one, and reads each queue before anybody writes to it.
const MAILER_FIRST: readonly WorkerName[] = ['mailer', 'api'];
const API_FIRST: readonly WorkerName[] = ['api', 'mailer'];

/** In which order what is replaced is given: the Worker that alone lacks a secret is the last. */
const orderOf = (replaced: readonly Replaced[], { workers }: Names): readonly WorkerName[] => {
  const ofApi = replaced.find(({ lackedBy }) => lackedBy === 'api')?.name;
  const ofMailer = replaced.find(({ lackedBy }) => lackedBy === 'mailer')?.name;
  if (ofApi && ofMailer) {
    throw new DeployFault(
      `${workers.api} lacks ${ofApi} and ${workers.mailer} lacks ${ofMailer}, so whichever was uploaded first could be left with keys that the other does not have: ` +
        `run \`npm run wrangler -- secret delete ${ofMailer} --name ${workers.api}\` and deploy again.`,
    );
  }
  return ofMailer ? API_FIRST : MAILER_FIRST;
};

const MAKERS: Record<string, () => string | Promise<string>> = {
  // Two, so that the first rotation has an older slot; the one made a moment earlier signs at first.
  SIGNING_KEY_A: () => newSigningKey(new Date(Date.now() - 1)),
  SIGNING_KEY_B: () => newSigningKey(),
  TOKEN_KEYS: () => newMacKeys(),
  MAIL_LINK_KEYS: () => newMacKeys(),
  // Never the version of a key that was lost: by it a service is known that needs a new pair, and nothing is sent to it that
  // it would refuse.
  SERVICE_KEYS: () => newMacKeys(nextMacVersion(['', ''])),
  FACTOR_KEYS: () => newMacKeys(nextMacVersion(['', ''])),
};

const make = async (names: readonly string[]): Promise<Record<string, string>> => {
  const making = names.map(async (name) => {
    const maker = MAKERS[name];
    if (!maker) throw new DeployFault(`Nothing here knows how to make the secret ${name}.`);
    return [name, await maker()];
  });
  return Object.fromEntries(await Promise.all(making));
};

type Secrets = Record<WorkerName, readonly string[]>;

/** The secrets that both Workers require and that either lacks, and who does. */
const sharedLacks = (required: Secrets, there: Secrets) =>
  required.api
    .filter((name) => required.mailer.includes(name))
    .map((name) => ({ name, lackedBy: MAILER_FIRST.filter((worker) => !there[worker].includes(name)) }))
    .filter(({ lackedBy }) => lackedBy.length > 0);

const requirePassword = (smtp: { username: string; password: string | undefined }, mailer: readonly string[]): void => {
  if (smtp.username === '' || smtp.password || mailer.includes('SMTP_PASSWORD')) return;
  throw new DeployFault('SMTP_USERNAME is set and the mailer has no SMTP_PASSWORD yet: give it in the environment.');
};

/**
 * Makes what is missing of the secrets that the Workers require; what is there stays and cannot be read. What both require
 * is the same in both: if either lacks it both get a new one, also in the place of what a rotation has left in one of them,
 * and what was made with the old one ends. Then the Worker that lacks it is uploaded last: whatever fails before, the lack
 * is still there to be seen, and the next run gives both a new one.
 */
export const missingSecrets = async (
  account: Account,
  names: Names,
  required: Secrets,
  smtp: { username: string; password: string | undefined },
): Promise<SecretPlan> => {
  const [api, mailer] = await Promise.all([
    secretsOf(account, names.workers.api),
    secretsOf(account, names.workers.mailer),
  ]);
  requirePassword(smtp, mailer);
  const there = { api, mailer };
  const lacks = sharedLacks(required, there);
  const replaced = lacks.flatMap(({ name, lackedBy: [one, other] }) => (one && !other ? { name, lackedBy: one } : []));
  const order = orderOf(replaced, names);
  const shared = await make(lacks.map(({ name }) => name));
  const missing = async (worker: WorkerName): Promise<Record<string, string>> => {
    const has = (name: string): boolean => there[worker].includes(name);
    const own = await make(required[worker].filter((name) => !has(name) && !Object.hasOwn(shared, name)));
    const rotated = Object.entries(shared).map(([name, key]) => [`${name}_B`, key] as const);
    return { ...own, ...shared, ...Object.fromEntries(rotated.filter(([name]) => has(name))) };
  };
  const password = smtp.password ? { SMTP_PASSWORD: smtp.password } : {};
  return {
    secrets: { api: await missing('api'), mailer: { ...(await missing('mailer')), ...password } },
    order,
    replaced,
  };
};
