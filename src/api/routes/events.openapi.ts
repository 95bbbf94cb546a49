import * as z from 'zod';
import { EVENT_TYPES, type WireEvent } from '../../outbox/event.ts';
import { described } from '../openapi/described.ts';
import { time, userId } from '../openapi/fields.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import { events } from './events.ts';

const EventData = z
  .strictObject({
    user_id: userId,
    changed: z
      .array(z.enum(['full_name', 'avatar_url', 'speaking_language', 'listening_language']))
      .min(1)
      .meta({ description: 'With `user.updated`: the public fields that have changed.' })
      .optional(),
    role: z.enum(['user', 'admin']).meta({ description: 'With `user.role_changed`: what the user is now.' }).optional(),
    session_ids: z
      .array(z.string())
      .min(1)
      .meta({ description: 'With `user.signed_out`: the sessions that have ended, as tokens name them in `sid`.' })
      .optional(),
    kind: z
      .enum(['passkey', 'authenticator'])
      .meta({ description: 'With `user.factor_added` and `user.factor_removed`: what it is.' })
      .optional(),
    erase_at: time('With `user.deleted`: when the account will be erased.').optional(),
  })
  .meta({ description: 'To whom it happened, and what changed; keys may come, and nothing personal does.' });

const EventSchema = component(
  'Event',
  z
    .strictObject({
      id: z
        .string()
        .regex(/^evt_[1-9]\d*$/)
        .meta({ description: 'Names the event; the `webhook-id` of its push.', examples: ['evt_123'] }),
      seq: z.int().min(1).meta({ description: 'Rises with what happened.' }),
      type: z.string().meta({
        description: `What happened: ${EVENT_TYPES.map((type) => `\`${type}\``).join(', ')}. Others may come.`,
        examples: [...EVENT_TYPES],
      }),
      timestamp: time('When it happened.'),
      data: EventData,
    })
    .meta({ description: 'Something that happened to an account.' }),
) satisfies z.ZodType<WireEvent>;

const EventPage = component(
  'EventPage',
  z
    .strictObject({
      events: z.array(EventSchema).max(1000).meta({ description: 'What happened, oldest first.' }),
      next: z.int().min(0).meta({ description: 'The `after` of the next page.' }),
      more: z.boolean().meta({ description: 'Whether there is more behind `next`.' }),
    })
    .meta({ description: 'A page of events.' }),
);

const erased: WireEvent = {
  id: 'evt_123',
  seq: 123,
  type: 'user.erased',
  timestamp: '2026-03-14T12:00:00Z',
  data: { user_id: 12 },
};
const renamed: WireEvent = {
  ...{ id: 'evt_124', seq: 124, type: 'user.updated', timestamp: '2026-03-14T12:00:07Z' },
  data: { user_id: 7, changed: ['full_name'] },
};

/** What happened, and what services have done about it. */
export const describedEvents = described(events, {
  'GET /': {
    operationId: 'listEvents',
    audience: 'service',
    tag: 'Services',
    summary: 'Hear what happened',
    description:
      'Answers the events behind `after`, of the types that the service hears of, oldest first. At most `limit` events are looked at, whatever their type, so a page of some types can be short, or empty, and go on all the same while `more` is true. Whoever has seen an event never later finds an earlier one. Events are kept for 90 days; that of an erasure stays.',
    parameters: {
      after: {
        description: 'The `next` of the page before; 0 is the beginning.',
        schema: { type: 'integer', minimum: 0, default: 0 },
      },
      limit: {
        description: 'How many events are looked at.',
        schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
      },
      types: {
        description: 'Types of events, separated by commas. All that the service hears of where there are none.',
        schema: { type: 'string', examples: ['user.erased,user.updated'] },
      },
    },
    wrong: { query: [{ after: '-1', limit: '0', types: 'user.born' }] },
    answers: {
      200: {
        description: 'A page of events.',
        schema: EventPage,
        examples: {
          page: { summary: 'There is more.', value: { events: [erased, renamed], next: 124, more: true } },
          end: { summary: 'Nothing has happened since.', value: { events: [], next: 124, more: false } },
        },
        links: {
          nextPage: {
            operationId: 'listEvents',
            description: 'Shows the next page.',
            parameters: { after: '$response.body#/next' },
          },
          confirmEvent: {
            operationId: 'confirmEvent',
            description: 'Confirms an event of the page.',
            parameters: { id: '$response.body#/events/0/id' },
          },
        },
      },
    },
    refusals: [refusal('EVENTS_EXPIRED', { data: { oldest: 100 } })],
  },

  'POST /:id/receipt': {
    operationId: 'confirmEvent',
    audience: 'service',
    exceptions: { 'another service': 'NOT_FOUND' },
    tag: 'Services',
    summary: 'Confirm what was done about an event',
    description:
      'Notes that the service has erased what it held, or held nothing; administrators see which services have not confirmed an erasure. The first receipt stands, and to confirm again changes nothing.',
    parameters: {
      id: {
        description: 'The id of the event.',
        schema: { type: 'string', pattern: '^evt_[1-9]\\d{0,14}$', examples: ['evt_123'] },
      },
    },
    bodies: {
      'application/json': {
        name: 'Receipt',
        properties: { outcome: { description: 'What the service has done.' } },
        examples: {
          erased: { value: { outcome: 'erased' } },
          nothing: { summary: 'It held nothing of the user.', value: { outcome: 'nothing-held' } },
        },
      },
    },
    wrong: { json: [{ outcome: 'done' }] },
    answers: { 204: { description: 'The receipt stands.' } },
    refusals: [refusal('NOT_FOUND', { when: 'There is no such event among those that the service hears of.' })],
  },
});
