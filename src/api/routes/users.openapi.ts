import * as z from 'zod';
import type { Answer } from '../openapi/answer.ts';
import { described } from '../openapi/described.ts';
import { nullableTime } from '../openapi/fields.ts';
import { type Refusal, refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import type { AdministratedUser } from '../wire/user.ts';
import { ADA, UserResponse } from './profile.openapi.ts';
import { REFUSALS, users } from './users.ts';

const AdministratedUserSchema = component(
  'AdministratedUser',
  UserResponse.extend({
    role: z.enum(['user', 'admin']).meta({ description: 'Whether the user administers.' }),
    deactivated_at: nullableTime('When the account was suspended.'),
    deactivation_reason: z.string().max(500).nullable().meta({ description: 'Why the account was suspended.' }),
    deleted_at: nullableTime('When the account was deleted.'),
  }).meta({ description: 'An account as administrators see it.' }),
) satisfies z.ZodType<AdministratedUser>;

const envelope = <Data extends z.ZodType>(message: string, data: Data) =>
  z.strictObject({
    status: z.literal('success'),
    status_code: z.literal(200),
    message: z.literal(message),
    data,
  });

const UserListResponse = component(
  'UserListResponse',
  envelope(
    'Users retrieved successfully',
    z.strictObject({
      users: z.array(AdministratedUserSchema).max(100).meta({ description: 'The accounts, in the order of the list.' }),
      next_cursor: z.string().nullable().meta({ description: 'Where the list goes on; null at its end.' }),
    }),
  ).meta({ description: 'A page of accounts.' }),
);

const AdministratedUserResponse = component(
  'AdministratedUserResponse',
  envelope('User retrieved successfully', z.strictObject({ user: AdministratedUserSchema })).meta({
    description: 'One account.',
  }),
);

const success = (message: string, data: object = {}) => ({ status: 'success', status_code: 200, message, data });

const acted = (message: string): Pick<Answer, 'schema' | 'examples'> => ({
  schema: envelope(message, z.strictObject({})),
  examples: { done: { value: success(message) } },
});

const refused = (name: keyof typeof REFUSALS, when: string): Refusal => {
  const [code, message] = REFUSALS[name];
  return refusal(code, { name, message, when });
};

const NO_USER = refused('NO_USER', 'There is no such account, or it is deleted.');

const user: AdministratedUser = {
  ...ADA,
  role: 'user',
  deactivated_at: null,
  deactivation_reason: null,
  deleted_at: null,
};

const suspended: AdministratedUser = {
  ...user,
  is_active: false,
  deactivated_at: '2026-03-14T18:00:00Z',
  deactivation_reason: 'Spam.',
};

/** What administrators do. */
export const describedUsers = described(users, {
  'PATCH /deactivate': {
    operationId: 'deactivateUser',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Suspend an account',
    description:
      'Takes an account out of use at this moment, everywhere: every session ends, and the next request with any of its tokens is refused. One mail tells the user. Nobody suspends the own account, or the last active administrator.',
    bodies: {
      'application/json': {
        name: 'Deactivation',
        examples: {
          id: { summary: 'By the id alone.', value: { user_id: '12345' } },
          reason: { summary: 'With a reason, which the mail tells.', value: { user_id: 12345, reason: 'Spam.' } },
        },
      },
    },
    wrong: { json: [{ user_id: 'x' }] },
    answers: {
      200: {
        description: 'The account is suspended.',
        ...acted('User account deactivated successfully'),
        links: {
          reactivateUser: {
            operationId: 'reactivateUser',
            description: 'Gives the same account back.',
            requestBody: '$request.body',
          },
          getUser: {
            operationId: 'getUser',
            description: 'Shows the same account.',
            parameters: { id: '$request.body#/user_id' },
          },
        },
      },
    },
    refusals: [
      refused('ALREADY_DEACTIVATED', 'The account is suspended already.'),
      refused('DEACTIVATES_SELF', 'The account is that of the administrator who asks.'),
      refused('LAST_ADMINISTRATOR', 'No other active administrator is there.'),
      NO_USER,
    ],
  },

  'PATCH /reactivate': {
    operationId: 'reactivateUser',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Give a suspended account back',
    description:
      'Takes an account into use again. Its sessions stay ended. One mail tells the user. Nobody reactivates the own account.',
    bodies: {
      'application/json': { name: 'Reactivation', examples: { id: { value: { user_id: '12345' } } } },
    },
    wrong: { json: [{ user_id: 0 }] },
    answers: {
      200: {
        description: 'The account is in use.',
        ...acted('User account reactivated successfully'),
        links: {
          deactivateUser: {
            operationId: 'deactivateUser',
            description: 'Suspends the same account.',
            requestBody: '$request.body',
          },
          getUser: {
            operationId: 'getUser',
            description: 'Shows the same account.',
            parameters: { id: '$request.body#/user_id' },
          },
        },
      },
    },
    refusals: [
      refused('ALREADY_ACTIVE', 'The account is in use already.'),
      refused('REACTIVATES_SELF', 'The account is that of the administrator who asks.'),
      NO_USER,
    ],
  },

  'GET /': {
    operationId: 'listUsers',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'List and find accounts',
    description:
      'Lists accounts, the newest first; with `q` those that it finds, in the order of what was found: first by a word of the name, then by the domain, then by the address, in that by the text that was found, and under one text the newest first. Nobody comes twice. The list goes on at `next_cursor` until that is null; each page before is full.',
    parameters: {
      q: {
        description:
          'The beginning of an address, of its domain, or of any word of a name, whatever the case and the accents: `ibrahim` finds `İbrahim`, `strasse` finds `Straße`. Several words are the beginning of the name from one of its words on: `king lov` finds `Ada King Lovelace`. Without a letter or sign in it, all are listed.',
      },
      status: { description: 'The state of the accounts. All are listed where there is none.' },
      limit: {
        description: 'How many accounts a page holds at most.',
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      },
      cursor: { description: 'The `next_cursor` of the page before, with the same `q`.' },
    },
    wrong: { query: [{ limit: '0' }] },
    answers: {
      200: {
        description: 'A page of the list.',
        schema: UserListResponse,
        examples: {
          page: {
            summary: 'The list goes on.',
            value: success('Users retrieved successfully', {
              users: [user],
              next_cursor: '1.1.m5X0dYlr2n9fKs3wA6uZxQb7vO8cEhHg0jLkMpNyRoF',
            }),
          },
          end: {
            summary: 'The list ends.',
            value: success('Users retrieved successfully', { users: [suspended], next_cursor: null }),
          },
        },
        links: {
          getUser: {
            operationId: 'getUser',
            description: 'Shows an account of the page.',
            parameters: { id: '$response.body#/data/users/0/id' },
          },
          nextPage: {
            operationId: 'listUsers',
            description: 'Shows the next page, with the same `q`, `status` and `limit`.',
            parameters: { cursor: '$response.body#/data/next_cursor' },
          },
        },
      },
    },
  },

  'GET /:id': {
    operationId: 'getUser',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Show an account',
    description: 'Shows one account and the state it is in; a deleted one too, until it is erased.',
    parameters: {
      id: { description: 'The id of the user.', schema: { type: 'integer', minimum: 1, examples: [12345] } },
    },
    answers: {
      200: {
        description: 'The account.',
        schema: AdministratedUserResponse,
        examples: {
          active: { value: success('User retrieved successfully', { user }) },
          suspended: { value: success('User retrieved successfully', { user: suspended }) },
        },
        links: {
          deactivateUser: {
            operationId: 'deactivateUser',
            description: 'Suspends the account; its body takes the id as `user_id`.',
          },
          reactivateUser: {
            operationId: 'reactivateUser',
            description: 'Gives the account back; its body takes the id as `user_id`.',
          },
        },
      },
    },
    refusals: [refused('NO_USER', 'There is no such account, or the id is no number.')],
  },
});
