import * as z from 'zod';
import { success } from '../http/success.ts';
import type { Answer } from '../openapi/answer.ts';
import { described } from '../openapi/described.ts';
import { envelope } from '../openapi/envelope.ts';
import { nullableTime, time } from '../openapi/fields.ts';
import type { Parameter } from '../openapi/operation.ts';
import { LIMIT_PARAMETER } from '../openapi/paging.ts';
import { type Refusal, refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import type { AccountAccess } from '../wire/access.ts';
import type { AuditRecord } from '../wire/audit-record.ts';
import type { AdministratedUser } from '../wire/user.ts';
import { ADA, UserResponse } from './profile.openapi.ts';
import { SUPPORT_REFUSALS } from './users.handlers.ts';
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

const acted = (message: string): Pick<Answer, 'schema' | 'examples'> => ({
  schema: envelope(message, z.strictObject({})),
  examples: { done: { value: success(message, {}) } },
});

const TOLD = { ...SUPPORT_REFUSALS, ...REFUSALS };

const refused = (name: keyof typeof TOLD, when: string): Refusal => {
  const [code, message] = TOLD[name];
  return refusal(code, { name, message, when });
};

const NOT_SELF = refused('SELF', 'The account is that of the administrator who asks.');

const UserCreatedResponse = component(
  'UserCreatedResponse',
  envelope('User created successfully', z.strictObject({ user: AdministratedUserSchema }), 201).meta({
    description: 'An account that an administrator has made.',
  }),
);

const count = (description: string) => z.int().min(0).meta({ description });

const AccountAccessSchema = component(
  'AccountAccess',
  z
    .strictObject({
      last_sign_in_at: nullableTime('When the user signed in last; null: not since this is noted.'),
      locks: z
        .array(
          z.strictObject({
            kind: z.enum(['password', 'second_factor']).meta({ description: 'At what somebody guessed.' }),
            known_device: z.boolean().meta({
              description: 'Whether it was a browser that has signed in to this account before; else anybody.',
            }),
            failures: count('How many guesses were wrong in a row.'),
            locked_until: nullableTime('Until when nothing more is checked; null where nothing is locked.'),
          }),
        )
        .max(100)
        .meta({ description: 'Wrong guesses of the last day, the most first.' }),
      sessions: z
        .array(
          z.strictObject({
            id: z.string().meta({ description: 'The id of the session.' }),
            created_at: time('When the user signed in.'),
            last_used_at: time('When an access token was issued last.'),
            user_agent: z.string().nullable().meta({ description: 'What the browser called itself at the sign-in.' }),
          }),
        )
        .meta({ description: 'The living sessions, last used first.' }),
      second_factors: z
        .strictObject({
          passkeys: count('How many passkeys there are.'),
          authenticators: count('How many authenticator apps there are.'),
          recovery_codes: count('How many recovery codes were not used.'),
        })
        .meta({ description: 'What the user can prove it with besides the password.' }),
    })
    .meta({ description: 'How somebody gets into an account, and what keeps them out.' }),
) satisfies z.ZodType<AccountAccess>;

const AccountAccessResponse = component(
  'AccountAccessResponse',
  envelope('User access retrieved successfully', AccountAccessSchema).meta({ description: 'Access to one account.' }),
);

const AuditRecordSchema = component(
  'AuditRecord',
  z
    .strictObject({
      id: z.int().min(1).meta({ description: 'The number of the record.' }),
      action: z.string().meta({ description: 'What was done.', examples: ['user.deactivate'] }),
      at: time('When it was done.'),
      origin: z
        .enum(['http', 'script', 'schedule'])
        .meta({ description: 'Whether a request did it, a script, or the scheduled run.' }),
      actor: z
        .union([
          z.strictObject({ user_id: z.int().min(1).meta({ description: 'The id of the user who did it.' }) }),
          z.strictObject({ name: z.string().meta({ description: 'The name that was given to the script.' }) }),
        ])
        .nullable()
        .meta({ description: 'Who did it; null where that is nobody.' }),
      request_id: z.string().meta({ description: 'By which the log tells of it.' }),
    })
    .meta({ description: 'Something that was done to an account.' }),
) satisfies z.ZodType<AuditRecord>;

const AuditResponse = component(
  'AuditResponse',
  envelope(
    'Audit records retrieved successfully',
    z.strictObject({
      records: z.array(AuditRecordSchema).max(100).meta({ description: 'The records, the newest first.' }),
      next_cursor: z.string().nullable().meta({ description: 'Where the list goes on; null at its end.' }),
    }),
  ).meta({ description: 'A page of what was done to an account.' }),
);

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

const access: AccountAccess = {
  last_sign_in_at: '2026-03-14T12:00:00Z',
  locks: [{ kind: 'password', known_device: false, failures: 5, locked_until: '2026-03-14T18:15:00Z' }],
  sessions: [
    {
      id: 'RkZ0c2l5b1pKdU1kS1pWcQ',
      created_at: '2026-03-14T12:00:00Z',
      last_used_at: '2026-03-14T17:45:00Z',
      user_agent: 'Mozilla/5.0',
    },
  ],
  second_factors: { passkeys: 1, authenticators: 0, recovery_codes: 10 },
};

const ID_PARAMETER: Parameter = {
  description: 'The id of the user.',
  schema: { type: 'integer', minimum: 1, examples: [12345] },
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
      limit: { ...LIMIT_PARAMETER, description: 'How many accounts a page holds at most.' },
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
      id: ID_PARAMETER,
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

  'POST /': {
    operationId: 'createUser',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Make an account for somebody',
    description:
      'Makes an account for an address that no account has, in whatever state. One mail tells its owner, in the language of the account, with a link that sets the first password and verifies the address; nobody knows a password before. The link works for 7 days, after which an account that was never verified is removed. Nobody accepts the terms in the owner’s place.',
    bodies: {
      'application/json': {
        name: 'UserCreation',
        properties: {
          speaking_language: { default: 'en' },
          listening_language: { default: 'en' },
        },
        examples: {
          address: { summary: 'The address alone.', value: { email: 'ada@example.com' } },
          whole: {
            summary: 'With a name and languages.',
            value: {
              email: 'ada@example.com',
              full_name: 'Ada Lovelace',
              speaking_language: 'en',
              listening_language: 'fr',
            },
          },
        },
      },
    },
    wrong: { json: [{}, { email: 'ada@example.com', listening_language: 'klingon' }] },
    answers: {
      201: {
        description: 'The account is made, and a mail is on its way.',
        schema: UserCreatedResponse,
        examples: {
          created: {
            value: success(
              'User created successfully',
              { user: { ...user, avatar_url: null, is_verified: false } },
              201,
            ),
          },
        },
        links: {
          getUser: {
            operationId: 'getUser',
            description: 'Shows the account.',
            parameters: { id: '$response.body#/data/user/id' },
          },
        },
      },
    },
    refusals: [refused('ADDRESS_TAKEN', 'An account has the address, in whatever state.')],
  },

  'PATCH /unlock': {
    operationId: 'unlockUser',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Lift the locks of an account',
    description:
      'Forgets the wrong guesses that were counted for the address of an account, at passwords and at second factors, where they lock it for anybody.',
    bodies: { 'application/json': { name: 'Unlocking', examples: { id: { value: { user_id: '12345' } } } } },
    wrong: { json: [{ user_id: 0 }] },
    answers: { 200: { description: 'Nothing is locked.', ...acted('User account unlocked successfully') } },
    refusals: [refused('NOT_LOCKED', 'Nothing is locked at this moment.'), NOT_SELF, NO_USER],
  },

  'PATCH /end-sessions': {
    operationId: 'endSessionsOfUser',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Sign somebody out everywhere',
    description:
      'Ends every session of an account: the next request with any of its tokens is refused. The account stays in use. It is done as well where there is no session.',
    bodies: { 'application/json': { name: 'SigningOut', examples: { id: { value: { user_id: '12345' } } } } },
    wrong: { json: [{ user_id: 0 }] },
    answers: { 200: { description: 'Every session has ended.', ...acted('User signed out everywhere successfully') } },
    refusals: [NOT_SELF, NO_USER],
  },

  'PATCH /send-verification': {
    operationId: 'sendVerification',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Send the verification link again',
    description:
      'Sends a fresh link to an account in use that was never verified; the one before dies. To whoever has yet to set the first password it is the link that does. The caps on mails to an address are not for administrators.',
    bodies: { 'application/json': { name: 'SendingVerification', examples: { id: { value: { user_id: '12345' } } } } },
    wrong: { json: [{ user_id: 0 }] },
    answers: { 200: { description: 'A mail is on its way.', ...acted('Verification mail sent successfully') } },
    refusals: [
      refused('ALREADY_VERIFIED', 'The address is verified.'),
      refused('USER_DEACTIVATED', 'The account is suspended.'),
      NOT_SELF,
      NO_USER,
    ],
  },

  'PATCH /send-reset': {
    operationId: 'sendReset',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Send a link that sets a new password',
    description:
      'Sends a fresh link to a verified account in use; the one before dies, and the password stays until the link is used. The caps on mails to an address are not for administrators.',
    bodies: { 'application/json': { name: 'SendingReset', examples: { id: { value: { user_id: '12345' } } } } },
    wrong: { json: [{ user_id: 0 }] },
    answers: { 200: { description: 'A mail is on its way.', ...acted('Password reset mail sent successfully') } },
    refusals: [
      refused('EMAIL_NOT_VERIFIED', 'The address was never verified.'),
      refused('USER_DEACTIVATED', 'The account is suspended.'),
      NOT_SELF,
      NO_USER,
    ],
  },

  'GET /:id/access': {
    operationId: 'getUserAccess',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Show locks, sessions and the last sign-in',
    description:
      'Shows how somebody gets into an account and what keeps them out: the last sign-in, wrong guesses and what they lock, living sessions, and how many second factors there are.',
    parameters: { id: ID_PARAMETER },
    answers: {
      200: {
        description: 'Access to the account.',
        schema: AccountAccessResponse,
        examples: { locked: { value: success('User access retrieved successfully', access) } },
        links: {
          unlockUser: {
            operationId: 'unlockUser',
            description: 'Lifts the locks; its body takes the id as `user_id`.',
          },
        },
      },
    },
    refusals: [refused('NO_USER', 'There is no such account, or the id is no number.')],
  },

  'GET /:id/audit': {
    operationId: 'getUserAudit',
    audience: 'administrator',
    tag: 'Administration',
    summary: 'Show what was done to an account',
    description:
      'Lists what was done to an account and by whom, the newest first; of an erased one too, as long as there are records. The list goes on at `next_cursor` until that is null.',
    parameters: {
      id: ID_PARAMETER,
      limit: LIMIT_PARAMETER,
      cursor: { description: 'The `next_cursor` of the page before.' },
    },
    wrong: { query: [{ limit: '0' }] },
    answers: {
      200: {
        description: 'A page of the records.',
        schema: AuditResponse,
        examples: {
          page: {
            value: success('Audit records retrieved successfully', {
              records: [
                {
                  id: 8,
                  action: 'user.reactivate',
                  at: '2026-03-15T09:00:00Z',
                  origin: 'script',
                  actor: { name: 'grace' },
                  request_id: 'f2b1c1de-8d0c-4e0a-9a53-7b0b5f5f2f10',
                },
                {
                  id: 7,
                  action: 'user.deactivate',
                  at: '2026-03-14T18:00:00Z',
                  origin: 'http',
                  actor: { user_id: 1 },
                  request_id: '0b7e4f0e-9a55-4a51-8a4e-2f6f0e6f3c11',
                },
              ],
              next_cursor: null,
            }),
          },
        },
        links: {
          nextPage: {
            operationId: 'getUserAudit',
            description: 'Shows the next page, with the same `limit`.',
            parameters: { cursor: '$response.body#/data/next_cursor' },
          },
        },
      },
    },
    refusals: [refused('NO_USER', 'There was never such an account, or the id is no number.')],
  },
});
