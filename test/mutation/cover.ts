import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../../src/tools/root.ts';
import { contains, type Mutant, type Mutated } from './mutants.ts';
import type { Outcome, TestFile, Workers } from './workers.ts';

/** What one test passes, by the numbers of mutants and probes, and how long it takes. */
export type Covering = TestFile & { test: string; ms: number; passed: Set<number> };

type Learnt = Record<string, { digest: string; tests: { test: string; ms: number; passed: number[] }[] }>;

// They take minutes for what others see in seconds: random histories, every interleaving, every call that fails or hangs.
const TOO_DEAR = ['model', 'races', 'faults', 'deadlines'];
// What is learnt is written down after so many files.
const FILES_AT_ONCE = 8;

const CACHE = join(ROOT, 'dist/mutation');

export const readCache = <Content>(name: string, otherwise: Content): Content =>
  existsSync(join(CACHE, name)) ? (JSON.parse(readFileSync(join(CACHE, name), 'utf8')) as Content) : otherwise;

export const writeCache = (name: string, content: unknown): void => {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, name), JSON.stringify(content));
};

/** What the files of these patterns are. */
export const digestOf = (patterns: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const file of globSync([...patterns], { cwd: ROOT }).toSorted())
    hash.update(file).update(readFileSync(join(ROOT, file)));
  return hash.digest('base64url');
};

/** What vitest has measured of files in earlier runs, in milliseconds. */
const measured = (): Map<string, number> => {
  const [results] = globSync('node_modules/.vite/vitest/*/results.json', { cwd: ROOT });
  if (!results) return new Map();
  const { projects } = JSON.parse(readFileSync(join(ROOT, results), 'utf8')) as {
    projects: Record<string, { files: Record<string, { duration: number }> }>;
  };
  const files = Object.values(projects).flatMap((project) => Object.entries(project.files));
  return new Map(files.map(([file, { duration }]) => [file, duration]));
};

/** Which tests pass which mutants. It is learnt by a run of each file with no mutant, and kept while nothing changes. */
export class Cover {
  private readonly workers: Workers;
  private readonly mutated: Mutated;
  private readonly learnt = readCache<Learnt>('cover.json', {});
  private tests: Covering[] = [];

  constructor(workers: Workers, mutated: Mutated) {
    this.workers = workers;
    this.mutated = mutated;
  }

  async learn(): Promise<void> {
    const files = await this.filesInOrder();
    const unknown = files.filter(({ file }) => this.learnt[file]?.digest !== this.digestOf(file));
    for (let start = 0; start < unknown.length; start += FILES_AT_ONCE) {
      const some = unknown.slice(start, start + FILES_AT_ONCE);
      const outcomes = await this.workers.run(some.map((file) => ({ ...file, mutant: 0, learn: true })));
      for (const [at, { file }] of some.entries()) this.note(file, outcomes[at] as Outcome);
      writeCache('cover.json', this.learnt);
      process.stdout.write(`${start + some.length} of ${unknown.length} files learnt\n`);
    }
    this.tests = files.flatMap(({ project, file }) =>
      (this.learnt[file]?.tests ?? []).map(({ test, ms, passed }) => ({
        ...{ project, file, test, ms },
        passed: new Set(passed),
      })),
    );
  }

  private note(file: string, { failed, tests }: Outcome): void {
    if (failed) process.stdout.write(`${file} fails with no mutant: ${failed}\n`);
    const passing = tests.filter(({ state }) => state === 'passed');
    this.learnt[file] = {
      digest: this.digestOf(file),
      tests: passing.map(({ name, ms, passed }) => ({ test: name, ms: Math.round(ms), passed })),
    };
  }

  private digestOf(file: string): string {
    return `${this.mutated.digest} ${digestOf([file])}`;
  }

  private async filesInOrder(): Promise<TestFile[]> {
    const files = (await this.workers.files()).filter(({ file }) => !TOO_DEAR.includes(basename(file, '.test.ts')));
    const known = measured();
    const lengthOf = ({ file }: TestFile): number => known.get(file) ?? statSync(join(ROOT, file)).size / 4;
    return files.toSorted((a, b) => lengthOf(a) - lengthOf(b));
  }

  /** The tests that may notice a mutant, those first that pass least else and are soonest done. */
  of(mutant: Mutant): Covering[] {
    const signs = mutant.isStatic ? this.signsOf(mutant) : [mutant.id];
    const found = this.tests.filter(({ passed }) => signs.some((sign) => passed.has(sign)));
    const cost = ({ ms, passed }: Covering): number => (ms + 30) * Math.sqrt(passed.size);
    return found.toSorted((a, b) => cost(a) - cost(b));
  }

  /** What has to be passed for something to be noticed that took effect when its module was loaded. */
  private signsOf(mutant: Mutant): number[] {
    const { probes, files } = this.mutated;
    const inRegion = probes.filter(({ file, span }) => file === mutant.file && contains(mutant.region, span));
    const name = /^([A-Z][A-Z\d_]*) = /.exec(mutant.before)?.[1];
    const users = probes.filter(({ file, span }) => name && files.get(file)?.names(span, name));
    const near = [...inRegion, ...users];
    return (near.length > 0 ? near : probes.filter(({ file }) => file === mutant.file)).map(({ id }) => id);
  }
}
