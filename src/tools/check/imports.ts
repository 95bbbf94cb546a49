/**
 * Exits with 1 if a module imports what its room may not, if a room may import what it does not, or if modules import each
 * other in a circle.
 *
 *   node src/tools/check/imports.ts
 */
import { ROOT } from '../root.ts';
import {
  importCycles,
  loadsIn,
  readImports,
  refusedImports,
  unusedAllowances,
  upwardAllowances,
} from './import-graph.ts';
import { ROOMS } from './rooms.ts';

const imports = readImports(ROOT, ['drizzle', 'src']);
const faults = [...refusedImports(ROOMS, imports), ...unusedAllowances(ROOMS, imports), ...upwardAllowances(ROOMS)];
if (faults.length > 0) faults.push('What may import what stands in src/tools/check/rooms.ts.');
faults.push(...importCycles(readImports(ROOT, ['drizzle', 'src', 'test'], loadsIn)));
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}
