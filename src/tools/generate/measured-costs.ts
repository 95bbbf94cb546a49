import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../root.ts';
import type { Facts, Table } from './document-facts.ts';

type Report = { testResults: { assertionResults: { meta: { costs?: Record<string, Facts> } }[] }[] };

/** What test/cost.test.ts measures, also where it fails because the document says something else. */
const measure = (): Record<string, Facts> => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-costs-'));
  const report = join(folder, 'report.json');
  const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'api', 'test/cost.test.ts'];
  spawnSync(process.execPath, [...vitest, '--reporter=json', `--outputFile=${report}`], { cwd: ROOT, stdio: 'ignore' });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  rmSync(folder, { recursive: true });
  const measured = testResults
    .flatMap(({ assertionResults }) => assertionResults.map(({ meta }) => meta.costs))
    .filter((costs) => costs !== undefined);
  if (measured.length === 0)
    throw new Error('The costs could not be measured: run `npx vitest run test/cost.test.ts`.');
  return Object.assign({}, ...measured);
};

/** What a request, a mail and a scheduled run cost. */
export const measuredCosts = (): (() => Table) => {
  const costs = measure();
  return () => ({ keys: Object.keys(costs), of: (key) => costs[key] });
};
