import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { API_SETTINGS } from '../../api/settings.ts';
import { MAILER_SETTINGS } from '../../mailer/settings.ts';
import { unusableVars } from '../../workers/settings.ts';
import type { DevVars } from './secrets.ts';
import { StartFault } from './start-fault.ts';

/** What is read here of a Worker's configuration. */
type RawConfig = {
  name: string;
  main: string;
  vars?: Record<string, unknown>;
  secrets?: { required?: string[] };
  assets?: { directory?: string };
  d1_databases?: { migrations_dir?: string }[];
  triggers?: unknown;
};

/** A Worker's configuration for one copy: its name, the file, its vars, and its secrets, which are not in the file. */
export type CopyConfig = {
  name: string;
  file: string;
  vars: Record<string, unknown>;
  secrets: Record<string, string | undefined>;
};

const DEFAULT_ORIGIN = 'http://localhost:8787';

const readConfig = (source: string): RawConfig => {
  try {
    return parse(readFileSync(source, 'utf8')) as RawConfig;
  } catch (error) {
    throw new StartFault(`${source} cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
};

/**
 * Writes a Worker's configuration for a copy that answers at `origin` below its state directory: as it is, with the vars of the
 * environment and of `.dev.vars` in it. wrangler takes overriding values for the first of two Workers only, and reads
 * the `.dev.vars` beside a configuration before all else; beside this one there is none, so that it takes the secrets
 * from its environment, those that the configuration requires. `local` is what the copy alone has: where its Worker begins
 * instead, and further vars.
 */
export const writeConfig = (
  source: string,
  {
    state,
    origin,
    devVars,
    local,
  }: {
    state: string;
    origin: string;
    devVars: DevVars;
    local?: { main: string; vars: Record<string, string> };
  },
): CopyConfig => {
  const config = readConfig(source);
  const absolute = (path: string): string => resolve(dirname(source), path);
  const vars = Object.entries(config.vars ?? {}).map(([name, value]) => [
    name,
    process.env[name] ?? devVars[name] ?? ownAddress(value, origin),
  ]);
  // What else lies in `.dev.vars` is a secret that the Worker can do without.
  const optional = Object.keys(devVars).filter((name) => !Object.hasOwn(config.vars ?? {}, name));
  const secrets = [...new Set([...(config.secrets?.required ?? []), ...optional])];
  const copy = {
    ...config,
    main: absolute(local?.main ?? config.main),
    vars: { ...Object.fromEntries(vars), ...local?.vars },
    secrets: { required: secrets },
    assets: config.assets && { ...config.assets, directory: absolute(config.assets.directory ?? '') },
    d1_databases: config.d1_databases?.map(({ migrations_dir = 'migrations', ...database }) => ({
      ...database,
      migrations_dir: absolute(migrations_dir),
    })),
    // A trace is to be read, and the lines of a minified Worker are not.
    minify: false,
    // wrangler fires none of them here and warns of that; what starts it fires them.
    triggers: undefined,
  };
  const file = join(state, 'config', config.name, 'wrangler.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(copy, null, 2));
  return {
    name: config.name,
    file,
    vars: copy.vars,
    secrets: Object.fromEntries(secrets.map((name) => [name, devVars[name]])),
  };
};

/** Throws where a var of either Worker cannot be used: the Worker would not start, and say so to nobody who reads one line. */
export const requireUsableVars = (api: Pick<CopyConfig, 'vars'>, mailer: Pick<CopyConfig, 'vars'>): void => {
  const names = new Set([...unusableVars(API_SETTINGS, api.vars), ...unusableVars(MAILER_SETTINGS, mailer.vars)]);
  if (names.size === 0) return;
  throw new StartFault(
    `These vars are unusable: ${[...names].join(', ')}. They come from the environment, .dev.vars or wrangler.toml.`,
  );
};

/** Addresses of the API in its own vars lead to this copy. */
const ownAddress = (value: unknown, origin: string): unknown =>
  typeof value === 'string' ? value.replace(DEFAULT_ORIGIN, origin) : value;
