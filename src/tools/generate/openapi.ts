/**
 * Writes the API's document to the file that the Worker serves.
 *
 *   node src/tools/generate/openapi.ts           writes docs/openapi.json
 *   node src/tools/generate/openapi.ts --check   writes nothing, and exits with 1 if it is out of date
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { learnCommonPasswords } from '../../accounts/passwords/common-password.ts';
import { apiDocument } from '../../api/document.ts';
import { ROOT } from '../root.ts';

const FILE = 'docs/openapi.json';

// Among its examples is what is said of one.
await learnCommonPasswords(async () => readFileSync(join(ROOT, 'src/accounts/data/common-passwords.txt'), 'utf8'));

const text = `${JSON.stringify(await apiDocument(), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(join(ROOT, FILE), text);
} else if (readFileSync(join(ROOT, FILE), 'utf8') !== text) {
  console.error(`Run \`npm run generate:openapi\` to bring ${FILE} up to date.`);
  process.exitCode = 1;
}
