import type { Account } from './account.ts';
import { incompatibilities, readMigrations } from './compatibility.ts';
import { DeployFault } from './deploy-fault.ts';
import { type Environment, runWrangler } from './wrangler.ts';

/** The names of the migrations that a database has had, oldest first; none where it is new. */
const appliedTo = async ({ api }: Account, database: string): Promise<string[]> => {
  const ask = async <Row>(sql: string): Promise<Row[]> =>
    (await api.post<{ results: Row[] }[]>(`/d1/database/${database}/query`, { sql }))[0]?.results ?? [];
  const isOld = (await ask(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'`)).length > 0;
  if (!isOld) return [];
  const rows = await ask<{ name: string }>('SELECT name FROM d1_migrations ORDER BY id');
  return rows.map(({ name }) => name.replace(/\.sql$/, ''));
};

/**
 * The migrations that a database (by its id; undefined: it is not made yet) has yet to get. Throws where the code that
 * runs on it now could not live with them, and where it has had one that this checkout does not know: then it is an
 * older release than the one deployed.
 */
export const pendingMigrations = async (account: Account, database: string | undefined): Promise<string[]> => {
  const migrations = readMigrations();
  const applied = database === undefined ? [] : await appliedTo(account, database);
  const unknown = applied.filter((name) => !migrations.some((migration) => migration.name === name));
  if (unknown.length > 0) {
    throw new DeployFault(
      `The database has had ${unknown.join(', ')}, which this checkout does not have: deploy a newer one, or roll back with wrangler.`,
    );
  }
  const hurting = incompatibilities(migrations, applied.at(-1));
  if (hurting.length > 0) {
    throw new DeployFault(
      `The code that runs now could not live with the new migrations, so releases in between have to be deployed first: ${hurting.join('; ')}.`,
    );
  }
  return migrations.map(({ name }) => name).filter((name) => !applied.includes(name));
};

/** Applies what is pending, each migration whole or not at all. Throws at the first that fails; those before it stay. */
export const applyMigrations = async (config: string, env: Environment): Promise<void> => {
  const { code, reason } = await runWrangler(['d1', 'migrations', 'apply', 'DB', '--remote', '--config', config], env);
  if (code !== 0) throw new DeployFault(`The migrations failed, and no code was deployed: ${reason}.`);
};
