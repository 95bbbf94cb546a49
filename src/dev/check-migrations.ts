/**
 * Exits with 1 if drizzle/schema.ts says something that no migration does yet, or if the code before a migration could
 * not live with it.
 *
 *   node src/dev/check-migrations.ts
 */
import { type DrizzleSQLiteSnapshotJSON, generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api';
import * as schema from '../../drizzle/schema.ts';
import { incompatibleSteps, readMigrations } from '../deploy/compatibility.ts';

const fail = (sentence: string, lines: readonly string[]): void => {
  console.error([sentence, ...lines].join('\n'));
  process.exitCode = 1;
};

const migrations = readMigrations();
const newest = migrations.at(-1)?.snapshot as DrizzleSQLiteSnapshotJSON | undefined;
if (!newest) throw new Error('There is no migration yet.');

const missing = await generateSQLiteMigration(newest, await generateSQLiteDrizzleJson(schema));
if (missing.length > 0) {
  fail('Run `npm run generate:migrations`: the schema has changes without a migration.', missing);
}

const hurting = incompatibleSteps(migrations);
if (hurting.length > 0) {
  fail(
    'The code that runs before these migrations could not live with them; expand first, contract a release later:',
    hurting,
  );
}
