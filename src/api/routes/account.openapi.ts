import * as z from 'zod';
import { done } from '../openapi/answer.ts';
import { described } from '../openapi/described.ts';
import { nullableTime, time, userId } from '../openapi/fields.ts';
import { component } from '../openapi/schema.ts';
import type { Export } from '../wire/export.ts';
import { account } from './account.ts';
import { ADA, AVATAR_URL, UserResponse } from './profile.openapi.ts';

const id = (description: string) => z.int().min(1).meta({ description });

const factor = {
  id: z.string().meta({ description: 'The id of the second factor.' }),
  name: z.string().meta({ description: 'What its user calls it.' }),
  created_at: time('When it was added.'),
  last_used_at: nullableTime('When it was used last; null: never yet.'),
};

const ExportResponse = component(
  'ExportResponse',
  z
    .strictObject({
      exported_at: time('When the document was made.'),
      account: UserResponse.extend({
        avatar: z
          .strictObject({
            content_type: z.literal('image/webp').meta({ description: 'What the picture is.' }),
            data: z.string().meta({
              description: 'The picture itself, in base64.',
              contentEncoding: 'base64',
              contentMediaType: 'image/webp',
            }),
          })
          .nullable()
          .meta({ description: 'The picture as it is stored; null where there is none.' }),
        role: z.enum(['user', 'admin']).meta({ description: 'Whether the user administers.' }),
        accepted_terms_at: nullableTime(
          'When the terms were accepted; null: an administrator made the account, and nobody was asked.',
        ),
        last_sign_in_at: nullableTime('When the user signed in last; null: not since this is noted.'),
        password_changed_at: nullableTime('When another password took the place of the first; null while none has.'),
        factors_changed_at: nullableTime(
          'When a second factor or recovery code came or went last; null while none has.',
        ),
        email_changed_at: nullableTime('When another address took the place of the first; null while none has.'),
        updated_at: time('When the account was changed last.'),
        deactivated_at: nullableTime('When the account was suspended.'),
        deactivation_reason: z.string().max(500).nullable().meta({ description: 'Why the account was suspended.' }),
        deleted_at: nullableTime('When the account was deleted.'),
        reminded_at: nullableTime('When a mail reminded of the erasure.'),
      }).meta({ description: 'The account itself.' }),
      sessions: z
        .array(
          z.strictObject({
            id: z.string().meta({ description: 'The id of the session.' }),
            created_at: time('When the user signed in.'),
            last_used_at: time('When an access token was issued last.'),
            expires_at: time('When the session ends by itself.'),
            user_agent: z.string().nullable().meta({ description: 'What the browser called itself at the sign-in.' }),
            second_factor: z
              .boolean()
              .meta({ description: 'Whether a second factor has opened it, or was proved in it.' }),
            proved_at: time('When the user proved last in it who they are; 1970 of a session of an earlier release.'),
          }),
        )
        .meta({ description: 'Sessions that have not been ended.' }),
      passkeys: z
        .array(
          z.strictObject({
            ...factor,
            credential_id: z.string().meta({ description: 'What the passkey calls itself.' }),
            transports: z.array(z.string()).meta({ description: 'How browsers reach it.' }),
            backed_up: z.boolean().meta({ description: 'Whether it is kept in more places than one device.' }),
            rp_id: z.string().meta({ description: 'The host for which it was made.' }),
          }),
        )
        .meta({ description: 'Passkeys, without their keys.' }),
      authenticators: z
        .array(z.strictObject(factor))
        .meta({ description: 'Authenticator apps, without their secrets.' }),
      recovery_codes: z
        .array(z.strictObject({ created_at: time('When it was made.') }))
        .meta({ description: 'Recovery codes that were not used, without themselves.' }),
      email_changes: z
        .array(
          z.strictObject({
            email: z.string().meta({ description: 'The new address.' }),
            former_email: z.string().meta({ description: 'The address before it.' }),
            requested_at: time('When it was asked for.'),
            confirmed_at: nullableTime('When it was confirmed; null while it waits for that.'),
            expires_at: time('Until when it can be confirmed, and afterwards until when it can be undone.'),
          }),
        )
        .meta({ description: 'Another address that waits for its confirmation, and those that can still be undone.' }),
      room_participations: z
        .array(
          z.strictObject({
            id: id('The id of the participation.'),
            room_id: z.string().meta({ description: 'The room.' }),
            joined_at: time('When the user came.'),
            left_at: nullableTime('When the user went.'),
          }),
        )
        .meta({ description: 'The rooms that the user was in.' }),
      pending_mails: z
        .array(
          z.strictObject({
            id: id('The id of the mail.'),
            kind: z.string().meta({ description: 'What the mail is about.' }),
            attempts: z.int().min(0).meta({ description: 'How often it was tried to send it.' }),
            created_at: time('When the mail was queued.'),
            failed_at: nullableTime('When it was given up.'),
          }),
        )
        .meta({ description: 'Mails to the user that have not left.' }),
      audit_events: z
        .array(
          z.strictObject({
            id: id('The id of the record.'),
            action: z.string().meta({ description: 'What was done.', examples: ['user.deactivate'] }),
            subject_id: userId.nullable().meta({ description: 'To whom: the user.' }),
            origin: z.enum(['http', 'script', 'schedule']).meta({ description: 'By which way.' }),
            request_id: z.string().meta({ description: 'In which request.' }),
            at: time('When it was done.'),
          }),
        )
        .meta({ description: 'What was done to the account.' }),
    })
    .meta({ description: 'All personal data that is held about a user.' }),
) satisfies z.ZodType<Export>;

const EXPORT: Export = {
  exported_at: '2026-03-15T08:30:00Z',
  account: {
    ...ADA,
    avatar_url: AVATAR_URL,
    // Of one pixel, so that the document stays short.
    avatar: {
      content_type: 'image/webp',
      data: 'UklGRjIAAABXRUJQVlA4ICYAAABwAQCdASoBAAEAAsBMJaACdAF1AAD+u7OT9L3/5Bj/Q1/gruwAAA==',
    },
    role: 'user',
    accepted_terms_at: '2026-03-14T12:00:00Z',
    last_sign_in_at: '2026-03-14T12:05:00Z',
    password_changed_at: null,
    factors_changed_at: '2026-03-14T12:10:00Z',
    email_changed_at: null,
    updated_at: '2026-03-14T12:05:00Z',
    deactivated_at: null,
    deactivation_reason: null,
    deleted_at: null,
    reminded_at: null,
  },
  sessions: [
    {
      id: 'Xb2kQ9vN3mT7rY1wLcE5hA',
      created_at: '2026-03-14T12:06:00Z',
      last_used_at: '2026-03-15T08:30:00Z',
      expires_at: '2026-03-22T08:30:00Z',
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      second_factor: true,
      proved_at: '2026-03-14T12:06:00Z',
    },
  ],
  passkeys: [],
  authenticators: [
    {
      id: 'pKv1c2hZ8Yt0x4oW9mQ3nA',
      name: 'Telephone',
      created_at: '2026-03-14T12:10:00Z',
      last_used_at: '2026-03-15T08:30:00Z',
    },
  ],
  recovery_codes: [{ created_at: '2026-03-14T12:10:00Z' }],
  email_changes: [],
  room_participations: [
    { id: 7, room_id: 'monday', joined_at: '2026-03-14T13:00:00Z', left_at: '2026-03-14T13:45:00Z' },
  ],
  pending_mails: [],
  audit_events: [
    {
      id: 42,
      action: 'user.reactivate',
      subject_id: 1,
      origin: 'http',
      request_id: '1f2e0a8c-5b1d-4c57-9f0a-6d8f3b2c4e10',
      at: '2026-03-14T18:00:00Z',
    },
  ],
};

/** Leaving, and taking one's data along. */
export const describedAccount = described(account, {
  'DELETE /': {
    operationId: 'deleteAccount',
    audience: 'user',
    tag: 'Account',
    summary: 'Delete the own account',
    description:
      'Takes the account out of use at once: every session ends, and the cookie is cleared. It is erased when the grace period is over, 30 days where the operator has not set another; until then an administrator can restore it. With `hard=true` it is erased now, with everything that refers to it, and the address can sign up again.',
    parameters: { hard: { description: 'Whether to erase the account now.' } },
    wrong: { query: [{ hard: 'yes' }] },
    answers: {
      200: {
        description: 'The account is deleted, or erased.',
        headers: { ClearedCookie: 'always', ClearSiteData: 'always' },
        ...done('Account has been successfully deleted.'),
        links: { signUp: { operationId: 'signUp', description: 'Opens another account, once this one is erased.' } },
      },
    },
    refusals: ['LAST_ADMINISTRATOR'],
  },

  'GET /export': {
    operationId: 'exportAccount',
    audience: 'user',
    tag: 'Account',
    summary: "Take one's data along",
    description:
      'Answers with all personal data that is held about the user, as one document, the picture itself among it. Where the storage of pictures does not answer the request is refused, since an export without the picture would be none.',
    answers: {
      200: {
        description: 'The document.',
        headers: { ContentDisposition: 'always' },
        schema: ExportResponse,
        examples: { whole: { value: EXPORT } },
        links: { deleteAccount: { operationId: 'deleteAccount', description: 'Deletes the account.' } },
      },
    },
  },
});
