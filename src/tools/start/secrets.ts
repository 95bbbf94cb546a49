import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { newSigningKey } from '../../accounts/tokens/access-token.ts';
import { isSigningSlot, KEY_SLOTS, SHARED_KINDS } from '../../accounts/tokens/key-slots.ts';
import { isMacSlot, newMacKeys, readMacKeys } from '../../accounts/tokens/signed-token.ts';
import { withLock } from '../install/lock.mjs';
import { StartFault } from './start-fault.ts';

/** The variables of a `.dev.vars` file, by name; empty where there is no file. */
export type DevVars = Record<string, string>;

const API_FILE = '.dev.vars';
const MAILER_FILE = 'src/mailer/.dev.vars';

/** Throws where the secret is no signing key, or its public half that of another. */
const checkSigningKey = (secret: string): void => {
  if (!isSigningSlot(secret)) throw new Error('It is no signing key.');
  if (secret.trim() === '') return;
  const { x } = createPublicKey(createPrivateKey({ key: JSON.parse(secret), format: 'jwk' })).export({ format: 'jwk' });
  if (x !== JSON.parse(secret).x) throw new Error('Its halves are of two keys.');
};

// What the API Worker keeps secret: how each is made, and a check that throws where one cannot be used.
const SECRETS = {
  SIGNING_KEY_A: { make: newSigningKey, check: checkSigningKey },
  SIGNING_KEY_B: { make: () => '', check: checkSigningKey },
  TOKEN_KEYS: { make: () => newMacKeys(), check: (secret: string) => readMacKeys(secret) },
  MAIL_LINK_KEYS: { make: () => newMacKeys(), check: (secret: string) => readMacKeys(secret) },
  SERVICE_KEYS: { make: () => newMacKeys(), check: (secret: string) => readMacKeys(secret) },
  FACTOR_KEYS: { make: () => newMacKeys(), check: (secret: string) => readMacKeys(secret) },
};

type SecretName = keyof typeof SECRETS;

// What the mailer has too, the same as the API, and what would come of two different ones.
const SHARED = {
  MAIL_LINK_KEYS: 'no mail link would open',
  SERVICE_KEYS: 'no service could verify a push',
} satisfies Partial<Record<SecretName, string>>;

const SHARED_NAMES = Object.keys(SHARED) as (keyof typeof SHARED)[];

// The second secrets, which a rotation writes: there is none until then.
const SECOND_NAMES = (['tokens', 'factors', ...SHARED_KINDS] as const).map((kind) => KEY_SLOTS[kind][1]);
const SHARED_SECONDS = SHARED_KINDS.map((kind) => KEY_SLOTS[kind][1]);

/** Reads the variables that lie beside a Worker's configuration. */
const readDevVars = (root: string, file: string): DevVars => {
  const path = join(root, file);
  return existsSync(path) ? (parseEnv(readFileSync(path, 'utf8')) as DevVars) : {};
};

/**
 * Makes the development secrets of both Workers, each in `.dev.vars` beside its configuration, and returns what the
 * two files hold then. What is there stays as it is; what is missing is added. Throws `StartFault` where one cannot be
 * used, and where the two files differ in what both Workers have.
 */
export const ensureSecrets = (root: string): Promise<{ api: DevVars; mailer: DevVars }> =>
  // Two copies that start at the same moment must end up with the same secrets.
  withLock(join(root, '.wrangler/secrets.lock'), async () => {
    const api = readDevVars(root, API_FILE);
    const mailer = readDevVars(root, MAILER_FILE);
    const secrets = await completed({ ...mailer, ...api });
    requireUsable(secrets, api);
    requireReadable(api, API_FILE);
    requireReadable(mailer, MAILER_FILE);
    const seconds = sharedSeconds({ ...mailer, ...api });
    const shared = { ...Object.fromEntries(SHARED_NAMES.map((name) => [name, secrets[name]])), ...seconds };
    requireShared(shared, mailer);
    Object.assign(secrets, seconds);
    addMissing(root, API_FILE, api, secrets);
    addMissing(root, MAILER_FILE, mailer, shared);
    return { api: { ...secrets, ...api }, mailer: { ...shared, ...mailer } };
  });

/** Every secret, by name: the known one, or else a new one. */
const completed = async (known: DevVars): Promise<Record<SecretName, string>> => {
  const secrets = Object.entries(SECRETS).map(async ([name, { make }]) => [name, known[name] ?? (await make())]);
  return Object.fromEntries(await Promise.all(secrets));
};

const requireUsable = (secrets: Record<SecretName, string>, api: DevVars): void => {
  for (const name of Object.keys(SECRETS) as SecretName[]) {
    try {
      SECRETS[name].check(secrets[name]);
    } catch {
      const file = api[name] === undefined ? MAILER_FILE : API_FILE;
      throw new StartFault(`${name} in ${file} cannot be used; remove that line to have a new one made.`);
    }
  }
  if (secrets.SIGNING_KEY_A === '' && secrets.SIGNING_KEY_B === '') {
    throw new StartFault(`Neither signing key in ${API_FILE} is set; remove the line of one to have a new one made.`);
  }
};

/** A second secret that cannot be read lets a Worker start in which nobody could sign in. */
const requireReadable = (vars: DevVars, file: string): void => {
  const broken = SECOND_NAMES.find((name) => vars[name] !== undefined && !isMacSlot(vars[name]));
  if (broken) throw new StartFault(`${broken} in ${file} cannot be used; remove that line: a rotation writes it anew.`);
};

/** The second secrets that both Workers have to have, where either has one: a rotation may have been broken off between them. */
const sharedSeconds = (known: DevVars): DevVars =>
  Object.fromEntries(SHARED_SECONDS.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]])));

const requireShared = (shared: DevVars, mailer: DevVars): void => {
  for (const name of Object.keys(shared)) {
    if (mailer[name] === undefined || mailer[name] === shared[name]) continue;
    const what = SHARED[name.replace(/_B$/, '') as keyof typeof SHARED];
    throw new StartFault(`${name} in ${MAILER_FILE} is not the one in ${API_FILE}, so ${what}: remove that line.`);
  }
};

const addMissing = (root: string, file: string, present: DevVars, wanted: DevVars): void => {
  const path = join(root, file);
  const lines = Object.entries(wanted)
    .filter(([name]) => present[name] === undefined)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
  if (existsSync(path)) append(path, lines);
  else create(path, lines, join(root, '.wrangler/dev-vars.draft'));
};

const append = (path: string, lines: string): void => {
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  if (lines === '') return;
  const isOpenEnded = !/(^|\n)$/.test(readFileSync(path, 'utf8'));
  appendFileSync(path, isOpenEnded ? `\n${lines}` : lines);
};

/** The file appears whole or not at all, whatever happens meanwhile; the draft lies where git looks at nothing. */
const create = (path: string, lines: string, draft: string): void => {
  rmSync(draft, { force: true });
  writeFileSync(draft, lines, { mode: 0o600 });
  renameSync(draft, path);
};
