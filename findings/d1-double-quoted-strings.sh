#!/usr/bin/env bash
# D1 (the local one of wrangler 4.156.2, on Node 24.21.0) and drizzle-kit 0.31.11 with drizzle-orm 0.45.4
#
# Expected: `SELECT "author"` fails where no column has that name, as it does in Node's own SQLite. And a migration that
# adds a column leaves it empty in the rows that are there, or fails.
#
# What happens: D1 takes a double-quoted name that no column has for a string. That meets a slip of drizzle-kit: when
# one change adds a column and also makes it copy the table (here another default of another column), the new column
# stands in the SELECT that reads the old table. Node's SQLite refuses that migration. D1 applies it without a word, and
# every row gets the name of the column as its value.
#
# Seen:
#   generated: INSERT INTO `__new_notes`("id", "colour", "author") SELECT "id", "colour", "author" FROM `notes`;
#   query, node:sqlite: no such column: "author" - should this be a string literal in single-quotes?
#   query, D1: [{"\"author\"":"author"}]
#   migration, node:sqlite: no such column: "author" - should this be a string literal in single-quotes?
#   migration, D1: [{"id":1,"colour":"red","author":"author"}]
#
# Reported to Drizzle: https://github.com/drizzle-team/drizzle-orm/issues/5360
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "allowScripts": { "node": true, "esbuild": true, "workerd": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 wrangler@4.156.2 drizzle-kit@0.31.11 drizzle-orm@0.45.4 || exit 2
export PATH="$folder/node_modules/.bin:$PATH" WRANGLER_SEND_METRICS=false WRANGLER_LOG_PATH="$folder/logs"

printf '%s\n' 'name = "example"' 'compatibility_date = "2026-11-01"' \
  'd1_databases = [{ binding = "DB", database_name = "example", database_id = "example" }]' > wrangler.toml
generate() { # name of the migration, default of the column that is there, columns that are added
  echo "import { integer as int, sqliteTable, text } from 'drizzle-orm/sqlite-core';
    export const notes = sqliteTable('notes', { id: int().primaryKey(), colour: text().default('$2'), $3 });" >schema.ts
  drizzle-kit generate --dialect sqlite --schema schema.ts --name "$1" > /dev/null
}
generate first red ''
generate second blue 'author: text()'
cat > apply.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { getPlatformProxy } from 'wrangler';

const read = (name) => readFileSync(`drizzle/${name}.sql`, 'utf8').split('--> statement-breakpoint');
const { env, dispose } = await getPlatformProxy({ persist: false });
const node = new DatabaseSync(':memory:');
const run = {
  'node:sqlite': async (statements) => statements.map((sql) => node.prepare(sql).all()).at(-1),
  D1: async (statements) => (await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)))).at(-1).results,
};
for (const all of Object.values(run)) await all([...read('0000_first'), 'INSERT INTO notes (id) VALUES (1)']);
const tries = { query: ['SELECT "author"'], migration: [...read('0001_second'), 'SELECT * FROM notes'] };
for (const [what, statements] of Object.entries(tries))
  for (const [database, all] of Object.entries(run))
    console.log(`${what}, ${database}: ${await all(statements).then(JSON.stringify, (error) => error.message)}`);
await dispose();
JS
seen="generated: $(grep -o 'INSERT INTO.*;' drizzle/0001_second.sql | sed 's/;.*/;/')
$(node apply.mjs)"
echo "$seen"
[[ $seen == *'"author" FROM `notes`'*'query, node:sqlite: no such column'*'query, D1: [{"\"author\"":"author"}]'* &&
  $seen == *'migration, node:sqlite: no such column'*'migration, D1: '*'"author":"author"'* ]]
