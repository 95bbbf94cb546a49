import * as z from 'zod/mini';
import { readFeed } from '../../accounts/services/feed.ts';
import { confirmEvent } from '../../accounts/services/receipt.ts';
import { EVENT_TYPES, eventOf } from '../../outbox/event.ts';
import { AppError } from '../http/error.ts';
import { identifyService, serviceOf } from '../http/identify-service.ts';
import { requireOutcome } from '../http/outcome.ts';
import { Router } from '../http/router.ts';
import { validateJson, validateQuery } from '../http/validate.ts';

const oneValue = z.string({ error: 'must be one value' });

const isListOfTypes = (text: string): boolean =>
  text.split(',').every((type) => (EVENT_TYPES as readonly string[]).includes(type));

const AFTER = 'must be the number of an event, or 0';

const Asked = z.object({
  after: z
    .pipe(z._default(oneValue.check(z.regex(/^(?:0|[1-9]\d{0,15})$/, AFTER)), '0'), z.transform(Number))
    .check(z.refine(Number.isSafeInteger, AFTER)),
  limit: z.pipe(
    z._default(oneValue.check(z.regex(/^(?:[1-9]\d{0,2}|1000)$/, 'must be a number from 1 to 1000')), '100'),
    z.transform(Number),
  ),
  types: z.optional(
    z.pipe(
      oneValue.check(
        z.refine(isListOfTypes, `must be types of events, separated by commas: ${EVENT_TYPES.join(', ')}`),
      ),
      z.transform((text: string) => text.split(',')),
    ),
  ),
});

const Receipt = z.object({
  outcome: z.enum(['erased', 'nothing-held'], { error: 'must be erased or nothing-held' }),
});

/** The number of the event that an id names; 0, which no event has, where it names none. */
const seqOf = (id: string): number => Number(/^evt_([1-9]\d{0,14})$/.exec(id)?.[1] ?? 0);

const expired = (oldest: number): AppError => new AppError('EVENTS_EXPIRED', { data: { oldest } });

/** What happened, for services, and what they have done about it, under `/api/v1/events`. */
export const events = new Router()
  .get('/', identifyService, validateQuery(Asked), async (c) => {
    const result = await readFeed(c.get('db'), serviceOf(c), c.req.valid('query'));
    const { events, next, more } = requireOutcome(result, 'read', { EVENTS_EXPIRED: ({ oldest }) => expired(oldest) });
    return c.json({ events: events.map(eventOf), next, more });
  })
  .post('/:id/receipt', identifyService, validateJson(Receipt), async (c) => {
    const result = await confirmEvent(c.get('db'), serviceOf(c), {
      seq: seqOf(c.req.param('id')),
      ...c.req.valid('json'),
    });
    requireOutcome(result, 'confirmed', { NO_EVENT: 'NOT_FOUND' });
    return c.body(null, 204);
  });
