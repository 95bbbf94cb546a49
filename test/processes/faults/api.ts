import worker, { Admin } from '../../../src/api/index.ts';
import { type CallSettings, type Chances, IMMORTAL, makeCall } from './chance.ts';
import { faultyDatabase } from './database.ts';
import { randomOf } from './record.ts';

// The API Worker as it is, with a database and queues that fail now and then.

export { Admin };

const DATABASE: Chances = { refused: 0.03, lost: 0.03 };
const QUEUE: Chances = { refused: 0.15, lost: 0.05 };

type FaultyEnv = Env & { FAULT_SEED: string };

const counts: Record<string, number> = {};

const faultyQueue = <Body>(queue: Queue<Body>, settings: CallSettings): Queue<Body> =>
  new Proxy(queue, {
    get: (target, name) => {
      const member = Reflect.get(target, name);
      if (name !== 'sendBatch') return member;
      return (...args: unknown[]) => makeCall(() => member.apply(target, args), settings);
    },
  });

const faulty = (env: FaultyEnv): Env => {
  const settings = { life: IMMORTAL, random: randomOf(env), counts };
  const queue = { ...settings, name: 'queue', chances: QUEUE };
  return {
    ...env,
    MAIL: faultyQueue(env.MAIL, queue),
    EVENTS: faultyQueue(env.EVENTS, queue),
    DB: faultyDatabase(env.DB, () => ({ ...settings, name: 'database', chances: DATABASE })),
  };
};

export default {
  fetch: (request, env, ctx) =>
    new URL(request.url).pathname === '/faults' ? Response.json(counts) : worker.fetch(request, faulty(env), ctx),
  scheduled: (controller, env, ctx) => worker.scheduled(controller, faulty(env), ctx),
} satisfies ExportedHandler<FaultyEnv>;
