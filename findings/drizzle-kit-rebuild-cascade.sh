#!/usr/bin/env bash
# drizzle-kit 0.31.11 with drizzle-orm 0.45.4, applied by wrangler 4.156.2 to local D1, Node 24.21.0
#
# Expected: another default for one column of `users` touches no row of another table. The generated migration sees to
# that itself: it copies the table, drops the old one, and begins with `PRAGMA foreign_keys=OFF`.
#
# What happens: drizzle-kit writes that line also when it is told that the database is D1; D1 runs the file in a
# transaction, in which SQLite ignores it without a word. So DROP TABLE deletes the old rows with foreign keys on, and
# ON DELETE CASCADE empties the table that refers to them. wrangler reports success. In Node's SQLite, where foreign
# keys are on by default too, the same file keeps every row.
#
# Seen:
#   generated:   PRAGMA foreign_keys=OFF;
#   node:sqlite: {"users":2,"notes":2}
#   D1:          {"users":2,"notes":0}
#
# Drizzle is asked for another line: https://github.com/drizzle-team/drizzle-orm/issues/3065
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "allowScripts": { "node": true, "esbuild": true, "workerd": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 wrangler@4.156.2 drizzle-kit@0.31.11 drizzle-orm@0.45.4 || exit 2
export PATH="$folder/node_modules/.bin:$PATH" CI=true NO_COLOR=1
export WRANGLER_SEND_METRICS=false WRANGLER_LOG_PATH="$folder/logs"

printf '%s\n' 'name = "example"' 'compatibility_date = "2026-11-01"' '[[d1_databases]]' 'binding = "DB"' \
  'database_name = "example"' 'database_id = "example"' 'migrations_dir = "drizzle"' > wrangler.toml
cat > red.ts <<'TS'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
export const users = sqliteTable('users', { id: integer().primaryKey(), colour: text().default('red') });
export const notes = sqliteTable('notes', {
  userId: integer('user_id').references(() => users.id, { onDelete: 'cascade' }),
});
TS
sed 's/red/blue/' red.ts > blue.ts
rows='INSERT INTO users (id) VALUES (1), (2); INSERT INTO notes VALUES (1), (2);'
counts='SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM notes) AS notes'
drizzle-kit generate --dialect sqlite --driver d1-http --schema red.ts --name first > /dev/null
wrangler d1 migrations apply example --local > /dev/null
wrangler d1 execute example --local --command "$rows" > /dev/null
drizzle-kit generate --dialect sqlite --driver d1-http --schema blue.ts --name second > /dev/null
wrangler d1 migrations apply example --local > /dev/null

generated=$(grep -o 'PRAGMA foreign_keys=OFF;' drizzle/0001_second.sql || true)
by_d1=$(wrangler d1 execute example --local --json --command "$counts" |
  node -p "JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8'))[0].results[0])")
by_node=$(node -p "const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(':memory:')
  const apply = (name) => db.exec(fs.readFileSync('drizzle/' + name + '.sql', 'utf8'))
  apply('0000_first'); db.exec('$rows'); apply('0001_second'); JSON.stringify(db.prepare('$counts').get())")
printf '%s\n' "generated:   $generated" "node:sqlite: $by_node" "D1:          $by_d1"
[[ $generated && $by_node == '{"users":2,"notes":2}' && $by_d1 == '{"users":2,"notes":0}' ]]
