import { described } from '../openapi/described.ts';
import { refusal } from '../openapi/refusal.ts';
import { avatars } from './avatars.ts';

const headers = { ETag: 'always', CacheControl: 'always', ContentDisposition: 'always' } as const;

/** Pictures, for everybody who knows their address. */
export const describedAvatars = described(avatars, {
  'GET /:key': {
    operationId: 'getAvatar',
    audience: 'anybody',
    head: 'getAvatarHead',
    tag: 'Pictures',
    summary: 'Show a picture',
    description:
      'Serves the picture that an `avatar_url` names, while the account is in use. A cache may keep it for five minutes and must then ask.',
    parameters: {
      key: {
        description: 'What follows `/avatars/` in an `avatar_url`. Its slash may be encoded as `%2F`.',
        schema: {
          type: 'string',
          pattern: '^[1-9]\\d*/[\\w-]{22}\\.webp$',
          examples: ['1/Xb2kQ9vN3mT7rY1wLcE5hA.webp'],
        },
      },
      'If-None-Match': {
        in: 'header',
        description: 'The `ETag` of a picture that is there already, a list of such, or `*` for any.',
        schema: { type: 'string' },
      },
    },
    answers: {
      200: {
        description: 'The picture: a square WebP of 512 pixels a side.',
        headers,
        content: { 'image/webp': { type: 'string', format: 'binary', contentMediaType: 'image/webp' } },
      },
      304: { description: 'The picture is the one that is there already.', headers },
    },
    refusals: [
      refusal('NOT_FOUND', { when: 'There is no such picture, or its account is out of use.' }),
      'SERVICE_UNAVAILABLE',
    ],
  },
});
