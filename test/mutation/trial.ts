import { type Cover, type Covering, readCache, writeCache } from './cover.ts';
import type { Mutant } from './mutants.ts';
import type { Outcome, Trial, Workers } from './workers.ts';

/** A mutant that nothing has noticed yet, the tests that it is to be shown to, and what it was shown to. */
type Open = { mutant: Mutant; waiting: Covering[]; shown: number };

/** A test that has failed, or tests whose file has, perhaps because others of that file were left out. */
type Doubt = { open: Open; tests: Covering[]; failed: string };

/** A mutant and the tests that it is shown to next, or the whole file of these. */
type Asked = { open: Open; tests: Covering[]; isWhole: boolean };

/** Is told who noticed a mutant, or null for nobody, and how many tests it was shown to. */
export type Note = (mutant: Mutant, noticedBy: string | null, shown: number) => void;

// What is found is written down after each run; to start one takes as long as a few trials.
const TRIALS_AT_ONCE = 40;
const TESTS_AT_ONCE = 25;
// Where these have seen nothing, the others are not asked, unless every test is to be.
const TESTS_AT_MOST = 200;
const MS_AT_MOST = 300_000;
// What it takes to empty the storage and to load the modules, before the first test.
const MS_BEFORE = 1000;

const keyOf = (tests: readonly Covering[]): string =>
  `${tests[0]?.file} > ${tests.map(({ test }) => test).join(' and ')}`;

/**
 * Shows each mutant to the tests that pass it, of files that `by` fits, nearest first, until one notices; every one of them, if it
 * `isThorough`, else those that are near enough.
 */
export const tryMutants = async (
  workers: Workers,
  cover: Cover,
  mutants: readonly Mutant[],
  { isThorough, by }: { isThorough: boolean; by: RegExp },
  note: Note,
): Promise<void> => {
  const trials = new Trials(workers, note);
  await cover.learn();
  const open = mutants.map((mutant) => {
    const tests = cover.of(mutant).filter(({ file }) => by.test(file));
    return { mutant, waiting: isThorough ? tests : bounded(tests), shown: 0 };
  });
  await trials.show(open);
};

const bounded = (tests: readonly Covering[]): Covering[] => {
  let ms = 0;
  return tests.slice(0, TESTS_AT_MOST).filter((test) => {
    ms += test.ms;
    return ms <= MS_AT_MOST;
  });
};

class Trials {
  private readonly workers: Workers;
  private readonly note: Note;
  // Whether tests pass, with no mutant, when all others of their file are left out.
  private readonly alone = readCache<Record<string, boolean>>('alone.json', {});
  private doubts: Doubt[] = [];

  constructor(workers: Workers, note: Note) {
    this.workers = workers;
    this.note = note;
  }

  /** Shows mutants to the tests that wait for them, until each is noticed or there are no more. */
  async show(mutants: readonly Open[]): Promise<void> {
    let open = [...mutants];
    while (open.length + this.doubts.length > 0) {
      for (const { mutant, waiting, shown } of open) if (waiting.length === 0) this.note(mutant, null, shown);
      open = open.filter(({ waiting }) => waiting.length > 0);
      const still = await this.runSome(open.slice(0, TRIALS_AT_ONCE));
      // Those that were shown something stay in front, so that what is found is written down soon.
      open = [...still, ...open.slice(TRIALS_AT_ONCE)];
    }
  }

  /** Runs what is asked next, in one run; answers the mutants that are still open. */
  private async runSome(open: readonly Open[]): Promise<Open[]> {
    const doubts = this.doubts.splice(0);
    const doubted = [...new Map(doubts.map(({ tests }) => [keyOf(tests), tests])).values()];
    const asked = open.map((one) => this.next(one));
    const outcomes = await this.workers.run([
      ...doubted.map((tests) => trialOf(0, tests, false)),
      ...asked.map(({ open, tests, isWhole }) => trialOf(open.mutant.id, tests, isWhole)),
    ]);
    doubted.forEach((tests, at) => {
      this.alone[keyOf(tests)] = outcomes[at]?.state === 'passed';
    });
    writeCache('alone.json', this.alone);
    return [
      ...doubts.filter((doubt) => !this.settles(doubt)).map((doubt) => doubt.open),
      ...asked.filter((one, at) => this.isOpen(one, outcomes[doubted.length + at] as Outcome)).map(({ open }) => open),
    ];
  }

  /** The next tests of a mutant, all of one file: of that which says most about it in the time that it takes. */
  private next(open: Open): Asked {
    const files = [...Map.groupBy(open.waiting, ({ file }) => file).values()];
    const worthOf = (tests: readonly Covering[]): number => {
      const some = tests.slice(0, TESTS_AT_ONCE);
      const said = some.reduce((sum, { passed }) => sum + 1 / Math.sqrt(passed.size), 0);
      return said / some.reduce((sum, { ms }) => sum + ms, MS_BEFORE);
    };
    const [tests = []] = files.toSorted((a, b) => worthOf(b) - worthOf(a));
    const file = `${tests[0]?.file} > `;
    const isWhole = Object.entries(this.alone).some(([key, passes]) => !passes && key.startsWith(file));
    return { open, tests: isWhole ? tests : tests.slice(0, TESTS_AT_ONCE), isWhole };
  }

  private isOpen({ open, tests, isWhole }: Asked, { state, failed }: Outcome): boolean {
    open.shown += tests.length;
    open.waiting = open.waiting.filter((test) => !tests.includes(test));
    if (state === 'passed') return true;
    const failing = tests.filter(({ test }) => test === failed);
    const doubt = { open, tests: failing.length > 0 ? failing : tests, failed: failed ?? state };
    if (isWhole || state === 'timed out') this.note(open.mutant, `${tests[0]?.file} > ${doubt.failed}`, open.shown);
    else if (keyOf(doubt.tests) in this.alone) return !this.settles(doubt);
    else this.doubts.push(doubt);
    return false;
  }

  /** Whether a failure counts, since these tests pass alone. Where they do not, the whole file is shown the mutant next. */
  private settles({ open, tests, failed }: Doubt): boolean {
    const counts = this.alone[keyOf(tests)] === true;
    if (counts) this.note(open.mutant, `${tests[0]?.file} > ${failed}`, open.shown);
    else open.waiting.unshift(...tests);
    return counts;
  }
}

const trialOf = (mutant: number, tests: readonly Covering[], isWhole: boolean): Trial => {
  const { project, file } = tests[0] as Covering;
  return { project, file, mutant, tests: isWhole ? undefined : tests.map(({ test }) => test) };
};
