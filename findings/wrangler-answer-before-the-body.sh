#!/usr/bin/env bash
# wrangler 4.156.2, `wrangler dev`, and beside it the workerd that it brings; Node 24.21.0
#
# Expected: a Worker that refuses a request by its headers, such as one with a token that has run out, is heard by the client,
# however much the client still sends (RFC 9112 §9.3), and at once. Where workerd itself serves the same Worker it is.
#
# What happens: behind `wrangler dev` the answer of a Worker that leaves the body alone waits until the client has sent all of
# it, so that of a client that holds it back never comes. Where the Worker lets go of the body it comes at once, but of large
# uploads many are lost: the connection is cut, or the client reads a 500 of the proxy, with "Network connection lost" and lines
# of its code.
#
# Seen (16 MB, forty times; then a client that sends one byte of them and waits for two seconds):
#   wrangler dev, left alone: 401 heard: 40 of 40, of the held body: none
#   wrangler dev, let go:     401 heard: 16 of 40, of the held body: 401
#   workerd, left alone:      401 heard: 40 of 40, of the held body: 401
#   workerd, let go:          401 heard: 40 of 40, of the held body: 401
# How many of the second are lost changes from run to run.
#
# Exit: 0 while `wrangler dev` cannot do both, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
dev=
trap '[[ -z $dev ]] || kill -- -"$dev" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "allowScripts": { "node": true, "esbuild": true, "workerd": true } }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0 wrangler@4.156.2 || exit 2
export PATH="$folder/node_modules/.bin:$PATH" CI=true NO_COLOR=1 CLOUDFLARE_CF_FETCH_ENABLED=false
export WRANGLER_SEND_METRICS=false WRANGLER_LOG_PATH="$folder/logs" WRANGLER_REGISTRY_PATH="$folder/registry"

printf '%s\n' 'name = "example"' 'main = "index.mjs"' 'compatibility_date = "2026-11-01"' > wrangler.toml
cat > workerd.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "index.mjs", esModule = embed "index.mjs")], compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
CAPNP
head -c 16000000 /dev/zero > large
cat > held.mjs <<'JS'
import { connect } from 'node:net';
const client = connect({ host: '127.0.0.1', port: Number(process.argv[2]) });
client.write('POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 16000000\r\n\r\nx');
client.once('data', (answer) => end(String(answer).split(' ')[1]));
setTimeout(() => end('none'), 2000);
const end = (answer) => { console.log(answer); process.exit(); };
JS

# Serves the Worker by a command that says its port, and tells what is heard.
try() {
  local port='' count=0
  : > output
  setsid "$@" > output 2>&1 3>&1 &
  dev=$!
  until port=$(grep -oE 'http://127.0.0.1:[0-9]+|"port":[0-9]+' output | grep -oE '[0-9]+$' | head -1) && [[ -n $port ]]; do
    kill -0 "$dev" && sleep 0.2
  done
  for _ in $(seq 40); do
    [[ $(curl -s -o answer -w '%{http_code} %{exitcode}' --data-binary @large "http://127.0.0.1:$port" || true) != '401 0' ]] ||
      count=$((count + 1))
  done
  said="401 heard: $count of 40, of the held body: $(node held.mjs "$port")"
  kill -- -"$dev" 2>/dev/null || true
  wait "$dev" 2>/dev/null || true
  dev=
}

declare -A results
for how in 'left alone' 'let go'; do
  cancel=$([[ $how == 'let go' ]] && echo 'request.body.cancel().catch(() => {});' || true)
  echo "export default { fetch(request) { $cancel return new Response('no', { status: 401 }); } };" > index.mjs
  try wrangler dev --ip 127.0.0.1 --port 0 --inspector-port 0 --show-interactive-dev-session=false
  results["wrangler dev, $how"]=$said
  try workerd serve --control-fd=3 workerd.capnp
  results["workerd, $how"]=$said
done
for what in "${!results[@]}"; do echo "$what: ${results[$what]}"; done | sort
both='401 heard: 40 of 40, of the held body: 401'
[[ ${results['workerd, left alone']} == "$both" && ${results['workerd, let go']} == "$both" ]]
[[ ${results['wrangler dev, left alone']} == '401 heard: 40 of 40, of the held body: none' ]]
[[ ${results['wrangler dev, let go']} != "$both" && ${results['wrangler dev, let go']} == *'of the held body: 401' ]]
