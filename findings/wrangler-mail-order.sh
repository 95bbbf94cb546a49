#!/usr/bin/env bash
# wrangler 4.156.2, `wrangler dev`, the simulator of the mail binding, Node 24.21.0
#
# Expected: a Worker that waits for one mail before it sends the next has them printed in that order.
#
# What happens: `send()` is done before the simulator has written the mail's files and printed it, which it does in the
# background. So a mail that takes longer to write is printed behind those that were sent after it.
#
# Seen (the first has an attachment of 8 MB, the second is a line):
#   sent:    first second
#   printed: second first
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
  '[[send_email]]' 'name = "MAIL"' > wrangler.toml
cat > index.mjs <<'JS'
const mail = (subject, attachments) => ({
  from: 'sender@example.com', to: 'reader@example.com', subject, text: subject, attachments,
});
export default {
  async fetch(request, env) {
    const content = new Uint8Array(8_000_000).buffer;
    await env.MAIL.send(mail('first', [{ disposition: 'attachment', filename: 'a.bin', type: 'application/octet-stream', content }]));
    await env.MAIL.send(mail('second'));
    return new Response('first second');
  },
};
JS
setsid wrangler dev --ip 127.0.0.1 --port 0 --inspector-port 0 --show-interactive-dev-session=false > output 2>&1 &
dev=$!
until address=$(grep -om1 'http://127.0.0.1:[0-9]*' output); do kill -0 "$dev" && sleep 0.2; done
sent=$(curl -s "$address")
for _ in $(seq 100); do [[ $(grep -c '^Subject: ' output) -ge 2 ]] && break; sleep 0.2; done
printed=$(sed -n 's/^Subject: //p' output | paste -sd ' ')
printf '%s\n' "sent:    $sent" "printed: $printed"
[[ $sent == 'first second' && $printed == 'second first' ]]
