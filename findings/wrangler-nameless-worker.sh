#!/usr/bin/env bash
# wrangler 4.156.2, `wrangler dev` with two Workers, Node 24.21.0
#
# Expected: with several configurations wrangler puts the name of the Worker in front of each of its lines.
#
# What happens: a Worker whose configuration has a `[build]` command has no name there: its lines begin with `[undefined]`.
# The other Worker's lines, and those of the same Worker without the command, are named.
#
# Seen:
#   with a build command:    [other] and [undefined]
#   without a build command: [first] and [other]
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
dev=
trap '[[ -z $dev ]] || kill -- -"$dev" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "allowScripts": { "node": true, "esbuild": true, "workerd": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 wrangler@4.156.2 || exit 2
export PATH="$folder/node_modules/.bin:$PATH" CI=true NO_COLOR=1 CLOUDFLARE_CF_FETCH_ENABLED=false
export WRANGLER_SEND_METRICS=false WRANGLER_LOG_PATH="$folder/logs" WRANGLER_REGISTRY_PATH="$folder/registry"

worker() { # name, lines of the configuration
  mkdir -p "$1"
  printf 'name = "%s"\nmain = "index.mjs"\ncompatibility_date = "2026-11-01"\n%s' "$1" "$2" > "$1/wrangler.toml"
  cat > "$1/index.mjs" <<JS
export default {
  async fetch(request, env) {
    console.log('this is $1');
    return env.OTHER ? env.OTHER.fetch(request) : new Response('ok');
  },
};
JS
}
prefixes() { # lines of the first Worker's configuration
  worker first "$1"$'[[services]]\nbinding = "OTHER"\nservice = "other"\n'
  worker other ''
  setsid wrangler dev -c first/wrangler.toml -c other/wrangler.toml --ip 127.0.0.1 --port 0 --inspector-port 0 \
    --show-interactive-dev-session=false > output 2>&1 &
  dev=$!
  until address=$(grep -om1 'http://127.0.0.1:[0-9]*' output); do kill -0 "$dev" && sleep 0.2; done
  curl -s "$address" > /dev/null
  until grep -q 'this is other' output; do sleep 0.2; done
  kill -- -"$dev" && wait "$dev" || true
  dev=
  sed -n 's/ .*this is .*//p' output | sort | paste -sd ' ' | sed 's/ / and /'
}

with=$(prefixes $'[build]\ncommand = "true"\n')
without=$(prefixes '')
printf '%s\n' "with a build command:    $with" "without a build command: $without"
[[ $with == '[other] and [undefined]' || $with == '[undefined] and [other]' ]] && [[ $without == '[first] and [other]' ]]
