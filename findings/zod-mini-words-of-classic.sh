#!/usr/bin/env bash
# zod 4.6.7, `zod/mini` beside `zod`, Node 24.21.0
#
# Expected: what a schema of zod/mini says of wrong input depends on that schema and on what the program has configured.
#
# What happens: zod/mini has no words of its own and says "Invalid input" of everything. But the first schema that anybody
# makes with `zod`, as a test, a tool or another package does, gives English words to the schemas of zod/mini too, also to those
# made before. So a test beside which both are used sees sentences that the program alone never says.
#
# Seen:
#   mini alone:                  Invalid input
#   once zod is loaded:          Invalid input
#   once zod has made a schema: Invalid input: expected string, received number
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "allowScripts": { "node": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 zod@4.6.7 || exit 2
export PATH="$folder/node_modules/.bin:$PATH"

cat > words.mjs <<'JS'
import * as z from 'zod/mini';

const name = z.string();
const saidOf = (value) => name.safeParse(value).error.issues[0].message;
console.log('mini alone:                 ', saidOf(1));
const zod = await import('zod');
console.log('once zod is loaded:         ', saidOf(1));
zod.boolean();
console.log('once zod has made a schema:', saidOf(1));
JS
seen=$(node words.mjs)
echo "$seen"
[[ $seen == 'mini alone:                  Invalid input
once zod is loaded:          Invalid input
once zod has made a schema: Invalid input: expected string, received number' ]]
