/**
 * Brings the database of a copy on this machine up to date, each migration whole or not at all. Exits with 1 and one
 * sentence on standard error at the first that fails; those before it stay.
 *
 *   node src/tools/migrations/apply-locally.ts CONFIG FOLDER
 *
 * CONFIG is the Worker's configuration in JSON, FOLDER the one where `wrangler dev` keeps what it persists. wrangler's own
 * command starts the runtime anew for each migration and each look at the database, which takes four times as long.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalDatabase, withDatabaseOf } from './local-d1.ts';

type Config = { d1_databases: { binding: string; migrations_dir: string }[] };

const applyAll = async (database: LocalDatabase, folder: string): Promise<void> => {
  await database.applyAtOnce([]);
  const [applied = []] = await database.read('SELECT name FROM d1_migrations');
  const names = new Set(applied.map(({ name }) => name));
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql') && !names.has(file));
  for (const file of files.sort()) {
    const migration = { name: file.replace(/\.sql$/, ''), sql: readFileSync(join(folder, file), 'utf8') };
    await database.applyAtOnce([migration]).catch((error: Error) => {
      throw new Error(`The migration ${file} failed: ${error.message}.`);
    });
  }
};

const [config = '', folder = ''] = process.argv.slice(2);
const { d1_databases: databases } = JSON.parse(readFileSync(config, 'utf8')) as Config;
try {
  for (const binding of databases)
    await withDatabaseOf(binding, folder, (database) => applyAll(database, binding.migrations_dir));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
