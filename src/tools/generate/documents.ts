/**
 * Fills the tables of the documents with what the code, its configuration and the tests know. A table stands below a line
 * `<!-- generated: NAME -->`; its headings, and the cells of columns that nothing is known for, are written by hand and stay.
 * So do the values of an example, which takes its keys from the API's document.
 *
 *   node src/tools/generate/documents.ts           writes them, and measures the costs by their test
 *   node src/tools/generate/documents.ts --check   writes nothing, and exits with 1 if one is out of date
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root.ts';
import { access, callers } from './access-tables.ts';
import {
  failures,
  fields,
  gauges,
  limits,
  logEvents,
  points,
  profileExample,
  rateLimits,
  requirements,
  routes,
  secrets,
  statuses,
  type Table,
  threats,
  vars,
} from './document-facts.ts';
import { fillExamples, fillTables } from './document-table.ts';
import { measuredCosts } from './measured-costs.ts';

const DOCUMENTS = ['*.md', 'docs/*.md'];

const isCheck = process.argv.includes('--check');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const TABLES: Record<string, ((document: string) => Table) | undefined> = {
  callers,
  access,
  'rate-limits': rateLimits,
  limits,
  fields,
  secrets,
  vars,
  'log-events': logEvents,
  failures,
  points,
  gauges,
  routes,
  requirements,
  statuses,
  threats,
  // Their own test compares them.
  costs: isCheck ? undefined : measuredCosts(),
};

const files = globSync(DOCUMENTS, { cwd: ROOT }).sort();
const filled = files.map((file) => ({
  file,
  ...fillTables(fillExamples(read(file), { profile: profileExample }), TABLES),
}));
const stale = filled.filter(({ file, text }) => text !== read(file));

if (!isCheck) for (const { file, text } of stale) writeFileSync(join(ROOT, file), text);
else if (stale.length > 0)
  console.error(`Run \`npm run generate:docs\` to bring ${stale.map(({ file }) => file).join(' and ')} up to date.`);

const gaps = filled.flatMap(({ file, missing }) => missing.map((what) => `${file}: ${what}`));
for (const gap of gaps) console.error(gap);
if (gaps.length > 0 || (isCheck && stale.length > 0)) process.exitCode = 1;
