/**
 * Removes or turns the guards and conditions of the Workers, one at a time, and says which of that the tests inside the Workers
 * would have noticed. Writes what it found into docs/mutation.md, and all that was tried into dist/mutation/.
 *
 *   node test/mutation/mutation.ts [--seed N] [--count N] [--file PART] [--survivors] [--list]
 *
 * --seed N      another choice of mutants; the same choice for the same number
 * --count N     how many
 * --file PART   all of the files whose path has this in it, and writes nothing into docs/
 * --survivors   tries again only what no test has noticed, with every test that passes it
 * --list        lists what would be tried
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
    count: { type: 'string', default: '450' },
    file: { type: 'string' },
    survivors: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

const report = (line: string): void => void process.stdout.write(`${line}\n`);

const mutated = mutate();
const { mutants, digest: code } = mutated;
const part = values.file;
const chosen =
  part === undefined
    ? sampleOf(mutants, values.seed, Number(values.count))
    : mutants.filter(({ file }) => file.includes(part));

/** What an earlier run has found that still holds: the code that was changed is the same. Everything, where no test is new. */
const foundBefore = (): Map<string, Tried> => {
  const before = readCache<{ code: string; tests: string; tried: Tried[] }>('tried.json', {
    code: '',
    tests: '',
    tried: [],
  });
  if (before.code !== code || !(values.survivors || before.tests === tests)) return new Map();
  const kept = before.tried.filter(({ noticedBy }) => noticedBy !== null || !values.survivors);
  return new Map(kept.map((tried) => [tried.name, tried]));
};

const tests = digestOf(['test/*.ts', 'test/mailer/*.ts']);

const run = async (): Promise<void> => {
  const found = foundBefore();
  const left = chosen.filter(({ name }) => !found.has(name));
  report(`${mutants.length} mutants, ${chosen.length} chosen by seed ${values.seed}, ${left.length} to try`);
  const note = (mutant: Mutant, noticedBy: string | null, tried: number): void => {
    found.set(mutant.name, { name: mutant.name, noticedBy, tried });
    report(
      `${noticedBy === null ? 'SURVIVED' : 'noticed'} ${mutant.file}:${mutant.line} ${mutant.kind}: ${mutant.before} → ${mutant.after}${noticedBy === null ? ` (${tried} tests)` : `\n        by ${noticedBy}`}`,
    );
    writeCache('tried.json', { code, tests, tried: [...found.values()] });
  };
  if (left.length > 0) {
    const workers = await Workers.start();
    await tryMutants(workers, new Cover(workers, mutated), left, values.survivors, note);
    await workers.stop();
  }
  const tried = chosen.map((mutant) => ({ mutant, ...(found.get(mutant.name) as Tried) }));
  const noticed = tried.filter(({ noticedBy }) => noticedBy !== null).length;
  report(`${noticed} of ${tried.length} noticed (${((100 * noticed) / tried.length).toFixed(1)} %)`);
  if (part === undefined) writeReport(values.seed, mutants, tried);
};

if (values.list) for (const { name, line } of chosen) report(name.replace(':', `:${line}:`));
else await run();
