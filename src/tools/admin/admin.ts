/**
 * What administrators do by script: `npm run admin -- <command>`. Exits with 0, or with 1 and one sentence on standard
 * error; with `--json` the refusal is on standard output too.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../root.ts';

// Before all else: what is imported from here on is compiled once, and there in half the time from then on.
enableCompileCache(join(ROOT, '.wrangler/compile-cache'));

const { main } = await import('./cli/main.ts');
// Whoever reads the output may have had enough of it.
process.stdout.on('error', () => process.exit());
process.exitCode = await main(process.argv.slice(2));
