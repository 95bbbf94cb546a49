import * as z from 'zod';
import { PICTURE_FLAWS } from '../../accounts/profile/avatar-image.ts';
import { described } from '../openapi/described.ts';
import { email, languageTag, time, userId } from '../openapi/fields.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import type { Profile } from '../wire/user.ts';
import { profile } from './profile.ts';

/** What a user sees of the account. */
export const UserResponse = component(
  'UserResponse',
  z
    .strictObject({
      id: userId,
      email,
      full_name: z.string().min(1).max(255).nullable().meta({ description: 'The name, where one was given.' }),
      avatar_url: z.string().nullable().meta({
        format: 'uri',
        description:
          'Where the picture is served, to everybody who knows the address. It changes with each picture, and serves only while the account is in use.',
      }),
      speaking_language: languageTag('The language that the user speaks.'),
      listening_language: languageTag(
        'The language that the user listens in. Mails are written in it, or in the closest that there is.',
      ),
      is_active: z.boolean().meta({ description: 'Whether the account is in use: neither suspended nor deleted.' }),
      is_verified: z.boolean().meta({ description: 'Whether the address was verified.' }),
      created_at: time('When the account came to be.'),
    })
    .meta({ description: 'An account as its user sees it.' }),
) satisfies z.ZodType<Profile>;

/** The account of every example. */
export const ADA: Profile = {
  id: 1,
  email: 'user@example.com',
  full_name: 'Ada Lovelace',
  avatar_url: null,
  speaking_language: 'en',
  listening_language: 'fr',
  is_active: true,
  is_verified: true,
  created_at: '2026-03-14T12:00:00Z',
};

export const AVATAR_URL = 'https://accounts.example.com/avatars/1/Xb2kQ9vN3mT7rY1wLcE5hA.webp';

const deleteAccount = { operationId: 'deleteAccount', description: 'Deletes the account.' };
const updateProfile = { operationId: 'updateProfile', description: 'Changes what is sent, and nothing else.' };
const removeAvatar = { operationId: 'removeAvatar', description: 'Removes the picture.' };
const getProfile = { operationId: 'getProfile', description: 'Shows the same object again.' };

/** One's own account. */
export const describedProfile = described(profile, {
  'GET /': {
    operationId: 'getProfile',
    audience: 'user',
    tag: 'Profile',
    summary: 'Show the own account',
    description: 'Shows the account of the user who calls.',
    answers: {
      200: {
        description: 'The account.',
        schema: UserResponse,
        examples: { withoutPicture: { value: ADA }, withPicture: { value: { ...ADA, avatar_url: AVATAR_URL } } },
        links: { updateProfile, removeAvatar, deleteAccount },
      },
    },
  },

  'PATCH /': {
    operationId: 'updateProfile',
    audience: 'user',
    tag: 'Profile',
    summary: 'Change the own account',
    description:
      'Changes what is sent, and nothing else; a request that is refused changes nothing at all. A picture comes in a form, with or without the other fields. It is cut to a square, re-encoded to a WebP of 512 pixels a side, and loses whatever the file knew of place and camera; the old one is gone when the answer arrives.',
    bodies: {
      'application/json': {
        name: 'UserUpdate',
        examples: {
          name: { summary: 'Another name.', value: { full_name: 'Ada King' } },
          noName: { summary: 'No name any more.', value: { full_name: null } },
          languages: { summary: 'Other languages.', value: { speaking_language: 'fr', listening_language: 'pt-BR' } },
          nothing: { summary: 'Nothing, which is fine.', value: {} },
        },
      },
      'multipart/form-data': {
        name: 'UserUpdateForm',
        properties: {
          full_name: {
            type: 'string',
            description:
              'A name of 1 to 255 characters, counted as code points in NFC, without the white space around it and without what nobody sees when pasting: directional marks, isolates, soft hyphens, zero-width spaces. Joiners and variation selectors stay where a script or an emoji needs them. Control characters, directional overrides, blank letters, private use, noncharacters and U+FFFD are refused; letters newer than the runtime are not. There is no null in a form: JSON clears a name.',
          },
          avatar: {
            description:
              'A JPEG, PNG or WebP of at most 5 MB (5 × 1024 × 1024 bytes), 50 megapixels and 12,000 pixels a side; of an animation its first frame. The empty part that a browser sends where nothing was picked counts as not sent.',
          },
        },
        encoding: { avatar: { contentType: 'image/jpeg, image/png, image/webp' } },
        examples: { language: { summary: 'A text field alone.', value: { listening_language: 'fr' } } },
      },
    },
    wrong: { json: [{ full_name: '' }, { speaking_language: 'english' }] },
    answers: {
      200: {
        description: 'The account as it is now.',
        schema: UserResponse,
        examples: { changed: { value: { ...ADA, full_name: 'Ada King', avatar_url: AVATAR_URL } } },
        links: { getProfile, removeAvatar },
      },
    },
    refusals: [
      'INVALID_FILE_TYPE',
      'INVALID_IMAGE',
      refusal('INVALID_IMAGE', {
        name: 'TOO_MANY_PIXELS',
        when: 'The picture has more than 50 megapixels.',
        message: PICTURE_FLAWS.pixels,
      }),
      refusal('INVALID_IMAGE', {
        name: 'SIDE_TOO_LONG',
        when: 'The picture has a side of more than 12,000 pixels.',
        message: PICTURE_FLAWS.side,
      }),
    ],
  },

  'DELETE /avatar': {
    operationId: 'removeAvatar',
    audience: 'user',
    tag: 'Profile',
    summary: 'Remove the own picture',
    description: 'Removes the picture. Where there is none, nothing changes.',
    answers: {
      200: {
        description: 'The account without a picture.',
        schema: UserResponse,
        examples: { withoutPicture: { value: ADA } },
        links: { getProfile, updateProfile },
      },
    },
  },
});
