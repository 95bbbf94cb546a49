#!/usr/bin/env bash
# Node 24.21.0
#
# Expected: of two options that belong together, the smallest and the largest size of the space for young objects, NODE_OPTIONS
# takes both or neither. Who starts tools that are Node programs themselves has no other place to put them.
#
# What happens: NODE_OPTIONS takes `--max-semi-space-size` and refuses `--min-semi-space-size`, which works on the command line.
# The largest alone changes little for a program that ends within seconds, since the space begins small and grows by its survivors.
#
# Seen:
#   command line: both work
#   NODE_OPTIONS: --max-semi-space-size works, --min-semi-space-size is not allowed in NODE_OPTIONS
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "allowScripts": { "node": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 || exit 2
export PATH="$folder/node_modules/.bin:$PATH"
unset NODE_OPTIONS

node --min-semi-space-size=64 --max-semi-space-size=64 -e 0 || exit 1
echo 'command line: both work'
NODE_OPTIONS=--max-semi-space-size=64 node -e 0 || exit 1
refusal=$(NODE_OPTIONS=--min-semi-space-size=64 node -e 0 2>&1) && exit 1
[[ $refusal == *'is not allowed in NODE_OPTIONS'* ]] || exit 1
echo 'NODE_OPTIONS: --max-semi-space-size works, --min-semi-space-size is not allowed in NODE_OPTIONS'
