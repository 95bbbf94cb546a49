import { createWriteStream, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Account, openAccount } from '../deploy/account.ts';
import { found } from '../deploy/cloudflare.ts';
import { readDeployment } from '../deploy/deployment.ts';
import { applyMigrations } from '../deploy/migrate.ts';
import { givenIds, namesOf, readTomls, varNamesOf } from '../deploy/names.ts';
import { findDatabase } from '../deploy/resources.ts';
import { runWrangler } from '../deploy/wrangler.ts';
import { DatabaseFault } from './database-fault.ts';
import { loadDump, mendTexts } from './dump.ts';
import { type Ask, importText, lookAt } from './import-statements.ts';
import { removeAtExit } from './left-behind.ts';
import { type Place, unmigrated, unread } from './place.ts';

type Database = { name: string; id: string; account: Account };

/** Works in a folder that nobody else can read, which is gone afterwards. */
const inFolder = async <Result>(work: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-database-'));
  const left = removeAtExit(folder);
  try {
    return await work(folder);
  } finally {
    left.remove();
  }
};

/** Runs a command of `wrangler d1` on the database; answers why it failed, or undefined. */
const runD1 = async ({ name, id, account }: Database, folder: string, args: readonly string[]) => {
  const config = join(folder, 'wrangler.json');
  const binding = { binding: 'DB', database_name: name, database_id: id };
  writeFileSync(
    config,
    JSON.stringify({ name: 'database', compatibility_date: '2026-11-01', d1_databases: [binding] }),
  );
  const env = { CLOUDFLARE_ACCOUNT_ID: account.id, CLOUDFLARE_API_TOKEN: account.token };
  const { code, reason } = await runWrangler(['d1', ...args, '--remote', '--config', config], env);
  return code === 0 ? undefined : reason.replace(/\.$/, '');
};

const asking =
  ({ id, account }: Database): Ask =>
  async <Row>(sql: string) =>
    (await account.api.post<{ results: Row[] }[]>(`/d1/database/${id}/query`, { sql }))[0]?.results ?? [];

/** Cloudflare stops the database for as long as it writes the dump, so that it is of one moment. */
const snapshot =
  (database: Database): Place['snapshot'] =>
  (work) =>
    inFolder(async (folder) => {
      const dump = join(folder, 'dump.sql');
      const why = await runD1(database, folder, ['export', 'DB', '--skip-confirmation', '--output', dump]);
      if (why !== undefined) throw new DatabaseFault(`The database ${database.name} was not exported: ${why}.`);
      const loaded = await loadDump(dump, join(folder, 'loaded.sqlite')).catch((error: Error) => {
        throw new DatabaseFault(`What was exported of ${database.name} cannot be read: ${error.message}.`);
      });
      try {
        await mendTexts(loaded, asking(database));
        return await work(loaded);
      } finally {
        loaded.close();
      }
    });

// wrangler may have ended while Cloudflare went on.
const AGAIN =
  'Try again: it is read whole or not at all, and where the database is not empty by then, `after-restore` is what is left to do.';

const read =
  (database: Database): Place['read'] =>
  (exported, tables, pending) =>
    inFolder(async (folder) => {
      const file = join(folder, 'import.sql');
      await pipeline(Readable.from(importText(tables, exported)), createWriteStream(file, { mode: 0o600 }));
      const why = await runD1(database, folder, ['execute', 'DB', '--yes', '--file', file]);
      if (why !== undefined) throw unread(database.name, why, AGAIN);
      if (pending.length === 0) return;
      await applyMigrations(database.account, database.id, (reason, name) =>
        unmigrated(database.name, name ?? pending.join(', '), reason),
      );
    });

type Bindings = { bindings: { type: string; name: string; id?: string; database_id?: string }[] };

/** Opens the database of a deployment, with the credentials of a deployment. */
export const openDeployedDatabase = async (environment: string): Promise<Place> => {
  const tomls = readTomls();
  const deployment = readDeployment(environment, varNamesOf(tomls), process.env);
  const { database: name, workers } = namesOf(tomls, deployment);
  const account = await openAccount();
  const id = givenIds(tomls, deployment).database ?? (await findDatabase(account.api, name));
  if (id === undefined) {
    throw new DatabaseFault(
      `There is no database ${name}: make one by \`npm run wrangler -- d1 create ${name}\`, or by a deployment.`,
    );
  }
  const database = { name, id, account };
  return {
    name,
    snapshot: snapshot(database),
    look: () => lookAt(asking(database)),
    read: read(database),
    isServed: async () => {
      const worker = await found(account.api.get<Bindings>(`/workers/scripts/${workers.api}/settings`));
      const bound = worker?.bindings.find((binding) => binding.type === 'd1' && binding.name === 'DB');
      return bound !== undefined && (bound.database_id ?? bound.id) === id;
    },
  };
};
