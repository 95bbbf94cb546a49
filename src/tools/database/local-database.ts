import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readTomls } from '../deploy/names.ts';
import { readMigrations } from '../migrations/compatibility.ts';
import { withDatabaseOf } from '../migrations/local-d1.ts';
import { databaseFilesIn } from '../start/local-addresses.ts';
import { nameOf, runningCopy } from '../start/state-dir.ts';
import { DatabaseFault } from './database-fault.ts';
import { type Ask, importText, lookAt } from './import-statements.ts';
import { type Place, unmigrated, unread } from './place.ts';

/** Reads a database as it is at one moment, whoever else has it open. */
const reading = async <Result>(file: string, work: (database: DatabaseSync) => Promise<Result>): Promise<Result> => {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.exec('BEGIN');
    return await work(database);
  } finally {
    database.close();
  }
};

/** The database of the copy that has its data in a state directory, which may be running or not. */
export const localDatabase = (state: string): Place => {
  const name = nameOf(state);
  const find = (): string | undefined => databaseFilesIn(state)[0];
  return {
    name,
    snapshot: async (work) => {
      const file = find();
      if (file === undefined) throw new DatabaseFault(`There is no database in ${name}.`);
      return reading(file, work);
    },
    look: async () => {
      const file = find();
      if (file === undefined) return { tables: [], filled: [] };
      return reading(file, (database) => {
        const ask: Ask = async <Row>(sql: string) => database.prepare(sql).all() as Row[];
        return lookAt(ask);
      });
    },
    read: async (exported, tables, pending) => {
      const [binding] = readTomls().api.d1_databases;
      if (!binding) throw new DatabaseFault('wrangler.toml names no database.');
      const sql = await text(Readable.from(importText(tables, exported)));
      await withDatabaseOf(binding, join(state, 'v3'), async (database) => {
        await database.run(sql).catch((error: Error) => {
          throw unread(name, error.message, 'Nothing has changed.');
        });
        for (const migration of readMigrations().filter((one) => pending.includes(one.name))) {
          await database.apply(migration).catch((error: Error) => {
            throw unmigrated(name, migration.name, error.message);
          });
        }
      });
    },
    isServed: async () => (await runningCopy(state)) !== undefined,
  };
};
