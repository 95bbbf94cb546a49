import { env } from 'cloudflare:workers';
import { bucketAround, databaseAround } from '../around.ts';

// Two acts at the same moment. Each call of the database and the buckets is held until its act is let go on, so that the order
// of the calls is chosen, and the same choice gives the same order again. What is only told (the blacklist, the queues, the
// metrics) nobody reads here, so nothing is held there.

/** An act, which answers what it has come to. */
export type Act = (bindings: Partial<Env>) => Promise<string>;

const turn = (): Promise<void> => scheduler.wait(0);

/** One of the two: its calls wait in their order, and are made one by one. */
class Lane {
  readonly answer: Promise<string>;
  private readonly held: (() => Promise<void>)[] = [];
  private isDone = false;

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
    await this.held.shift()?.();
    await turn();
  }
}

/** The first act of the two, or the second. */
type Side = 'a' | 'b';

/** Says which act makes its next call where both want to; `point` counts from 0. */
export type Choose = (point: number) => Side;

/** What both have answered, whose call came when, and what was chosen where there was a choice. */
export type Interleaved = { answers: [string, string]; order: string; chosen: string };

/** Does both, call by call, as it is chosen. */
export const interleaved = async (acts: readonly [Act, Act], choose: Choose): Promise<Interleaved> => {
  const lanes = { a: new Lane(acts[0]), b: new Lane(acts[1]) };
  let [order, chosen] = ['', ''];
  for (;;) {
    const wants = { a: await lanes.a.wants(), b: await lanes.b.wants() };
    if (!wants.a && !wants.b) break;
    const isChoice = wants.a && wants.b;
    const next = isChoice ? choose(chosen.length) : wants.a ? 'a' : 'b';
    if (isChoice) chosen += next;
    order += next;
    await lanes[next].goOn();
  }
  return { answers: [await lanes.a.answer, await lanes.b.answer], order, chosen };
};

/** How many orders there are of so many calls of each. */
export const ordersOf = (a: number, b: number): number => {
  let count = 1;
  for (let n = 1; n <= b; n += 1) count = (count * (a + n)) / n;
  return Math.round(count);
};

/** Tries an order, and says what was chosen in it. */
type Attempt = (choose: Choose) => Promise<string>;

/** The choices to begin with after these: the last one that was the first act's is the second's. Undefined: there are no more. */
const after = (chosen: string): string | undefined => {
  const last = chosen.lastIndexOf('a');
  return last < 0 ? undefined : `${chosen.slice(0, last)}b`;
};

/** Every order there is, each once, but no more than so many. */
const tryEvery = async (attempt: Attempt, atMost: number): Promise<void> => {
  let begins: string | undefined = '';
  for (let count = 0; begins !== undefined && count < atMost; count += 1) {
    const meant: string = begins;
    begins = after(await attempt((point) => (meant[point] ?? 'a') as Side));
  }
};

/** So many orders that differ, or as many as twice that many tries come upon. */
const trySome = async (attempt: Attempt, wanted: number, random: () => number): Promise<void> => {
  const seen = new Set<string>();
  for (let tries = 0; seen.size < wanted && tries < 2 * wanted; tries += 1) {
    // Sometimes one act is nearly done before the other begins, sometimes they alternate.
    const share = random();
    seen.add(await attempt(() => (random() < share ? 'a' : 'b')));
  }
};

/** Tries all orders of about so many calls of each, where that is no more than wanted, or else as many as are wanted. */
export const tryOrders = (calls: { a: number; b: number }, wanted: number, random: () => number, attempt: Attempt) =>
  ordersOf(calls.a, calls.b) <= wanted ? tryEvery(attempt, 2 * wanted) : trySome(attempt, wanted, random);
