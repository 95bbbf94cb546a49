import { env } from 'cloudflare:workers';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { rows } from './client.ts';
import { times } from './depth.ts';
import { brokenInvariants } from './invariants.ts';
import { ACTS, ACTS_OF_TWO } from './races/acts.ts';
import { type Act, type Choose, interleaved, tryOrders } from './races/interleaving.ts';
import {
  newScene,
  outcomeOf,
  type Scene,
  type Snapshot,
  type State,
  sequencesOf,
  setBack,
  takeSnapshot,
} from './races/scene.ts';
import { randomFrom } from './random.ts';

// Two acts on one account at the same moment come to what one after the other would come to: the answers of both, everything
// stored, every mail and every event.

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

type Acts = readonly [Act, Act];
type Stage = { scene: Scene; snapshot: Snapshot };

const random = randomFrom(inject('seed'));
const tried = { pairs: 0, orders: 0, distinct: 0 };

const stages = new Map<State, Stage>();

/** Scenes are made once for each state; there is storage for one at a time. The clock stands where it stood then. */
const stageOf = async (state: State): Promise<Stage> => {
  const known = stages.get(state);
  if (known) {
    vi.setSystemTime(known.scene.now);
    return known;
  }
  stages.clear();
  const scene = await newScene(state);
  const stage = { scene, snapshot: await takeSnapshot() };
  stages.set(state, stage);
  return stage;
};

/** What both answered, and what is stored. */
type Ended = { order: string; chosen: string; answers: string; outcome: string };

const tryOrder = async ({ scene, snapshot }: Stage, acts: Acts, choose: Choose): Promise<Ended> => {
  await setBack(snapshot, scene);
  const { answers, ...happened } = await interleaved(acts, choose);
  return { ...happened, answers: answers.join(' | '), outcome: await outcomeOf(snapshot) };
};

const A_FIRST: Choose = () => 'a';
const B_FIRST: Choose = () => 'b';

/** Fails with what is different from the one of the two that answers the same. */
const expectOneOf = (end: Ended, serial: readonly Ended[]): void => {
  if (serial.some(({ answers, outcome }) => answers === end.answers && outcome === end.outcome)) return;
  const [expected] = serial.toSorted((a, b) => Number(b.answers === end.answers) - Number(a.answers === end.answers));
  expect({ ...end, outcome: end.outcome.split('\n') }).toEqual({
    ...end,
    answers: expected?.answers,
    outcome: expected?.outcome.split('\n'),
  });
};

/** Tries orders of the calls of two acts; each must end as one of the two that have no overlap. */
const race = async (stage: Stage, acts: Acts, wanted: number, check?: () => Promise<void>): Promise<void> => {
  const since = sequencesOf(stage.snapshot);
  const first = await tryOrder(stage, acts, A_FIRST);
  expect(await brokenInvariants(env, { since }, { settled: false })).toEqual([]);
  const serial = [first, await tryOrder(stage, acts, B_FIRST)];
  const calls = (letter: string) => Math.max(...serial.map(({ order }) => order.split(letter).length - 1));
  const distinct = new Set<string>();
  await tryOrders({ a: calls('a'), b: calls('b') }, wanted, random, async (choose) => {
    const end = await tryOrder(stage, acts, choose);
    distinct.add(end.order);
    tried.orders += 1;
    expectOneOf(end, serial);
    await check?.();
    return end.chosen;
  });
  tried.pairs += 1;
  tried.distinct += distinct.size;
};

const names = Object.keys(ACTS);
/** Each pair once, an act with itself too, in the state of the one and in that of the other. */
const PAIRS = names.flatMap((one, place) =>
  names.slice(place).flatMap((other) => {
    const states = new Set([ACTS[one]?.state, ACTS[other]?.state]);
    return [...states].map((state) => ({ one, other, state: state as State }));
  }),
);

/** Those that are tried: all, or some that the seed names. */
const chosen = <Pair>(pairs: readonly Pair[], few: number): Pair[] => {
  if (inject('isDeep')) return [...pairs];
  const left = [...pairs];
  return Array.from({ length: few }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
};

const WANTED = times(3, 300);

describe('two acts on one account', () => {
  const pairs = chosen(PAIRS, 15).toSorted((a, b) => (a.state < b.state ? -1 : 1));
  it.each(pairs)(
    'end as one after the other would: $one, $other ($state)',
    async ({ one, other, state }) => {
      const stage = await stageOf(state);
      const [first, second] = [ACTS[one]?.of(stage.scene), ACTS[other]?.of(stage.scene)];
      if (!first || !second) throw new Error('There are no such acts.');
      await race(stage, [first, second], WANTED);
    },
    times(60_000, 600_000),
  );
});

describe('two administrators, and nobody else', () => {
  const two = Object.keys(ACTS_OF_TWO);
  const pairs = two.flatMap((one) => two.map((other) => ({ one, other })));
  it.each(chosen(pairs, 5))(
    'leave one, whatever they do: $one, the other $other',
    async ({ one, other }) => {
      const stage = await stageOf('an administrator');
      const { user, administrator } = stage.scene;
      const [first, second] = [ACTS_OF_TWO[one]?.(user, administrator), ACTS_OF_TWO[other]?.(administrator, user)];
      if (!first || !second) throw new Error('There are no such acts.');
      await race(stage, [first, second], WANTED, async () => {
        expect(await rows("SELECT id FROM users WHERE role = 'admin' AND is_active = 1")).not.toEqual([]);
      });
    },
    times(60_000, 600_000),
  );
});

afterAll(() => {
  console.info(
    `${tried.pairs} pairs, ${tried.orders} orders, ${tried.distinct} of them distinct, SEED=${inject('seed')}`,
  );
});
