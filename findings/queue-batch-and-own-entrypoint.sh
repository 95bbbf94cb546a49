#!/usr/bin/env bash
# wrangler 4.156.2 (workerd), `wrangler dev`, a queue's consumer, compatibility date 2026-11-01, Node 24.21.0
#
# Expected: work that a queue handler hands to `ctx.waitUntil` goes on behind the batch, as work of a request goes on behind its
# answer; the handler has returned, so the next batch can begin.
#
# What happens: the batch is not done before that work is, and the next batch of the queue waits for it. The same work behind a
# call to an entrypoint of the Worker's own (`exports.Own.begin()` of cloudflare:workers, whose `ctx.waitUntil` is another
# invocation's) is waited for by nobody.
#
# Seen (the work of each message takes three seconds; two messages, one a batch):
#   by ctx.waitUntil:       begin begin, 3 s between them
#   by its own entrypoint:  begin begin, 0 s between them
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

printf '%s\n' 'name = "example"' 'main = "index.mjs"' 'compatibility_date = "2026-11-01"' \
  '[[queues.producers]]' 'binding = "QUEUE"' 'queue = "words"' \
  '[[queues.consumers]]' 'queue = "words"' 'max_batch_size = 1' 'max_batch_timeout = 0' > wrangler.toml
cat > index.mjs <<'JS'
import { exports, WorkerEntrypoint } from 'cloudflare:workers';
const begun = [];
const work = () => {
  begun.push(Date.now());
  return scheduler.wait(3000);
};
export class Own extends WorkerEntrypoint {
  begin() {
    this.ctx.waitUntil(work());
  }
}
export default {
  async fetch(request, env) {
    const way = new URL(request.url).pathname.slice(1);
    if (way === 'gap') return new Response(begun.length < 2 ? 'waiting' : String(Math.floor((begun[1] - begun[0]) / 1000)));
    begun.length = 0;
    await env.QUEUE.sendBatch([{ body: way }, { body: way }]);
    return new Response('sent');
  },
  async queue(batch, env, ctx) {
    for (const { body } of batch.messages) {
      if (body === 'own') await exports.Own.begin();
      else ctx.waitUntil(work());
    }
  },
};
JS
setsid wrangler dev --ip 127.0.0.1 --port 0 --inspector-port 0 --show-interactive-dev-session=false > output 2>&1 &
dev=$!
until address=$(grep -om1 'http://127.0.0.1:[0-9]*' output); do kill -0 "$dev" && sleep 0.2; done
gap() {
  curl -s "$address/$1" > /dev/null
  until [[ $(curl -s "$address/gap") != waiting ]]; do sleep 0.2; done
  curl -s "$address/gap"
}
waited=$(gap wait)
sleep 4
own=$(gap own)
printf '%s\n' "by ctx.waitUntil:       begin begin, $waited s between them" "by its own entrypoint:  begin begin, $own s between them"
[[ $waited -ge 3 && $own -le 1 ]]
