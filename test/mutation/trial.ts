import { type Cover, type Covering, readCache, writeCache } from './cover.ts';
import type { Mutant } from './mutants.ts';
import type { Outcome, Trial, Workers } from './workers.ts';

/** A mutant that nothing has noticed yet, the tests that it is to be shown to, and what it was shown to. */
type Open = { mutant: Mutant; waiting: Covering[]; shown: number; ms: number };

/** A test that has failed, or tests whose file has, perhaps because others of that file were left out. */
type Doubt = { open: Open; tests: Covering[]; failed: string };

/** A mutant and the tests that it is shown to next, or the whole file of these. */
type Asked = { open: Open; tests: Covering[]; isWhole: boolean };

/** Is told who noticed a mutant, or null for nobody, and how many tests it was shown to. */
export type Note = (mutant: Mutant, noticedBy: string | null, shown: number) => void;

const TRIALS_AT_ONCE = 60;
const TESTS_AT_ONCE = 8;
// Nearer tests than these have seen nothing: so the others are not asked, unless every test is to be.
const TESTS_AT_MOST = 80;
const MS_AT_MOST = 180_000;

const keyOf = (tests: readonly Covering[]): string =>
  `${tests[0]?.file} > ${tests.map(({ test }) => test).join(' and ')}`;

/**
 * Shows each mutant to the tests that pass it, nearest first, until one notices; every one of them, if it `isThorough`, else those
 * that are near enough.
 */
export const tryMutants = async (
  workers: Workers,
  cover: Cover,
  mutants: readonly Mutant[],
  isThorough: boolean,
  note: Note,
): Promise<void> => {
  const trials = new Trials(workers, note);
  let open: Open[] = mutants.map((mutant) => ({ mutant, waiting: [], shown: 0, ms: 0 }));
  while (open.length > 0) {
    const tests = await cover.learnMore();
    if (tests.length === 0) break;
    for (const one of open) one.waiting = bounded(one, cover.of(one.mutant, tests), isThorough);
    open = await trials.show(open);
  }
  for (const { mutant, shown } of open) note(mutant, null, shown);
};

const bounded = (open: Open, tests: Covering[], isThorough: boolean): Covering[] => {
  let { shown, ms } = open;
  return tests.filter((test) => {
    shown++;
    ms += test.ms;
    return isThorough || (shown <= TESTS_AT_MOST && ms <= MS_AT_MOST);
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

  /** Shows mutants to the tests that wait for them; answers those that none of these has noticed. */
  async show(mutants: readonly Open[]): Promise<Open[]> {
    const unnoticed: Open[] = [];
    let open = [...mutants];
    for (;;) {
      unnoticed.push(...open.filter(({ waiting }) => waiting.length === 0));
      open = open.filter(({ waiting }) => waiting.length > 0);
      if (open.length + this.doubts.length === 0) return unnoticed;
      const still = await this.runSome(open.slice(0, TRIALS_AT_ONCE));
      open = [...open.slice(TRIALS_AT_ONCE), ...still];
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

  /** The next tests of a mutant, all of one file. */
  private next(open: Open): Asked {
    const file = open.waiting[0]?.file ?? '';
    const ofFile = open.waiting.filter((test) => test.file === file);
    const near = open.waiting.slice(0, 3 * TESTS_AT_ONCE).filter((test) => test.file === file);
    const isWhole = Object.entries(this.alone).some(([key, passes]) => !passes && key.startsWith(`${file} > `));
    return { open, tests: isWhole ? ofFile : near.slice(0, TESTS_AT_ONCE), isWhole };
  }

  private isOpen({ open, tests, isWhole }: Asked, { state, failed }: Outcome): boolean {
    open.shown += tests.length;
    open.ms += tests.reduce((sum, { ms }) => sum + ms, 0);
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
