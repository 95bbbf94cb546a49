import { databaseAround } from '../around.ts';
import { failing } from '../client.ts';
import type { Part } from './accounts.ts';

/** What is out of order during one step: a part that refuses, or the database at one of its calls, before or after it has worked. */
export type Fault = { part: Exclude<Part, 'database'> } | { part: 'database'; at: number; manner: 'before' | 'after' };

const LOST = 'D1_ERROR: Network connection lost.';

/** The bindings of a step, and whether the database has failed in it. */
export type Bindings = { bindings: Partial<Env>; hasFailed: () => boolean };

const withFailingDatabase = (at: number, manner: 'before' | 'after'): Bindings => {
  let [calls, failed] = [0, false];
  const DB = databaseAround(async (ask) => {
    calls += 1;
    if (calls !== at) return ask();
    failed = true;
    if (manner === 'after') await ask();
    throw new Error(LOST);
  });
  return { bindings: { DB }, hasFailed: () => failed };
};

const REFUSING: Record<Exclude<Part, 'database'>, () => Partial<Env>> = {
  queue: () => ({ MAIL: failing<Queue>(), EVENTS: failing<Queue>() }),
  blacklist: () => ({ REVOKED_TOKENS: failing<KVNamespace>() }),
  records: () => ({ RECORDS: failing<R2Bucket>() }),
  pictures: () => ({ AVATARS: failing<R2Bucket>() }),
};

export const bindingsWith = (fault: Fault | undefined): Bindings => {
  if (fault?.part === 'database') return withFailingDatabase(fault.at, fault.manner);
  return { bindings: fault ? REFUSING[fault.part]() : {}, hasFailed: () => false };
};
