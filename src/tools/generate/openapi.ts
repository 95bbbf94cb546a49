/**
 * Writes the API's document from the app's routes, the schemas that validate, and what is told beside the routes.
 *
 *   node src/tools/generate/openapi.ts           writes docs/openapi.json
 *   node src/tools/generate/openapi.ts --check   writes nothing, and exits with 1 if it is out of date
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from '../../api/app.ts';
import { openApiDocument } from '../../api/openapi/document.ts';
import { ROOT } from '../root.ts';

const FILE = 'docs/openapi.json';

const text = `${JSON.stringify(await openApiDocument(app.routes), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(join(ROOT, FILE), text);
} else if (readFileSync(join(ROOT, FILE), 'utf8') !== text) {
  console.error(`Run \`npm run generate:openapi\` to bring ${FILE} up to date.`);
  process.exitCode = 1;
}
