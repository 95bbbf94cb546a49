import { canonicalEmail } from '../../accounts/users/email-address.ts';
import { bringAddressesOver, type Query, wordsOf } from '../migrations/addresses.ts';
import { passkeysElsewhere, wordsOfPasskeys } from '../migrations/passkey-hosts.ts';
import { type Account, isNobodys, openAccount, openAccountToLook } from './account.ts';
import { bundleApi } from './bundle-api.ts';
import { found } from './cloudflare.ts';
import { DeployFault } from './deploy-fault.ts';
import { type Deployment, FILE, readDeployment } from './deployment.ts';
import { applyMigrations, findMigrations, type Migrations, tryMigrations } from './migrate.ts';
import {
  givenIds,
  type Ids,
  type Names,
  namesOf,
  readTomls,
  type Tomls,
  varNamesOf,
  type WorkerName,
} from './names.ts';
import { ensureResources } from './resources.ts';
import { missingSecrets, type SecretPlan } from './secrets.ts';
import { seeMailLeave } from './smoke-mail.ts';
import { smokeTest } from './smoke-test.ts';
import { upload } from './upload.ts';
import { addressOf, apiFolder, workerConfigs, writeWorkerConfig } from './worker-config.ts';
import type { Environment } from './wrangler.ts';

export type Options = {
  env: string;
  dryRun?: boolean;
  offline?: boolean;
  preview?: string;
  address?: string;
  mailTo?: string;
  yes?: boolean;
};

/** What every step works with. */
type Run = { options: Options; tomls: Tomls; deployment: Deployment; names: Names; account: Account };

const say = (line: string): void => console.log(line);

const environmentOf = ({ id, token }: Account): Environment => ({
  CLOUDFLARE_ACCOUNT_ID: id,
  CLOUDFLARE_API_TOKEN: token,
});

const requireAddress = ({ deployment, account }: Run): void => {
  if (deployment.domain !== '' || account.subdomain !== '') return;
  throw new DeployFault(
    'The account has no workers.dev subdomain yet: open Workers in its dashboard once, or set a domain in deployments.toml.',
  );
};

/** wrangler takes a domain over from whoever has it, when nobody is there to be asked. */
const requireOwnDomains = async ({ deployment, names, account }: Run): Promise<void> => {
  for (const domain of [deployment.domain, deployment.avatarDomain].filter((domain) => domain !== '')) {
    const looking = account.api.get<{ hostname: string; service: string }[]>(`/workers/domains?hostname=${domain}`);
    const other = (await found(looking))?.find(
      ({ hostname, service }) => hostname === domain && service !== names.workers.api,
    );
    if (other) throw new DeployFault(`The domain ${domain} belongs to the Worker ${other.service} in this account.`);
  }
};

const bundle = async (file: string, worker: string): Promise<void> => {
  await upload(['deploy', '--dry-run', '--config', file], {}, {}, `Bundling ${worker}`);
  say(`Worker ${worker}: bundled`);
};

/** Writes what wrangler is to upload: both configurations, and the modules of the API. */
const prepareUploads = async ({ tomls, deployment, account }: Run, ids: Ids): Promise<Record<WorkerName, string>> => {
  const configs = workerConfigs(tomls, deployment, ids, account.subdomain);
  const write = (worker: WorkerName) => writeWorkerConfig(deployment.environment, worker, configs[worker]);
  await bundleApi(apiFolder(deployment.environment));
  return { api: write('api'), mailer: write('mailer') };
};

const sayMigrations = (pending: readonly string[], done: string): void =>
  say(`Migrations: ${pending.length === 0 ? 'none is new' : `${pending.join(', ')} ${done}`}`);

const queryOf =
  ({ account }: Run, database: string): Query =>
  async <Row>(sql: string, ...params: string[]) =>
    (await account.api.post<{ results: Row[] }[]>(`/d1/database/${database}/query`, { sql, params }))[0]?.results ?? [];

/** Brings the addresses of a database over, or says what would be; one that is not made yet has none. */
const bringOver = async (run: Run, database: string | undefined): Promise<void> => {
  if (database === undefined) return;
  const { dryRun } = run.options;
  for (const line of wordsOf(await bringAddressesOver(queryOf(run, database), dryRun), dryRun)) say(line);
};

/** Where the links of mails lead in this deployment, and for whose host passkeys are. */
const appUrlOf = ({ tomls, deployment, account }: Run): string =>
  String(workerConfigs(tomls, deployment, { namespaces: {} }, account.subdomain).api.vars['APP_URL']);

/**
 * Says which passkeys a deployment leaves behind, before it changes anything: a browser gives one only to the host for which it
 * was made. Throws at the first time, unless it is meant.
 */
const requireSameHost = async (run: Run, database: string | undefined): Promise<void> => {
  if (database === undefined) return;
  const { dryRun, yes } = run.options;
  const { left, host, isKnown } = await passkeysElsewhere(queryOf(run, database), appUrlOf(run));
  const words = wordsOfPasskeys(left, host);
  if (words === undefined) return;
  if (dryRun || yes || isKnown) return say(words);
  throw new DeployFault(
    `${words} Whoever has nothing else would sign in with a recovery code. If that is meant, deploy once more with --yes.`,
  );
};

/** The address to which the smoke test has a mail sent, as the database has it; undefined where there is none. */
const mailToOf = ({ mailTo: typed }: Options, { mailTo: known }: Deployment): string | undefined => {
  const given = typed ?? known;
  if (given === '') return undefined;
  const to = canonicalEmail(given);
  if (to) return to;
  throw new DeployFault('What is given as --mail-to, DEPLOY_MAIL_TO or mail_to is no address.');
};

/** Has a mail sent, if the operator has named somebody to send it to: a stranger gets none. */
const tryMail = async (run: Run, address: string, database: string | undefined): Promise<void> => {
  const to = mailToOf(run.options, run.deployment);
  if (to && database !== undefined) return seeMailLeave(address, to, queryOf(run, database), say);
  say(`  no mail was tried: name an address of yours with --mail-to, or as mail_to in ${FILE}`);
};

const saySecrets = ({ names }: Run, { secrets, order }: SecretPlan, done: string): void => {
  for (const worker of order) {
    const made = Object.keys(secrets[worker]);
    say(`Secrets of ${names.workers[worker]}: ${made.length === 0 ? 'all are there' : `${made.join(', ')} ${done}`}`);
  }
};

// What comes of it where a secret of both Workers is replaced.
const ENDS: Record<string, string> = {
  MAIL_LINK_KEYS: 'links in mails sent before open nothing',
  SERVICE_KEYS: 'every service that is there needs a new token and signing secret, by `services rotate`',
};

/** A key is never replaced without a word. */
const sayReplaced = ({ names }: Run, { replaced }: SecretPlan): void => {
  for (const { name, lackedBy } of replaced) {
    say(
      `${names.workers[lackedBy]} has no ${name} and no key can be read back, so both Workers get a new one: ${ENDS[name]}.`,
    );
  }
};

const makeSecrets = ({ tomls, deployment, names, account }: Run): Promise<SecretPlan> =>
  missingSecrets(
    account,
    names,
    { api: tomls.api.secrets.required, mailer: tomls.mailer.secrets.required },
    { username: deployment.vars['SMTP_USERNAME'] ?? '', password: process.env['SMTP_PASSWORD'] },
  );

/** The last word of a dry run. */
const sayLooked = (account: Account): void => {
  say('Nothing was changed.');
  if (isNobodys(account)) say('No account was looked at: what yours has already is not in this.');
};

/** What the deployment has now; the ids of what it has not are missing. */
const findIds = ({ tomls, deployment, names, account }: Run): Promise<Ids> =>
  ensureResources(account, names, givenIds(tomls, deployment), { dryRun: true, say: () => {} });

/** The migrations, once those that are pending have shown that nothing is lost by them; nothing has been changed till then. */
const findSafeMigrations = async (run: Run): Promise<Migrations> => {
  const migrations = await findMigrations(run.account, (await findIds(run)).database);
  await tryMigrations(migrations);
  return migrations;
};

/** Everything but the Workers themselves is looked at in the same way by a dry run, which stops before it changes a thing. */
const deployAll = async (run: Run): Promise<void> => {
  const { options, tomls, deployment, names, account } = run;
  const dryRun = options.dryRun ?? false;
  await requireOwnDomains(run);
  await requireSameHost(run, (await findIds(run)).database);
  const plan = await makeSecrets(run);
  const { pending } = await findSafeMigrations(run);
  const ids = await ensureResources(account, names, givenIds(tomls, deployment), { dryRun, say });
  const files = await prepareUploads(run, ids);
  if (dryRun) {
    sayMigrations(pending, 'would be applied');
    await bringOver(run, ids.database);
    saySecrets(run, plan, 'would be made');
    sayReplaced(run, plan);
    for (const worker of plan.order) await bundle(files[worker], names.workers[worker]);
    return sayLooked(account);
  }
  const env = environmentOf(account);
  if (pending.length > 0 && ids.database !== undefined) await applyMigrations(account, ids.database);
  sayMigrations(pending, 'applied');
  sayReplaced(run, plan);
  for (const worker of plan.order) {
    const name = names.workers[worker];
    await upload(['deploy', '--config', files[worker]], plan.secrets[worker], env, `The deployment of ${name}`);
    say(`Worker ${name}: deployed`);
  }
  saySecrets(run, plan, 'made');
  // Behind the code that knows the form: until then whoever has another spelling signs in with it, and then with any.
  await bringOver(run, ids.database);
  const address = options.address ?? addressOf(deployment, names, account.subdomain);
  say(`Smoke test of ${address}`);
  await smokeTest(address, say);
  await tryMail(run, address, ids.database);
  say(`${deployment.environment} answers at ${address}.`);
};

/** Uploads the API as a version beside the one that serves, on what the deployment has already; nothing else changes. */
const deployPreview = async (run: Run, alias: string): Promise<void> => {
  const { options, deployment, account } = run;
  if (deployment.environment === 'production') {
    throw new DeployFault('Production has no previews: strangers would meet real accounts. Name another with --env.');
  }
  const ids = await findIds(run);
  if (!ids.database) throw new DeployFault(`Deploy ${deployment.environment} first: a preview runs on what it has.`);
  const files = await prepareUploads(run, ids);
  const { pending } = await findMigrations(account, ids.database);
  if (pending.length > 0)
    say(`The preview runs without these migrations, which come with the deployment: ${pending.join(', ')}.`);
  const args = ['versions', 'upload', '--preview-alias', alias, '--config', files.api];
  if (options.dryRun) {
    await upload([...args, '--dry-run'], {}, {}, 'Bundling the preview');
    return sayLooked(account);
  }
  const note = await upload(args, {}, environmentOf(account), 'The preview');
  const address = options.address ?? note.preview_alias_url ?? note.preview_url;
  if (!address)
    throw new DeployFault('The preview was uploaded, but has no address: the account has no workers.dev subdomain.');
  await smokeTest(address, say);
  say(`The preview answers at ${address}.`);
};

/** Deploys what the options say. Throws `DeployFault` with one sentence where it cannot. */
export const deploy = async (options: Options): Promise<void> => {
  if (options.offline && !options.dryRun)
    throw new DeployFault('--offline goes with --dry-run: it looks at no account.');
  const tomls = readTomls();
  const deployment = readDeployment(options.env, varNamesOf(tomls), process.env);
  const names = namesOf(tomls, deployment);
  // What is wrong with the vars is told before anything else is asked.
  mailToOf(options, deployment);
  workerConfigs(tomls, deployment, { namespaces: {} }, 'account');
  const account = await (options.dryRun ? openAccountToLook(say, options.offline ?? false) : openAccount());
  const run = { options, tomls, deployment, names, account };
  requireAddress(run);
  say(
    `${options.dryRun ? 'Looking at' : 'Deploying'} ${deployment.environment}, as ${deployment.name} in the account ${account.name}.`,
  );
  return options.preview === undefined ? deployAll(run) : deployPreview(run, options.preview);
};
