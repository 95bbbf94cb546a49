import { env } from 'cloudflare:workers';
import { bucketAround, databaseAround } from '../around.ts';

// Two acts at the same moment. Each call of the database and the buckets is held until its act is let go on, so that the order
// of the calls is chosen, and the same choice gives the same order again. What is only told (the blacklist, the queues, the
// metrics) nobody reads here, so nothing is held there.

/** An act, which answers what it has come to. */
export type Act = (bindings: Partial<Env>) => Promise<string>;

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** One of the two: its calls wait in their order, and are made one by one. */
class Lane {
  readonly answer: Promise<string>;
  private readonly held: (() => Promise<void>)[] = [];
  private isDone = false;
  calls = 0;

  constructor(act: Act) {
    const around = (ask: () => Promise<unknown>) =>
      new Promise<unknown>((resolve, reject) => {
        this.held.push(async () => {
          await ask().then(resolve, reject);
        });
      });
    const bindings = {
      DB: databaseAround(around),
      AVATARS: bucketAround(env.AVATARS, around),
      RECORDS: bucketAround(env.RECORDS, around),
    };
    this.answer = act(bindings).finally(() => {
      this.isDone = true;
    });
    // Whoever waits for the answer hears of it.
    this.answer.catch(() => undefined);
  }

  /** Waits until it wants to make a call, or is done; says whether it wants to. */
  async wants(): Promise<boolean> {
    while (this.held.length === 0 && !this.isDone) await turn();
    return this.held.length > 0;
  }

  /** Has its next call made, and lets it go on to the one after it. */
  async goOn(): Promise<void> {
    this.calls += 1;
    await this.held.shift()?.();
    await turn();
  }
}

/** Which act makes its next call, one letter for each call: the first (`a`) or the second (`b`). */
export type Order = string;

export type Interleaved = { answers: [string, string]; order: Order };

/** Does both in the order that is wanted; where the one whose turn it is has nothing left, the other goes on. */
export const interleaved = async (acts: readonly [Act, Act], wanted: Order): Promise<Interleaved> => {
  const lanes = { a: new Lane(acts[0]), b: new Lane(acts[1]) };
  let order = '';
  for (;;) {
    const wants = { a: await lanes.a.wants(), b: await lanes.b.wants() };
    if (!wants.a && !wants.b) break;
    const meant = (wanted[order.length] ?? 'a') as 'a' | 'b';
    const next = wants[meant] ? meant : meant === 'a' ? 'b' : 'a';
    order += next;
    await lanes[next].goOn();
  }
  return { answers: [await lanes.a.answer, await lanes.b.answer], order };
};

/** How many orders there are of so many calls of each. */
export const ordersOf = (a: number, b: number): number => {
  let count = 1;
  for (let n = 1; n <= b; n += 1) count = (count * (a + n)) / n;
  return Math.round(count);
};

const everyOrder = (a: number, b: number): Order[] => {
  if (a === 0) return ['b'.repeat(b)];
  if (b === 0) return ['a'.repeat(a)];
  return [...everyOrder(a - 1, b).map((rest) => `a${rest}`), ...everyOrder(a, b - 1).map((rest) => `b${rest}`)];
};

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const anyOrder = (a: number, b: number, random: () => number): Order => {
  let [left, order] = [{ a, b }, ''];
  while (left.a + left.b > 0) {
    const next = random() * (left.a + left.b) < left.a ? 'a' : 'b';
    left = { ...left, [next]: left[next] - 1 };
    order += next;
  }
  return order;
};

/** All orders of so many calls of each, where that is no more than wanted, or else as many of them, each once. */
export const ordersToTry = (a: number, b: number, wanted: number, random: () => number): Order[] => {
  if (ordersOf(a, b) <= wanted) return everyOrder(a, b);
  const orders = new Set<Order>();
  while (orders.size < wanted) orders.add(anyOrder(a, b, random));
  return [...orders];
};
