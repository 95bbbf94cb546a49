#!/usr/bin/env bash
# drizzle-kit 0.31.11 with drizzle-orm 0.45.4, SQLite
#
# Expected: a column declared `.references(() => users.id, { onDelete: 'cascade' })` cascades in the database, whether
# it is there from the first migration or is added by a later one.
#
# What happens: in a table that is created, the generated SQL says ON DELETE cascade; for a column that is added to the
# table it does not. The snapshot beside the migration says cascade all the same, so the next `generate` finds nothing
# to do. With foreign keys on, deleting a user then fails because of the rows that should have gone with them.
#
# Seen:
#   created:  FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
#   added:    ALTER TABLE `notes` ADD `user_id` integer REFERENCES users(id);
#   snapshot: "onDelete": "cascade",
#   again:    No schema changes, nothing to migrate
#
# Reported to Drizzle: https://github.com/drizzle-team/drizzle-orm/issues/5619
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "allowScripts": { "esbuild": true } }' > package.json
npm install --silent --no-audit --no-fund drizzle-kit@0.31.11 drizzle-orm@0.45.4 || exit 2

cat > after.ts <<'TS'
import { integer, sqliteTable } from 'drizzle-orm/sqlite-core';
export const users = sqliteTable('users', { id: integer().primaryKey() });
export const notes = sqliteTable('notes', {
  id: integer().primaryKey(),
  userId: integer('user_id').references(() => users.id, { onDelete: 'cascade' }),
});
TS
grep -v userId after.ts > before.ts
generate() { # schema, folder of the migrations, name of the migration
  node_modules/.bin/drizzle-kit generate --dialect sqlite --schema "$1" --out "$2" --name "$3"
}
generate after.ts created all > /dev/null
generate before.ts added first > /dev/null
generate after.ts added second > /dev/null

created=$(grep -o 'FOREIGN KEY.*' created/0000_all.sql)
added=$(grep 'ADD `user_id`' added/0001_second.sql)
snapshot=$(grep -o '"onDelete".*' added/meta/0001_snapshot.json)
again=$(generate after.ts added third | grep -o 'No schema changes, nothing to migrate' || true)
printf '%s\n' "created:  $created" "added:    $added" "snapshot: $snapshot" "again:    $again"
[[ ${created,,} == *'on delete cascade'* && ${added,,} != *'on delete'* && $snapshot == *cascade* && $again ]]
