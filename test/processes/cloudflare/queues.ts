import { randomUUID } from 'node:crypto';
import { type Account, newQueue, type Queue } from './account.ts';
import { page, type Routes, refusal } from './answer.ts';
import type { Runtime } from './runtime.ts';

/** Queues and who takes what is in them. */
export const queueRoutes = (account: Account, runtime: Runtime): Routes => {
  const findQueue = (queue: string) => account.queues.find(({ queue_name }) => queue_name === queue);
  const requireQueue = (id = '') => {
    const queue = account.queues.find(({ queue_id }) => queue_id === id);
    if (!queue) throw refusal(404, 11000, 'Queue not found.');
    return queue;
  };
  const shown = (queue: Queue) => ({
    ...queue,
    consumers_total_count: queue.consumers.length,
    ...producersOf(account, queue.queue_name),
  });
  const create = (queue: string) => {
    account.queues.push(newQueue(queue));
    return account.queues.at(-1) as Queue;
  };
  /** The dead letter queue of a consumer is made where there is none of that name. */
  const consumerOf = (sent: any) => {
    if (!account.workers.has(sent.script_name)) {
      throw refusal(404, 10007, 'This Worker does not exist on your account.');
    }
    if (sent.dead_letter_queue && !findQueue(sent.dead_letter_queue)) create(sent.dead_letter_queue);
    return {
      type: sent.type,
      script: sent.script_name,
      dead_letter_queue: sent.dead_letter_queue,
      settings: sent.settings,
    };
  };
  return {
    // `name` finds that name alone, and may be there several times.
    'GET /accounts/:account/queues': ({ query }) => {
      const names = query.getAll('name');
      const found = account.queues.filter(({ queue_name }) => names.length === 0 || names.includes(queue_name));
      return page(found.map(shown), query);
    },
    'POST /accounts/:account/queues': ({ json }) => {
      const { queue_name } = json();
      if (findQueue(queue_name)) {
        throw refusal(
          409,
          11009,
          `Queue name '${queue_name}' is already taken. Please use a different name and try again.`,
        );
      }
      return shown(create(queue_name));
    },
    'GET /accounts/:account/queues/:queue': ({ params }) => shown(requireQueue(params['queue'])),
    'POST /accounts/:account/queues/:queue/consumers': async ({ params, json }) => {
      const queue = requireQueue(params['queue']);
      if (queue.consumers.length > 0) throw refusal(400, 11004, 'This queue already has a consumer.');
      const consumer = { consumer_id: randomUUID(), ...consumerOf(json()) };
      queue.consumers.push(consumer);
      runtime.changed();
      return consumer;
    },
    'PUT /accounts/:account/queues/:queue/consumers/:consumer': async ({ params, json }) => {
      const consumer = requireQueue(params['queue']).consumers.find((one) => one.consumer_id === params['consumer']);
      if (!consumer) throw refusal(404, 11001, 'Consumer not found.');
      Object.assign(consumer, consumerOf(json()));
      runtime.changed();
      return consumer;
    },
  };
};

const producersOf = (account: Account, queue: string) => {
  const producers = [...account.workers.values()].flatMap(({ name, versions }) =>
    (versions.at(-1)?.bindings ?? [])
      .filter(({ type, queue_name }) => type === 'queue' && queue_name === queue)
      .map(() => ({ type: 'worker', script: name })),
  );
  return { producers, producers_total_count: producers.length };
};
