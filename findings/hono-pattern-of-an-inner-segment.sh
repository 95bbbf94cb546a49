#!/usr/bin/env bash
# hono 4.13.19
#
# Expected: the pattern of a parameter is about the one segment of the path that the parameter takes, so that `$` in it is the end
# of that segment, wherever the parameter stands.
#
# What happens: it is about the segment where the parameter is the last of the route. Where segments follow, it is held against
# the rest of the path: `[0-9]+$` takes no number any more, and `(?!me$)` keeps nothing out. TrieRouter and LinearRouter do the
# same; RegExpRouter refuses a lookahead, so that the default router answers as TrieRouter does. What holds in both places is a
# pattern without `$`, and `/` for the end of an inner segment.
#
# Seen:
#   last segment: /users/7 200, /users/x 404
#   inner segment, [0-9]+$: /users/7/access 404
#   inner segment, (?!me$)[^/]+: /users/me/access 200
#   inner segment, (?!me/)[^/]+: /users/me/access 404, /users/7/access 200
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' > package.json
npm install --silent --no-audit --no-fund hono@4.13.19 || exit 2

cat > ask.js <<'JS'
import { Hono } from 'hono';
const [pattern, ...paths] = process.argv.slice(2);
const app = new Hono().get(pattern, (c) => c.text('found'));
const answers = [];
for (const path of paths) answers.push(`${path} ${(await app.request(path)).status}`);
console.log(answers.join(', '));
JS
seen=$(
  echo "last segment: $(node ask.js '/users/:id{[0-9]+$}' /users/7 /users/x)"
  echo "inner segment, [0-9]+\$: $(node ask.js '/users/:id{[0-9]+$}/access' /users/7/access)"
  echo "inner segment, (?!me\$)[^/]+: $(node ask.js '/users/:id{(?!me$)[^/]+}/access' /users/me/access)"
  echo "inner segment, (?!me/)[^/]+: $(node ask.js '/users/:id{(?!me/)[^/]+}/access' /users/me/access /users/7/access)"
)
echo "$seen"
[[ $seen == 'last segment: /users/7 200, /users/x 404
inner segment, [0-9]+$: /users/7/access 404
inner segment, (?!me$)[^/]+: /users/me/access 200
inner segment, (?!me/)[^/]+: /users/me/access 404, /users/7/access 200' ]] || exit 1
