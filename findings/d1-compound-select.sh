#!/usr/bin/env bash
# wrangler 4.156.2 (workerd), D1 on this machine, Node 24.21.0
#
# Expected: a SELECT of several parts joined by UNION ALL may have 500 of them, as in any SQLite, and rows that come from no table
# cost nothing: `meta.rows_read` counts rows of tables.
#
# What happens: five parts pass, six are refused; VALUES may have as many rows as one likes. `rows_read` counts each row that
# `json_each` makes, and none that VALUES makes.
#
# Seen:
#   parts that pass: 5, refused from 6 on: too many terms in compound SELECT
#   rows read of 50 rows: json_each 50, VALUES 0
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "allowScripts": { "node": true, "esbuild": true, "workerd": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 wrangler@4.156.2 || exit 2
export PATH="$folder/node_modules/.bin:$PATH" CLOUDFLARE_CF_FETCH_ENABLED=false WRANGLER_SEND_METRICS=false
export WRANGLER_LOG_PATH="$folder/logs" WRANGLER_REGISTRY_PATH="$folder/registry"

printf '%s\n' 'name = "example"' 'compatibility_date = "2026-11-01"' \
  '[[d1_databases]]' 'binding = "DB"' 'database_name = "example"' 'database_id = "example"' > wrangler.toml
cat > seen.js <<'JS'
import { getPlatformProxy } from 'wrangler';
const { env, dispose } = await getPlatformProxy();
const ask = (sql) => env.DB.prepare(sql).all();
const parts = (n) => Array.from({ length: n }, (_, i) => `SELECT ${i} AS n`).join(' UNION ALL ');
let most = 0;
let refusal = '';
while (refusal === '' && most < 20) {
  await ask(parts(most + 1)).then(() => { most += 1; }, (error) => { refusal = error.message; });
}
const [, why] = /(too many terms in compound SELECT)/.exec(refusal) ?? [];
const numbers = Array.from({ length: 50 }, (_, i) => i);
const { meta: made } = await ask(`SELECT value FROM json_each('[${numbers}]')`);
const { meta: listed } = await ask(`SELECT column1 FROM (VALUES ${numbers.map((n) => `(${n})`)})`);
console.log(`parts that pass: ${most}, refused from ${most + 1} on: ${why}`);
console.log(`rows read of 50 rows: json_each ${made.rows_read}, VALUES ${listed.rows_read}`);
await dispose();
process.exit(most === 5 && why && made.rows_read === 50 && listed.rows_read === 0 ? 0 : 1);
JS
node seen.js
