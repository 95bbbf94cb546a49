/**
 * Removes or turns the guards and conditions of the Workers, one at a time, and says which of that the tests inside the Workers
 * would have noticed. Writes what it found into docs/mutation.md, and all that was tried into dist/mutation/.
 *
 *   node test/mutation/mutation.ts [--seed N] [--count N] [--file PART] [--survivors] [--by REGEX] [--list] [--report]
 *
 * --seed N      another choice of mutants; the same choice for the same number
 * --count N     how many
 * --file PART   all of the files whose path has this in it, and writes nothing into docs/
 * --survivors   tries again only what no test has noticed, with every test that passes it
 * --by REGEX    shows changes only to tests of the files that it fits; what those do not notice is left open
 * --list        lists what would be tried
 * --report      tries nothing, and writes what is known so far
 */
import { parseArgs } from 'node:util';
import { Cover, digestOf, readCache, writeCache } from './cover.ts';
import { type Mutant, mutate } from './mutants.ts';
import { type Tried, writeReport } from './report.ts';
import { sampleOf } from './sample.ts';
import { tryMutants } from './trial.ts';
import { Workers } from './workers.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '405' },
    file: { type: 'string' },
    survivors: { type: 'boolean', default: false },
    by: { type: 'string' },
    list: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});

const report = (line: string): void => void process.stdout.write(`${line}\n`);

const mutated = mutate();
const { mutants } = mutated;
const part = values.file;
const chosen =
  part === undefined
    ? sampleOf(mutants, values.seed, Number(values.count))
    : mutants.filter(({ file }) => file.includes(part));
const tests = digestOf(['test/*.ts', 'test/mailer/*.ts']);

/** What an earlier run has found that still holds: of files that are the same, what was noticed, and where no test is new the rest. */
const foundBefore = (): Map<string, Tried> => {
  const before = readCache<{ tests: string; tried: Tried[] }>('tried.json', { tests: '', tried: [] });
  const files = Map.groupBy(before.tried, ({ file }) => file);
  const same = [...files].filter(([file, [one]]) => one?.code === digestOf([file])).flatMap(([, tried]) => tried);
  const holds = ({ noticedBy }: Tried): boolean => (values.survivors ? noticedBy !== null : before.tests === tests);
  return new Map(same.filter(holds).map((tried) => [tried.name, tried]));
};

const say = ({ file, line, kind, before, after }: Mutant, { noticedBy, shown }: Tried): void => {
  const change = `${file}:${line} ${kind}: ${before} → ${after}`;
  report(noticedBy === null ? `SURVIVED ${shown} tests: ${change}` : `noticed ${change}\n        by ${noticedBy}`);
};

const tryThem = async (left: readonly Mutant[], found: Map<string, Tried>): Promise<void> => {
  const workers = await Workers.start();
  const how = { isThorough: values.survivors, by: new RegExp(values.by ?? '') };
  await tryMutants(workers, new Cover(workers, mutated), left, how, (mutant, noticedBy, shown) => {
    const { name, file } = mutant;
    // Others may notice what these have not.
    if (values.by !== undefined && noticedBy === null) return;
    const tried = { name, file, code: digestOf([file]), noticedBy, shown };
    found.set(name, tried);
    say(mutant, tried);
    writeCache('tried.json', { tests, tried: [...found.values()] });
  });
  await workers.stop();
};

const run = async (): Promise<void> => {
  const found = foundBefore();
  const left = chosen.filter(({ name }) => !found.has(name));
  report(`${mutants.length} changes, ${chosen.length} chosen by seed ${values.seed}, ${left.length} to try`);
  if (left.length > 0 && !values.report) await tryThem(left, found);
  const tried = chosen.flatMap((mutant) => {
    const known = found.get(mutant.name);
    return known ? [{ mutant, ...known }] : [];
  });
  const noticed = tried.filter(({ noticedBy }) => noticedBy !== null).length;
  report(`${noticed} of ${tried.length} noticed`);
  // What is still open would leave the document, and its reason with it.
  const isWhole = values.report || tried.length === chosen.length;
  if (part === undefined && isWhole) writeReport({ seed: values.seed, chosen: chosen.length }, mutants, tried);
};

if (values.list) for (const { name, line } of chosen) report(name.replace(':', `:${line}:`));
else await run();
// Something of vitest's keeps Node awake after it was closed.
process.exit();
