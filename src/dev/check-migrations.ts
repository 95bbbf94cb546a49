/**
 * Exits with 1 if drizzle/schema.ts says something that no migration does yet.
 *
 *   node src/dev/check-migrations.ts
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DrizzleSQLiteSnapshotJSON, generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api';
import * as schema from '../../drizzle/schema.ts';

const SNAPSHOTS = join(import.meta.dirname, '../../migrations/meta');

const newest = readdirSync(SNAPSHOTS)
  .filter((name) => name.endsWith('_snapshot.json'))
  .sort()
  .at(-1);
if (newest === undefined) throw new Error('There is no migration yet.');

const migrated = JSON.parse(readFileSync(join(SNAPSHOTS, newest), 'utf8')) as DrizzleSQLiteSnapshotJSON;
const missing = await generateSQLiteMigration(migrated, await generateSQLiteDrizzleJson(schema));
if (missing.length > 0) {
  console.error(
    `Run \`npm run generate:migrations\`: the schema has changes without a migration.\n${missing.join('\n')}`,
  );
  process.exitCode = 1;
}
