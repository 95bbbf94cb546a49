#!/usr/bin/env bash
# vitest 5.1.1; 4.0.18 beside it
#
# Expected: vitest reads its configuration once a run, so what the file does besides (it builds something, makes a key, prints a
# line, takes a port) happens once. So it was up to 4, whatever projects the file lists.
#
# What happens: since 5, a project that is written into the file extends it unless it says otherwise, and one that brings plugins
# gets a Vite of its own, for which the file is read and called anew, in the same process. Two projects with plugins: three
# readings, and what one of them has made (a key, a random port) is not what another was given. `extends: false` ends it.
#
# Seen:
#   4.0.18: without plugins 1, two with plugins 1
#   5.1.1: without plugins 1, two with plugins 3, with extends: false 1
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -uo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

install() {
  mkdir "$folder/$1" && cd "$folder/$1" || exit 2
  echo '{ "type": "module" }' > package.json
  npm install --silent --no-audit --no-fund "vitest@$1" || exit 2
  echo "import { it } from 'vitest'; it('passes', () => {});" > one.test.js
}

# How often the file is read where two projects have these options.
readings() {
  cat > vitest.config.js << JS
import { appendFileSync } from 'node:fs';
appendFileSync('readings', '.');
const project = (name) => ({ ...$1, test: { name, include: ['one.test.js'] } });
export default { test: { projects: [project('one'), project('other')] } };
JS
  rm -f readings
  node node_modules/vitest/vitest.mjs run > out.txt 2>&1 || { cat out.txt >&2; exit 2; }
  wc -c < readings | tr -d ' '
}

plugins="plugins: [{ name: 'nothing' }]"
install 4.0.18
old="without plugins $(readings '{}'), two with plugins $(readings "{ $plugins }")"
install 5.1.1
new="without plugins $(readings '{}'), two with plugins $(readings "{ $plugins }")"
new="$new, with extends: false $(readings "{ extends: false, $plugins }")"
echo "4.0.18: $old"
echo "5.1.1: $new"
[[ $old == 'without plugins 1, two with plugins 1' ]] || exit 1
[[ $new == 'without plugins 1, two with plugins 3, with extends: false 1' ]] || exit 1
exit 0
