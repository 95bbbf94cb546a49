/**
 * Exits with 1 if a module imports what its room may not, or if a room may import what it does not.
 *
 *   node src/tools/check/imports.ts
 */
import { ROOT } from '../root.ts';
import { readImports, refusedImports, unusedAllowances, upwardAllowances } from './import-graph.ts';
import { ROOMS } from './rooms.ts';

const imports = readImports(ROOT, ['drizzle', 'src']);
const faults = [...refusedImports(ROOMS, imports), ...unusedAllowances(ROOMS, imports), ...upwardAllowances(ROOMS)];
if (faults.length > 0) {
  console.error([...faults, 'What may import what stands in src/tools/check/rooms.ts.'].join('\n'));
  process.exitCode = 1;
}
