#!/usr/bin/env bash
# wrangler 4.156.2, local D1, Node 24.21.0
#
# Expected: a text between single quotes is stored as it was written.
#
# What happens: wrangler deletes the first `BEGIN TRANSACTION;` of an SQL file and with it the first `COMMIT;`, since D1
# has its own transaction, and does not look whether they stand in a text. A row that speaks of SQL loses these words,
# and the command reports success. (A text with BEGIN TRANSACTION and no semicolon is refused.) Node's SQLite keeps it.
#
# Seen:
#   written:     Write BEGIN TRANSACTION; UPDATE t SET a = 1; COMMIT; to change both or neither.
#   node:sqlite: Write BEGIN TRANSACTION; UPDATE t SET a = 1; COMMIT; to change both or neither.
#   execute:     Write  UPDATE t SET a = 1;  to change both or neither.
#   migration:   Write  UPDATE t SET a = 1;  to change both or neither.
#
# The refusal is reported to Cloudflare: https://github.com/cloudflare/workers-sdk/issues/5085
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "allowScripts": { "node": true, "esbuild": true, "workerd": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 wrangler@4.156.2 || exit 2
export PATH="$folder/node_modules/.bin:$PATH" CI=true NO_COLOR=1
export WRANGLER_SEND_METRICS=false WRANGLER_LOG_PATH="$folder/logs"

printf '%s\n' 'name = "example"' 'compatibility_date = "2026-11-01"' \
  'd1_databases = [{ binding = "DB", database_name = "example", database_id = "example" }]' > wrangler.toml
written='Write BEGIN TRANSACTION; UPDATE t SET a = 1; COMMIT; to change both or neither.'
mkdir migrations
printf "CREATE TABLE tips (tip TEXT);\nINSERT INTO tips VALUES ('%s');\n" "$written" > migrations/0001_tips.sql

by_node=$(node -p "const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(':memory:')
  db.exec(fs.readFileSync('migrations/0001_tips.sql', 'utf8')); db.prepare('SELECT tip FROM tips').get().tip")
read_back() { # folder of the database
  wrangler d1 execute example --local --persist-to "$1" --json --command 'SELECT tip FROM tips' |
    node -p "JSON.parse(fs.readFileSync(0, 'utf8'))[0].results[0].tip"
}
wrangler d1 execute example --local --persist-to executed --file migrations/0001_tips.sql > /dev/null
by_execute=$(read_back executed)
wrangler d1 migrations apply example --local --persist-to applied > /dev/null
by_migration=$(read_back applied)
printf '%s\n' "written:     $written" "node:sqlite: $by_node" "execute:     $by_execute" "migration:   $by_migration"
without='Write  UPDATE t SET a = 1;  to change both or neither.'
[[ $by_node == "$written" && $by_execute == "$without" && $by_migration == "$without" ]]
