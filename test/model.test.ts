import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { times } from './depth.ts';
import { COMMANDS } from './model/commands.ts';
import { newStage, succeeded, take, trialOf } from './model/step.ts';
import type { Stage } from './model/trial.ts';
import { type Tried, tried } from './model/tried.ts';

// The model of test/model/accounts.ts and the API do the same things, and must come to the same.

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

/** Who is there when a run begins: two administrators and a user, signed in, and two services, one of which hears of little. */
const CAST: Tried[] = [
  ...[0, 1, 2].flatMap((a) => [
    { name: 'signUp', n: { a, b: a, c: a } },
    { name: 'verifyEmail', n: {} },
    { name: 'login', n: { a, b: 1, c: 0, d: 1 } },
  ]),
  ...[1, 2].map((a) => ({ name: 'promote', n: { a } })),
  { name: 'addService', n: { a: 0, b: 0 } },
  { name: 'addService', n: { a: 1, b: 1 } },
];

let steps = 0;

class Step implements fc.AsyncCommand<Stage, object> {
  readonly tried: Tried;
  constructor(tried: Tried) {
    this.tried = tried;
  }
  check = (stage: Readonly<Stage>): boolean => this.tried.name === 'pass' || trialOf(stage, this.tried) !== undefined;
  run = async (stage: Stage): Promise<void> => {
    steps += 1;
    await take(stage, this.tried);
  };
  toString = (): string => JSON.stringify(this.tried);
}

const MOST_STEPS = 60;
const RUNS_AT_ONCE = times(12, 40);
const WANTED = times(300, 100_000);

const story = fc.commands([tried.map((given) => new Step(given))], { maxCommands: MOST_STEPS, size: 'max' });

const property = fc.asyncProperty(story, async (commands) => {
  const stage = await newStage();
  for (const given of CAST) await take(stage, given);
  await fc.asyncModelRun(() => ({ model: stage, real: {} }), commands);
});

const again = (seed: number): string =>
  `Again by: SEED=${seed} ${inject('isDeep') ? 'npm run test:deep' : 'npm test'} -- test/model.test.ts`;

describe('accounts', () => {
  it(
    `answer, store, tell and mail what the model does, step by step (SEED=${inject('seed')})`,
    async () => {
      for (let seed = inject('seed'); steps < WANTED; seed += 1) {
        const found = await fc.check(property, { seed, numRuns: RUNS_AT_ONCE });
        if (found.failed)
          throw new Error(`${again(seed)}\n${fc.defaultReportMessage(found)}`, { cause: found.errorInstance });
        // A run of hours says how far it is.
        console.log(`${steps} steps, up to SEED=${seed}`);
      }
      // Who only hears refusals tries nothing; a guess is never right.
      const refused = Object.keys(COMMANDS).filter((name) => !succeeded.has(name));
      if (inject('isDeep')) expect(refused).toEqual(['guess']);
    },
    times(300_000, 3 * 3600_000),
  );
});
