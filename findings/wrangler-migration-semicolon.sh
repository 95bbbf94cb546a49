#!/usr/bin/env bash
# wrangler 4.156.2, local D1, Node 24.21.0
#
# Expected: the last statement of an SQL file needs no semicolon: `wrangler d1 execute --file` does without.
#
# What happens: `wrangler d1 migrations apply` refuses such a file, with one statement in it or with two, and complains
# of an INSERT that the file does not have: to the text of the file it appends the one that notes it as applied.
#
# Seen:
#   execute one.sql: accepted
#   apply one.sql:   near "INSERT": syntax error at offset 41: SQLITE_ERROR
#   execute two.sql: accepted
#   apply two.sql:   near "INSERT": syntax error at offset 41: SQLITE_ERROR
#
# Reported to Cloudflare for wrangler 3: https://github.com/cloudflare/workers-sdk/issues/5564
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
printf 'CREATE TABLE a (id INTEGER PRIMARY KEY)\n' > one.sql
printf 'CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (id INTEGER PRIMARY KEY)\n' > two.sql
outcome() { # a wrangler command on a new, empty database
  if output=$(wrangler d1 "$@" --local --persist-to "$(mktemp -d -p "$folder")" 2>&1); then
    echo accepted
  else
    grep -o 'near .*SQLITE_ERROR' <<< "$output" || echo "$output"
  fi
}
changed=0
for file in one.sql two.sql; do
  rm -rf migrations && mkdir migrations && cp "$file" "migrations/0001_$file"
  executed=$(outcome execute example --file "$file")
  applied=$(outcome migrations apply example)
  printf '%s\n' "execute $file: $executed" "apply $file:   $applied"
  [[ $executed == accepted && $applied == 'near "INSERT": syntax error'* ]] || changed=1
done
exit "$changed"
