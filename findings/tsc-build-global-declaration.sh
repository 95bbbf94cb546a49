#!/usr/bin/env bash
# TypeScript 7.0.2; 5.9.3 beside it
#
# Expected: `tsc --build` checks a project again whose files have changed, also where the file that changed is a declaration
# that no other imports, such as the types of a Worker's bindings that wrangler generates.
#
# What happens: 7.0.2 looks at the file that has changed and at those that import it. What others say about the names that it
# declares for everybody stays as it was: an error that has gone is printed again, and a name that has gone is not missed, with
# exit code 0, until --force or a change of the file that uses it. 5.9.3 tells both.
#
# Seen:
#   7.0.2: the name goes: 0, with --force: 2; the name comes: 2, with --force: 0
#   5.9.3: the name goes: 1, with --force: 1; the name comes: 0, with --force: 0
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -uo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
echo '{}' > package.json
npm install --silent --no-audit --no-fund new@npm:typescript@7.0.2 old@npm:typescript@5.9.3 || exit 2

try() {
  local tsc="$folder/node_modules/$1/bin/tsc"
  mkdir "$folder/$1-project" && cd "$folder/$1-project" || exit 2
  echo '{ "compilerOptions": { "composite": true, "outDir": "out", "types": [] } }' > tsconfig.json
  echo 'export const read = (bindings: Bindings): string => bindings.NAME;' > read.ts
  with='interface Bindings { OTHER: string; NAME: string }'
  without='interface Bindings { OTHER: string }'
  build() { node "$tsc" --build "$@" > /dev/null; echo $?; }
  echo "$with" > bindings.d.ts; build > /dev/null
  echo "$without" > bindings.d.ts; gone=$(build) gone_forced=$(build --force)
  echo "$with" > bindings.d.ts; come=$(build) come_forced=$(build --force)
  echo "the name goes: $gone, with --force: $gone_forced; the name comes: $come, with --force: $come_forced"
}
new=$(try new) old=$(try old)
echo "7.0.2: $new"
echo "5.9.3: $old"
[[ $new == 'the name goes: 0, with --force: 2; the name comes: 2, with --force: 0' ]] || exit 1
[[ $old == 'the name goes: 1, with --force: 1; the name comes: 0, with --force: 0' ]] || exit 1
