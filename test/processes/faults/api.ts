import worker, { Admin } from '../../../src/api/index.ts';
import { type Chances, IMMORTAL, makeCall, randomFrom } from './chance.ts';
import { faultyDatabase } from './database.ts';

// The API Worker as it is, with a database and a queue that fail now and then.

export { Admin };

const DATABASE: Chances = { refused: 0.03, lost: 0.03 };
const QUEUE: Chances = { refused: 0.15, lost: 0.05 };

type FaultyEnv = Env & { FAULT_SEED: string };

const counts: Record<string, number> = {};
let random: (() => number) | undefined;

const faulty = (env: FaultyEnv): Env => {
  random ??= randomFrom(Number(env.FAULT_SEED));
  const settings = { life: IMMORTAL, random, counts };
  const MAIL = new Proxy(env.MAIL, {
    get: (target, name) => {
      const member = Reflect.get(target, name);
      if (name !== 'sendBatch') return member;
      return (...args: unknown[]) =>
        makeCall(() => member.apply(target, args), { ...settings, name: 'queue', chances: QUEUE });
    },
  });
  return { ...env, MAIL, DB: faultyDatabase(env.DB, () => ({ ...settings, name: 'database', chances: DATABASE })) };
};

export default {
  fetch: (request, env, ctx) =>
    new URL(request.url).pathname === '/faults' ? Response.json(counts) : worker.fetch(request, faulty(env), ctx),
  scheduled: (controller, env, ctx) => worker.scheduled(controller, faulty(env), ctx),
} satisfies ExportedHandler<FaultyEnv>;
