#!/usr/bin/env bash
# vitest 5.1.1; 4.0.18 beside it
#
# Expected: the `fullName` that vitest's JSON report gives a test is a name by which `-t` runs that test again.
#
# What happens: since 5, `-t` compares a name whose parts are joined by " > ", and the report still joins them by a space. What
# runs those tests again that a report says have failed finds none of them that stands in a `describe`: they are skipped, and the
# run ends with 0, as if they passed now. `ancestorTitles` and `title` of the report, joined by " > ", find them.
#
# Seen:
#   4.0.18: reported as "a basket holds eggs"; by that name: 1; by its parts: 0
#   5.1.1: reported as "a basket holds eggs"; by that name: 0; by its parts: 1
# The test fails, so 1 is that it ran.
#
# Exit: 0 while this is so, 1 once it has changed, 2 if the packages could not be installed.
set -uo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

try() {
  mkdir "$folder/$1" && cd "$folder/$1" || exit 2
  echo '{ "type": "module" }' > package.json
  npm install --silent --no-audit --no-fund "vitest@$1" || exit 2
  cat > basket.test.js << 'JS'
import { describe, expect, it } from 'vitest';
describe('a basket', () => {
  it('holds eggs', () => expect(1).toBe(2));
});
JS
  run() { node node_modules/vitest/vitest.mjs run "$@" > /dev/null 2>&1; echo $?; }
  run --reporter=json --outputFile=report.json > /dev/null
  read_report() {
    node -e "const [test] = JSON.parse(fs.readFileSync('report.json')).testResults[0].assertionResults; console.log($1)"
  }
  local name parts
  name=$(read_report 'test.fullName') parts=$(read_report "[...test.ancestorTitles, test.title].join(' > ')")
  echo "reported as \"$name\"; by that name: $(run -t "$name"); by its parts: $(run -t "$parts")"
}
old=$(try 4.0.18) || exit 2
new=$(try 5.1.1) || exit 2
echo "4.0.18: $old"
echo "5.1.1: $new"
[[ $old == 'reported as "a basket holds eggs"; by that name: 1; by its parts: 0' ]] || exit 1
[[ $new == 'reported as "a basket holds eggs"; by that name: 0; by its parts: 1' ]] || exit 1
exit 0
