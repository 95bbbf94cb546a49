/**
 * Compiles against the package as another project does, without any type of the Worker: what test/consumer holds, and the
 * examples of its page and of the documents as they are printed. Exits with the compiler's code.
 *
 *   node src/tools/check/client.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root.ts';

const EXAMPLES = join(ROOT, 'dist/consumer');

const pages = ['README.md', 'docs/client.md', 'docs/services.md', 'client/README.md']
  .map((file) => readFileSync(join(ROOT, file), 'utf8'))
  .join('\n');
rmSync(EXAMPLES, { recursive: true, force: true });
mkdirSync(EXAMPLES, { recursive: true });
for (const [index, [, example = '']] of [...pages.matchAll(/^```ts\n(.*?)^```$/gms)].entries()) {
  writeFileSync(join(EXAMPLES, `example-${index + 1}.ts`), example);
}

const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '--project', join(ROOT, 'test/consumer')], { stdio: 'inherit' });
process.exitCode = status ?? 1;
