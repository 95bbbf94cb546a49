#!/usr/bin/env bash
# npm 11.19.1
#
# Expected: an entry of `overrides` that is added to package.json holds from the next `npm install` on, which works out the
# whole tree anew where package.json has changed.
#
# What happens: where package-lock.json already has the package nested below its dependent, `npm install
# --package-lock-only` says "up to date" and leaves it at the version that the override forbids; npm's own `npm ls` then
# calls the tree invalid. Without the lock file, or without the nested entries in it, the override holds.
#
# Seen (@esbuild-kit/core-utils 3.3.2 asks for esbuild ~0.18.20, overridden by the project's own 0.28.2):
#   lock file from before: 0.18.20
#   no lock file:          none nested
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder/npm" npm@11.19.1 || exit 2
npm() { node "$folder/npm/node_modules/npm/bin/npm-cli.js" "$@"; }

project() { # what stands beside the dependencies
  echo "{ \"dependencies\": { \"esbuild\": \"0.28.2\", \"@esbuild-kit/core-utils\": \"3.3.2\" }$1 }" > package.json
}
nested() {
  node -p "JSON.parse(require('fs').readFileSync('package-lock.json', 'utf8')).packages['node_modules/@esbuild-kit/core-utils/node_modules/esbuild']?.version ?? 'none nested'"
}
lock() { npm install --package-lock-only --silent --no-audit --no-fund --ignore-scripts; }

project ''
lock || exit 2
project ', "overrides": { "@esbuild-kit/core-utils": { "esbuild": "$esbuild" } }'
lock
before=$(nested)
rm package-lock.json
lock
anew=$(nested)
printf '%s\n' "lock file from before: $before" "no lock file:          $anew"
[[ $before == 0.18.20 && $anew == 'none nested' ]]
