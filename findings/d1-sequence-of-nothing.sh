#!/usr/bin/env bash
# wrangler 4.156.2, local D1, Node 24.21.0
#
# Expected: an INSERT … SELECT that finds no rows leaves the database as it was.
#
# What happens: for a table with AUTOINCREMENT it makes the table's row in sqlite_sequence, with 0, although the statement
# reports no change. Whoever compares a whole database before and after, or takes a missing row there for a table that was
# never written to, meets it.
#
# Seen:
#   changes: 0
#   before:  []
#   after:   [{"name":"a","seq":0}]
#
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
ask() { # SQL, and of what it answers a path
  wrangler d1 execute example --local --json --command "$1" | node -p "JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8')).at(-1)$2)"
}
ask 'CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT)' '' > /dev/null
before=$(ask "SELECT name, seq FROM sqlite_sequence WHERE name = 'a'" .results)
changes=$(ask "INSERT INTO a (text) SELECT 'x' WHERE 1 = 0 RETURNING id" .results.length)
after=$(ask "SELECT name, seq FROM sqlite_sequence WHERE name = 'a'" .results)
printf '%s\n' "changes: $changes" "before:  $before" "after:   $after"
[[ $changes == 0 && $before == '[]' && $after == '[{"name":"a","seq":0}]' ]]
