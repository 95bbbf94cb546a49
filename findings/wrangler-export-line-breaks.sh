#!/usr/bin/env bash
# wrangler 4.156.2, `wrangler d1 export --local` and `wrangler d1 execute --local --file`, Node 24.21.0
#
# Expected: what an export writes is what was in the database, so reading it back gives every text as it was.
#
# What happens: a line break in a text is written as `\n` inside replace('…','\n',char(10)). A text that also holds a
# backslash and an n, as a Windows path or a piece of code does, is not written in another way, so both become line breaks
# when the file is read. A text with only one of the two comes back whole.
#
# Seen:
#   exported:  INSERT INTO "notes" ("id","text") VALUES(1,replace('C:\new\nfolder','\n',char(10)));
#   before:    C:\new<break>folder
#   read back: C:<break>ew<break>folder
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "allowScripts": { "node": true, "esbuild": true, "workerd": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 wrangler@4.156.2 || exit 2
export PATH="$folder/node_modules/.bin:$PATH" CI=true NO_COLOR=1 WRANGLER_SEND_METRICS=false WRANGLER_LOG_PATH="$folder/logs"

configured() {
  printf '%s\n' "name = \"$1\"" 'compatibility_date = "2026-11-01"' '[[d1_databases]]' 'binding = "DB"' \
    "database_name = \"$1\"" "database_id = \"$1\"" > "$1.toml"
}
configured first
configured second
printf '%s\n' 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);' \
  "INSERT INTO notes VALUES (1, 'C:' || char(92) || 'new' || char(10) || 'folder');" > notes.sql
shown="SELECT replace(text, char(10), '<break>') AS text FROM notes"
run() { wrangler "$@" 2> complaint || { cat complaint >&2; exit 1; }; }
textOf() { run d1 execute "$1" --local -c "$1.toml" --json --command "$shown" | node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8"))[0].results[0].text)'; }

run d1 execute first --local -c first.toml --file notes.sql > /dev/null
run d1 export first --local -c first.toml --output exported.sql > /dev/null
run d1 execute second --local -c second.toml --file exported.sql > /dev/null
echo "exported:  $(grep INSERT exported.sql)"
before=$(textOf first) after=$(textOf second)
echo "before:    $before"
echo "read back: $after"
[[ $before == 'C:\new<break>folder' && $after == 'C:<break>ew<break>folder' ]]
