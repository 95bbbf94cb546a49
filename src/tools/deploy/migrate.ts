import { incompatibilities, readMigrations } from '../migrations/compatibility.ts';
import { losses } from '../migrations/losses.ts';
import { NOTES, noted } from '../migrations/notes.ts';
import type { Account } from './account.ts';
import { DeployFault } from './deploy-fault.ts';

/** The names of the migrations that a database has had, oldest first; none where it is new. */
const appliedTo = async ({ api }: Pick<Account, 'api'>, database: string): Promise<string[]> => {
  const ask = async <Row>(sql: string): Promise<Row[]> =>
    (await api.post<{ results: Row[] }[]>(`/d1/database/${database}/query`, { sql }))[0]?.results ?? [];
  const isOld = (await ask(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'`)).length > 0;
  if (!isOld) return [];
  const rows = await ask<{ name: string }>('SELECT name FROM d1_migrations ORDER BY id');
  return rows.map(({ name }) => name.replace(/\.sql$/, ''));
};

/** The names of the migrations that a database has had, in that order, and of those that it has yet to get. */
export type Migrations = { applied: string[]; pending: string[] };

/**
 * How far a database (by its id; undefined: it is not made yet) has come. Throws where the code that runs on it now could
 * not live with what is pending, and where it has had a migration that this checkout does not know: then it is an older
 * release than the one deployed.
 */
export const findMigrations = async (account: Account, database: string | undefined): Promise<Migrations> => {
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
  return { applied, pending: migrations.map(({ name }) => name).filter((name) => !applied.includes(name)) };
};

/**
 * Tries what is pending on this machine, on a database with the schema that the deployed one has and rows in every table.
 * Throws where one fails there, or takes something away that it does not say is meant to go.
 */
export const tryMigrations = async ({ applied }: Migrations): Promise<void> => {
  const lost = await losses(readMigrations(), applied).catch((error: Error) => {
    throw new DeployFault(`The new migrations cannot be tried on this machine, so none was applied: ${error.message}`);
  });
  if (lost.length === 0) return;
  throw new DeployFault(
    `The new migrations lose or break something in a database with rows, so none was applied: ${lost.join('; ')}. CONTRIBUTING.md says how to keep it.`,
  );
};

// A migration may have much to do; wrangler waits as long.
const APPLIED_WITHIN_MS = 300_000;

const notDeployed = (reason: string, name?: string): DeployFault =>
  new DeployFault(`The migrations failed${name ? ` at ${name}` : ''}, and no code was deployed: ${reason}.`);

/**
 * Applies what a database (by its id) has not had yet, as `wrangler d1 migrations apply` does: each migration in a request
 * of its own, which D1 carries out whole or not at all, with the note that it was applied. At the first that fails it
 * throws what `faultOf` makes of the reason and the migration's name; those before it stay.
 */
export const applyMigrations = async (
  { api }: Pick<Account, 'api'>,
  database: string,
  faultOf: (reason: string, name?: string) => Error = notDeployed,
): Promise<void> => {
  const run = (sql: string, name?: string): Promise<unknown> =>
    api.post(`/d1/database/${database}/query`, { sql }, APPLIED_WITHIN_MS).catch((error: Error) => {
      throw faultOf(error.message.replace(/\.$/, ''), name);
    });
  await run(NOTES);
  const applied = await appliedTo({ api }, database);
  for (const migration of readMigrations().filter(({ name }) => !applied.includes(name)))
    await run(noted(migration), migration.name);
};
