/**
 * Exits with 1 if drizzle/schema.ts says something that no migration does yet, if the code before a migration could not
 * live with it, or if it would take something out of a database that is at work.
 *
 *   node src/tools/check/migrations.ts
 */
import { type DrizzleSQLiteSnapshotJSON, generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api';
import * as schema from '../../../drizzle/schema.ts';
import {
  firstDeployed,
  incompatibleSteps,
  type Migration,
  MigrationFault,
  readMigrations,
} from '../migrations/compatibility.ts';
import { losses } from '../migrations/losses.ts';

const fail = (sentence: string, lines: readonly string[]): void => {
  console.error([sentence, ...lines].join('\n'));
  process.exitCode = 1;
};

const read = (): Migration[] => {
  try {
    return readMigrations();
  } catch (error) {
    if (!(error instanceof MigrationFault)) throw error;
    console.error(error.message);
    process.exit(1);
  }
};

const migrations = read();
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

const lost = await losses(migrations, firstDeployed(migrations));
if (lost.length > 0) {
  fail(
    'On a database with rows in it these migrations lose or break something. CONTRIBUTING.md shows a rebuild that keeps ' +
      'everything; what is meant to go is named in the migration, as `-- Meant to lose rows of a_table: why.`:',
    lost,
  );
}
