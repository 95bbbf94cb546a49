#!/usr/bin/env bash
# drizzle-orm 0.45.4 on D1 (the local one of wrangler 4.156.2, on Node 24.21.0)
#
# Expected: a condition on a timestamp takes the same Date whether the value stands in it or is put in later, where a
# placeholder stands in a prepared query; an INSERT with a placeholder does.
#
# What happens: in a condition the column's mapping to a number is not applied to a placeholder, so the Date itself reaches
# D1, which refuses it. In `values()` of an INSERT it is applied.
#
# Seen:
#   value:       [ { id: 1 } ]
#   insert:      [ { id: 2 } ]
#   placeholder: D1_TYPE_ERROR: Type 'object' not supported for value '…'
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "allowScripts": { "node": true, "esbuild": true, "workerd": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 wrangler@4.156.2 drizzle-orm@0.45.4 || exit 2
export PATH="$folder/node_modules/.bin:$PATH" WRANGLER_SEND_METRICS=false WRANGLER_LOG_PATH="$folder/logs"

cat > wrangler.toml <<'TOML'
name = "example"
compatibility_date = "2026-11-01"
d1_databases = [{ binding = "DB", database_name = "example", database_id = "example" }]
TOML
cat > query.mjs <<'JS'
import { gt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { integer, sqliteTable } from 'drizzle-orm/sqlite-core';
import { getPlatformProxy } from 'wrangler';

const sessions = sqliteTable('sessions', { id: integer().primaryKey(), ends: integer({ mode: 'timestamp_ms' }) });
const { env, dispose } = await getPlatformProxy({ persist: false });
await env.DB.exec('CREATE TABLE sessions (id INTEGER PRIMARY KEY, ends INTEGER)');
const db = drizzle(env.DB);
const [now, later] = [new Date(1000), new Date(2000)];
await db.insert(sessions).values({ id: 1, ends: later });
const those = (value) => db.select({ id: sessions.id }).from(sessions).where(gt(sessions.ends, value));
console.log('value:      ', await those(now));
const added = db.insert(sessions).values({ id: 2, ends: sql.placeholder('ends') }).returning({ id: sessions.id }).prepare();
console.log('insert:     ', await added.all({ ends: later }));
const words = await those(sql.placeholder('now')).prepare().all({ now }).catch((error) => (error.cause ?? error).message);
console.log('placeholder:', typeof words === 'string' ? words.replace(/value '.*'/, "value '…'") : words);
await dispose();
JS
seen=$(node query.mjs)
echo "$seen"
[[ $seen == *'value:       [ { id: 1 } ]'* && $seen == *'insert:      [ { id: 2 } ]'* &&
  $seen == *"placeholder: D1_TYPE_ERROR: Type 'object' not supported for value"* ]]
