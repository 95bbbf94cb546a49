import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createVitest, type TestModule, type TestProject, type Vitest } from 'vitest/node';
import { ROOT } from '../../src/tools/root.ts';

/** A file of tests. */
export type TestFile = { project: string; file: string };

/** One run of a file with one mutant, or with none (0); of these tests alone, where some are named. */
export type Trial = TestFile & { mutant: number; tests?: readonly string[] | undefined; learn?: boolean };

export type Told = { name: string; state: string; ms: number; passed: number[] };
/** What became of a trial. A file that fails as a whole names no test. */
export type Outcome = { state: 'passed' | 'failed' | 'timed out'; failed: string | undefined; tests: Told[] };

// So long nothing ends only where something runs in circles.
const PATIENCE_MS = 240_000;

const addressOf = ({ file, mutant, learn }: Trial, at: number): string =>
  `${join(ROOT, file)}?mutant=${mutant}&trial=${at}${learn ? '&learn' : ''}`;

const outcomeOf = (module: TestModule | undefined): Outcome | undefined => {
  const state = module?.state();
  if (!module || state === 'pending' || state === 'queued') return undefined;
  const tests = [...module.children.allTests()].map((test) => {
    const { passed = [] } = test.meta();
    return { name: test.fullName, state: test.result().state, ms: test.diagnostic()?.duration ?? 0, passed };
  });
  const failed = tests.find((test) => test.state === 'failed')?.name ?? module.errors()[0]?.message;
  return { state: state === 'failed' ? 'failed' : 'passed', failed, tests };
};

/** The Workers with every mutant in them. Trials run one after the other in one of them, which costs less than to start one. */
export class Workers {
  private readonly vitest: Vitest;
  private trials = 0;
  private lastSign = Date.now();
  private begun = '';

  private constructor(vitest: Vitest) {
    this.vitest = vitest;
  }

  static async start(): Promise<Workers> {
    const vitest = await createVitest('test', {
      config: join(import.meta.dirname, 'vitest.config.ts'),
      root: ROOT,
      watch: false,
      reporters: [
        { onTestModuleQueued: ({ moduleId }) => workers.sign(moduleId), onTestCaseResult: () => workers.sign() },
      ],
    });
    const workers = new Workers(vitest);
    return workers;
  }

  private sign(begun = this.begun): void {
    Object.assign(this, { lastSign: Date.now(), begun });
  }

  /** The files of tests that run inside the Workers. */
  async files(): Promise<TestFile[]> {
    const specifications = await this.vitest.globTestSpecifications();
    return specifications.map(({ project, moduleId }) => ({
      project: project.name,
      file: moduleId.slice(ROOT.length + 1),
    }));
  }

  /** Tries one after the other, and answers what became of each. */
  async run(trials: readonly Trial[]): Promise<Outcome[]> {
    const outcomes = new Map<Trial, Outcome>();
    // Where a Worker runs in circles it is stopped, and another goes on with what is left.
    for (let left = trials; left.length > 0; left = trials.filter((trial) => !outcomes.has(trial)))
      await this.runUntilStopped(left, outcomes);
    return trials.map((trial) => outcomes.get(trial) as Outcome);
  }

  private async runUntilStopped(trials: readonly Trial[], outcomes: Map<Trial, Outcome>): Promise<void> {
    const specifications = trials.map((trial) =>
      this.projectOf(trial).createSpecification(addressOf(trial, ++this.trials), {
        ...(trial.tests ? { testNames: [...trial.tests] } : {}),
      }),
    );
    this.sign();
    const watch = setInterval(() => this.stopIfStuck(), 5000);
    await this.vitest.runTestSpecifications(specifications, false).catch(() => undefined);
    clearInterval(watch);
    const modules = new Map(this.vitest.state.getTestModules().map((module) => [module.moduleId, module]));
    this.vitest.state.filesMap.clear();
    const before = outcomes.size;
    trials.forEach((trial, at) => {
      const address = specifications[at]?.moduleId ?? '';
      const outcome = outcomeOf(modules.get(address));
      if (outcome) outcomes.set(trial, outcome);
      else if (address === this.begun) outcomes.set(trial, { state: 'timed out', failed: undefined, tests: [] });
    });
    if (outcomes.size === before) throw new Error('The tests do not begin.');
  }

  private projectOf({ project }: TestFile): TestProject {
    const found = this.vitest.projects.find(({ name }) => name === project);
    if (!found) throw new Error(`There is no project ${project}.`);
    return found;
  }

  private stopIfStuck(): void {
    if (Date.now() - this.lastSign < PATIENCE_MS) return;
    this.sign();
    const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
    for (const line of processes) {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      if (parent === process.pid && line.includes('workerd serve') && pid) process.kill(pid, 'SIGKILL');
    }
  }

  async stop(): Promise<void> {
    await this.vitest.close();
  }
}
