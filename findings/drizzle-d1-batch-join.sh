#!/usr/bin/env bash
# drizzle-orm 0.45.4 on D1 (the local one of wrangler 4.156.2, on Node 24.21.0)
#
# Expected: a query gives the same rows whether it is awaited alone or is part of db.batch([...]).
#
# What happens: where two selected columns have the same name in SQL, the batch gives other values, without an error.
# `users.id` and `sessions.id` are both called `id`. Alone, Drizzle asks D1 for rows as lists; a batch gives it objects
# keyed by column name, in which the second `id` overwrites the first, and the values that remain move up one place: the
# user gets the id of the session. A name of its own for the column (`AS`) helps.
#
# Seen:
#   alone:        [ { user: { id: 1, name: 'Ada' }, sessionId: 77 } ]
#   batch:        [ { user: { id: 77, name: 'Ada' }, sessionId: undefined } ]
#   batch, alias: [ { user: { id: 1, name: 'Ada' }, sessionId: 77 } ]
#
# Reported to Drizzle: https://github.com/drizzle-team/drizzle-orm/issues/6038
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
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { getPlatformProxy } from 'wrangler';

const users = sqliteTable('users', { id: integer().primaryKey(), name: text() });
const sessions = sqliteTable('sessions', { id: integer().primaryKey(), userId: integer('user_id') });
const { env, dispose } = await getPlatformProxy({ persist: false });
await env.DB.exec('CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)');
await env.DB.exec('CREATE TABLE sessions (id INTEGER PRIMARY KEY, user_id INTEGER)');
const db = drizzle(env.DB);
await db.insert(users).values({ id: 1, name: 'Ada' });
await db.insert(sessions).values({ id: 77, userId: 1 });

const query = (sessionId) =>
  db.select({ user: users, sessionId }).from(users).leftJoin(sessions, eq(sessions.userId, users.id));
console.log('alone:       ', await query(sessions.id).all());
console.log('batch:       ', (await db.batch([query(sessions.id)]))[0]);
console.log('batch, alias:', (await db.batch([query(sql`${sessions.id}`.as('session_id'))]))[0]);
await dispose();
JS
seen=$(node query.mjs)
echo "$seen"
[[ $seen == *"alone:        [ { user: { id: 1, name: 'Ada' }, sessionId: 77 } ]"* &&
  $seen == *"batch:        [ { user: { id: 77, name: 'Ada' }, sessionId: undefined } ]"* ]]
