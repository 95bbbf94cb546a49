import fc from 'fast-check';
import { COMMANDS, type Numbers } from './commands.ts';
import type { Fault } from './faults.ts';

// What is tried, at random: which command, whom it means, what is out of order meanwhile, and how time passes.

/** How much time passes, in seconds, each as often as it stands here. */
const DAY = 86_400;
const PASSES = [
  1,
  1,
  1,
  30,
  30,
  61,
  61,
  61,
  600,
  600,
  960,
  3700,
  3700,
  90_000,
  90_000,
  4 * DAY,
  8 * DAY,
  28 * DAY,
  31 * DAY,
  91 * DAY,
];

// Mostly what was last, sometimes anything.
const number = fc.oneof({ weight: 3, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.nat(60) });
const numbers: fc.Arbitrary<Numbers> = fc.record({ a: number, b: number, c: number, d: number });

/** What is tried once: a command with its numbers and perhaps a fault, or time that passes. */
export type Tried = { name: string; n: Numbers; fault?: Fault | undefined };

const fault = fc.oneof(
  { weight: 24, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.record({ part: fc.constantFrom('queue', 'blacklist', 'records', 'pictures') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ part: fc.constant('database' as const), at: fc.integer({ min: 1, max: 4 }) },
      manner: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
) as fc.Arbitrary<Tried['fault']>;

/** How often a command is tried beside the others, where it is not as often. */
const WEIGHTS: Record<string, number> = {
  ...{
    guess: 6,
    login: 10,
    refresh: 5,
    refreshOnceMore: 4,
    signUp: 4,
    verifyEmail: 5,
    resetPassword: 3,
    forgotPassword: 3,
    schedule: 5,
  },
  ...{ deactivate: 3, reactivate: 3, promote: 3, restore: 3, reactivateByScript: 3, deliverMail: 3, changePassword: 3 },
  ...{ requestEmail: 5, confirmEmail: 5, undoEmail: 3, prove: 3 },
  ...{ addApp: 4, addPasskey: 4, completeLogin: 8, passkeyLogin: 4, proveByFactor: 3 },
  ...{ changePicture: 4, exportSelf: 1, lookAtPicture: 2, removePicture: 1 },
};

// These go on whatever fails, or are no calls of ours: where the database fails in them is tried elsewhere.
const NEED_THE_DATABASE = ['schedule', 'deliverMail'];

const withFault = (name: string): fc.Arbitrary<Tried['fault']> =>
  fault.map((given) => (given?.part === 'database' && NEED_THE_DATABASE.includes(name) ? undefined : given));

export const tried: fc.Arbitrary<Tried> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ name: fc.constant('pass'), n: fc.record({ seconds: fc.constantFrom(...PASSES) }) }),
  },
  ...Object.keys(COMMANDS).map((name) => ({
    weight: WEIGHTS[name] ?? 2,
    arbitrary: fc.record({ name: fc.constant(name), n: numbers, fault: withFault(name) }),
  })),
);
