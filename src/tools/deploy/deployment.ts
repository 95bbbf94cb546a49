import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import * as z from 'zod';
import { ROOT } from '../root.ts';
import { DeployFault } from './deploy-fault.ts';

/** One copy of the API in one Cloudflare account: what `deployments.toml` and the environment say of it. */
export type Deployment = {
  /** `production`, `staging` or whatever else the file has a table for. */
  environment: string;
  name: string;
  domain: string;
  avatarDomain: string;
  /** An address of the operator's, to which the smoke test has a mail sent; empty: to nobody. */
  mailTo: string;
  vars: Record<string, string>;
};

export const FILE = 'deployments.toml';

// A Worker's name is part of a host, whose labels have at most 63 characters; ours are `<name>-mailer` and an alias.
const Name = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/,
    'must have 1 to 30 characters out of a-z, 0-9 and -, and begin with a letter',
  );
const Domain = z
  .string()
  .regex(/^(?:(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})?$/, 'must be a host name such as accounts.example.com');

const Table = z.strictObject({
  name: Name,
  domain: Domain.default(''),
  avatar_domain: Domain.default(''),
  mail_to: z.string('must be an address').default(''),
  vars: z.record(z.string(), z.string('must be a text in quotes')).default({}),
});

// Two deployments of one name would be one: the same database, under two addresses.
const requireOwnName = (environment: string, tables: Record<string, unknown>): void => {
  const nameIn = (table: unknown): unknown => (table as { name?: unknown } | undefined)?.name;
  const other = Object.keys(tables).find(
    (candidate) => candidate !== environment && nameIn(tables[candidate]) === nameIn(tables[environment]),
  );
  if (other) throw new DeployFault(`[${environment}] and [${other}] in ${FILE} have the same name.`);
};

/** The name that the environment gives: production's as it is, any other deployment's with what it is behind it. */
const nameGiven = (environment: string, name: string | undefined): string | undefined =>
  name && environment !== 'production' ? `${name}-${environment}` : name;

const readFile = (file: string): Record<string, unknown> => {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new DeployFault(`${FILE} cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
};

/**
 * The deployment of an environment: its table, with what the environment's variables override. `varNames` are the vars
 * that the Workers have, so that a misspelt one is told and not ignored.
 */
export const readDeployment = (
  environment: string,
  varNames: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  file = join(ROOT, FILE),
): Deployment => {
  const tables = readFile(file);
  if (!Object.hasOwn(tables, environment)) {
    throw new DeployFault(`${FILE} has no [${environment}]; it has ${Object.keys(tables).join(', ')}.`);
  }
  requireOwnName(environment, tables);
  const table = tables[environment] as Record<string, unknown>;
  const name = nameGiven(environment, env['DEPLOY_NAME']);
  const parsed = Table.safeParse({
    ...table,
    ...(name ? { name } : {}),
    ...(env['DEPLOY_DOMAIN'] ? { domain: env['DEPLOY_DOMAIN'] } : {}),
    ...(env['DEPLOY_AVATAR_DOMAIN'] ? { avatar_domain: env['DEPLOY_AVATAR_DOMAIN'] } : {}),
    ...(env['DEPLOY_MAIL_TO'] ? { mail_to: env['DEPLOY_MAIL_TO'] } : {}),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const flaw = [issue?.path.join('.'), issue?.message].filter((part) => part !== '').join(' ');
    throw new DeployFault(`[${environment}] in ${FILE}: ${flaw}.`);
  }
  const { domain, avatar_domain: avatarDomain, mail_to: mailTo, vars } = parsed.data;
  const unknown = Object.keys(vars).filter((name) => !varNames.includes(name));
  if (unknown.length > 0)
    throw new DeployFault(`[${environment}.vars] in ${FILE}: there is no var ${unknown.join(', ')}.`);
  const overridden = varNames.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return {
    environment,
    name: parsed.data.name,
    domain,
    avatarDomain,
    mailTo,
    vars: { ...vars, ...Object.fromEntries(overridden) },
  };
};
