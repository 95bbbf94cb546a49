import * as z from 'zod';
import type { NumbersOfDay } from '../http/numbers.ts';
import { success } from '../http/success.ts';
import { described } from '../openapi/described.ts';
import { envelope } from '../openapi/envelope.ts';
import { nullableTime, time } from '../openapi/fields.ts';
import { LIMIT_PARAMETER } from '../openapi/paging.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import type { ListedErasure } from '../wire/erasure.ts';
import type { ListedFailedMail } from '../wire/failed-mail.ts';
import type { AdministratedService } from '../wire/service.ts';
import { NO_NUMBERS } from './operations.handlers.ts';
import { operations } from './operations.ts';

const text = (description: string) => z.string().meta({ description });
const count = (description: string) => z.int().min(0).meta({ description });

const nextCursor = z.string().nullable().meta({ description: 'Where the list goes on; null at its end.' });
const cursor = { description: 'The `next_cursor` of the page before.' };

const FailedMailSchema = component(
  'FailedMail',
  z
    .strictObject({
      id: z.int().min(1).meta({ description: 'The number of the mail.' }),
      user_id: z.int().min(1).nullable().meta({ description: 'For whom it is; null where the account is erased.' }),
      kind: text('What kind of mail it is.'),
      attempts: count('How often it was tried.'),
      failure: text('The code of what went wrong last.').nullable(),
      created_at: time('When it was to leave.'),
      failed_at: time('When it was given up.'),
    })
    .meta({ description: 'A mail that the mailer has given up on; it is kept for a week.' }),
) satisfies z.ZodType<ListedFailedMail>;

const FailedMailsResponse = component(
  'FailedMailsResponse',
  envelope(
    'Failed mails retrieved successfully',
    z.strictObject({
      mails: z.array(FailedMailSchema).max(100).meta({ description: 'The mails, the newest first.' }),
      next_cursor: nextCursor,
    }),
  ).meta({ description: 'A page of failed mails.' }),
);

const ServiceSchema = component(
  'AdministratedService',
  z
    .strictObject({
      name: text('The name of the service.'),
      url: text('Where events are pushed to; null: it asks for them itself.').nullable(),
      types: z.array(z.string()).nullable().meta({ description: 'The types of events that it hears of; null: all.' }),
      state: z.enum(['asks', 'halted', 'retrying', 'active']).meta({
        description:
          'Whether it asks itself, is sent nothing any more until somebody resumes it, is tried again, or has everything so far.',
      }),
      attempts: count('How often the next event was tried.'),
      failure: text('Why the last try failed.').nullable(),
      failing_since: nullableTime('Since when the next event has failed to arrive.'),
      next_try_at: nullableTime('When it is tried again.'),
      halted_at: nullableTime('When it was halted.'),
      waiting: z
        .strictObject({
          events: count('How many events wait for it.'),
          or_more: z.boolean().meta({ description: 'Whether there may be more than were counted.' }),
          since: nullableTime('When the first of them happened.'),
        })
        .nullable()
        .meta({ description: 'What it has not had yet; null where it asks itself.' }),
      created_at: time('When it was added.'),
      former_until: nullableTime('Until when the token and secret before the last rotation work.'),
      pair_works: z
        .boolean()
        .meta({ description: 'Whether the key is there that its token and secret are made with.' }),
    })
    .meta({ description: 'Another program of the operator, and how it is told of what happens.' }),
) satisfies z.ZodType<AdministratedService>;

const ServicesResponse = component(
  'ServicesResponse',
  envelope(
    'Services retrieved successfully',
    z.strictObject({
      services: z.array(ServiceSchema).meta({ description: 'All of them, in the order of their names.' }),
    }),
  ).meta({ description: 'Every service.' }),
);

const ErasureSchema = component(
  'ErasureRecord',
  z
    .strictObject({
      user_id: z.int().min(1).meta({ description: 'The id of the account that was erased.' }),
      erased_at: time('When it was erased.'),
      repeated_at: nullableTime('When it was erased again, after a restored database had brought it back.'),
      pictures_erased_at: nullableTime('When its pictures were gone; null: not yet.'),
      services: z
        .array(
          z.strictObject({
            name: text('The name of the service.'),
            state: z.enum(['confirmed', 'told', 'waiting']).meta({ description: 'How far the service is with it.' }),
            outcome: z
              .enum(['erased', 'nothing-held'])
              .nullable()
              .meta({ description: 'What the service has confirmed.' }),
            confirmed_at: nullableTime('When it has confirmed.'),
          }),
        )
        .meta({ description: 'The services that it is told to.' }),
    })
    .meta({ description: 'The record of an erasure.' }),
) satisfies z.ZodType<ListedErasure>;

const ErasuresResponse = component(
  'ErasuresResponse',
  envelope(
    'Erasures retrieved successfully',
    z.strictObject({
      erasures: z.array(ErasureSchema).max(100).meta({ description: 'The records, highest id first.' }),
      next_cursor: nextCursor,
    }),
  ).meta({ description: 'A page of records of erasures.' }),
);

const NumbersOfDaySchema = component(
  'NumbersOfDay',
  z
    .strictObject({
      day: z.string().meta({ format: 'date', description: 'The day, in UTC.', examples: ['2026-03-14'] }),
      requests: count('Requests that were answered.'),
      refused: count('Those of them that were refused, with a status from 400 to 499.'),
      failed: count('Those of them that failed, with a status from 500 on.'),
      sign_ups: count('Sign-ups that were answered, whatever became of the address.'),
      sign_ins: count('Right passwords and passkeys at a sign-in.'),
      sign_ins_refused: count('Wrong passwords, and tries at what was locked.'),
      suspended: count('Accounts that were suspended.'),
      erased: count('Accounts that were erased.'),
      mails_sent: count('Mails that left.'),
      mails_failed: count('Mails that were given up.'),
      pushes_delivered: count('Events that arrived at a service.'),
      pushes_failed: count('Tries to push an event that failed.'),
    })
    .meta({ description: 'What was counted on a day. Where much is counted, the platform keeps a sample of it.' }),
) satisfies z.ZodType<NumbersOfDay>;

const NumbersResponse = component(
  'NumbersResponse',
  envelope(
    'Numbers retrieved successfully',
    z.strictObject({
      days: z.array(NumbersOfDaySchema).max(90).meta({ description: 'The days, the oldest first; the last is today.' }),
    }),
  ).meta({ description: 'The numbers of the last days.' }),
);

const failedMail: ListedFailedMail = {
  ...{ id: 7, user_id: 12345, kind: 'verify-email', attempts: 30, failure: 'SMTP_ECONNECTION' },
  ...{ created_at: '2026-03-14T12:00:00Z', failed_at: '2026-03-15T12:00:00Z' },
};

const service: AdministratedService = {
  ...{ name: 'meetings', url: 'https://meetings.example.com/events', types: null, state: 'retrying', attempts: 3 },
  ...{ failure: 'HTTP_503', failing_since: '2026-03-14T12:00:00Z', next_try_at: '2026-03-14T12:01:00Z' },
  ...{ halted_at: null, waiting: { events: 12, or_more: false, since: '2026-03-14T12:00:00Z' } },
  ...{ created_at: '2026-03-01T12:00:00Z', former_until: null, pair_works: true },
};

const erasure: ListedErasure = {
  ...{ user_id: 12345, erased_at: '2026-03-14T12:00:00Z', repeated_at: null },
  pictures_erased_at: '2026-03-14T12:00:00Z',
  services: [{ name: 'meetings', state: 'told', outcome: null, confirmed_at: null }],
};

const numbers: NumbersOfDay = {
  ...{ day: '2026-03-14', requests: 5000, refused: 120, failed: 1, sign_ups: 12, sign_ins: 340, sign_ins_refused: 25 },
  ...{ suspended: 1, erased: 2, mails_sent: 31, mails_failed: 0, pushes_delivered: 60, pushes_failed: 2 },
};

/** What administrators look at to see how the service is. */
export const describedOperations = described(operations, {
  'GET /failed-mails': {
    operationId: 'listFailedMails',
    audience: 'administrator',
    tag: 'Operations',
    summary: 'List mails that failed',
    description:
      'Lists the mails that the mailer has given up on, the newest first. A script has them sent again: `mail retry`.',
    parameters: { limit: LIMIT_PARAMETER, cursor },
    wrong: { query: [{ limit: '0' }] },
    answers: {
      200: {
        description: 'A page of the list.',
        schema: FailedMailsResponse,
        examples: {
          page: {
            value: success('Failed mails retrieved successfully', { mails: [failedMail], next_cursor: null }),
          },
        },
        links: {
          nextPage: {
            operationId: 'listFailedMails',
            description: 'Shows the next page, with the same `limit`.',
            parameters: { cursor: '$response.body#/data/next_cursor' },
          },
        },
      },
    },
  },

  'GET /services': {
    operationId: 'listServices',
    audience: 'administrator',
    tag: 'Operations',
    summary: 'List services and their lag',
    description:
      'Lists the other programs of the operator, how they are told of what happens, and what they have not had yet. Scripts add, rotate, resume and remove them.',
    answers: {
      200: {
        description: 'Every service.',
        schema: ServicesResponse,
        examples: { services: { value: success('Services retrieved successfully', { services: [service] }) } },
      },
    },
  },

  'GET /erasures': {
    operationId: 'listErasures',
    audience: 'administrator',
    tag: 'Operations',
    summary: 'List erasures and who has confirmed them',
    description:
      'Lists the records of erased accounts, highest id first, each with the services that it is told to. A page that looks for some of them can be short, or empty, and go on at `next_cursor` all the same.',
    parameters: {
      unfinished: { description: 'Only those whose pictures are still to go.', schema: { type: 'boolean' } },
      unconfirmed: { description: 'Only those that a service has yet to confirm.', schema: { type: 'boolean' } },
      older_than_days: {
        description: 'Only those that happened longer ago than so many days.',
        schema: { type: 'integer', minimum: 1, maximum: 3650 },
      },
      limit: LIMIT_PARAMETER,
      cursor,
    },
    wrong: { query: [{ unconfirmed: 'perhaps' }] },
    answers: {
      200: {
        description: 'A page of the list.',
        schema: ErasuresResponse,
        examples: {
          page: { value: success('Erasures retrieved successfully', { erasures: [erasure], next_cursor: '12345' }) },
        },
        links: {
          nextPage: {
            operationId: 'listErasures',
            description: 'Shows the next page, with the same filters and `limit`.',
            parameters: { cursor: '$response.body#/data/next_cursor' },
          },
        },
      },
    },
  },

  'GET /numbers': {
    operationId: 'getNumbers',
    audience: 'administrator',
    tag: 'Operations',
    summary: 'Show the numbers of the last days',
    description:
      'Shows what was counted on each of the last days, where the operator has given a token for it. A server of the platform is asked each time; where it does not answer within 10 seconds, the status is 500.',
    parameters: {
      days: {
        description: 'How many days, today included.',
        schema: { type: 'integer', minimum: 1, maximum: 90, default: 7 },
      },
    },
    wrong: { query: [{ days: '0' }] },
    answers: {
      200: {
        description: 'The numbers.',
        schema: NumbersResponse,
        examples: { day: { value: success('Numbers retrieved successfully', { days: [numbers] }) } },
      },
    },
    refusals: [
      refusal(NO_NUMBERS[0], { name: 'NO_NUMBERS', message: NO_NUMBERS[1], when: 'No token is set for the numbers.' }),
    ],
  },
});
