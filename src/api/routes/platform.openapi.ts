import * as z from 'zod';
import type { publicKeySet } from '../../accounts/tokens/access-token.ts';
import { described } from '../openapi/described.ts';
import { component } from '../openapi/schema.ts';
import { platform } from './platform.ts';

const KeySet = component(
  'KeySet',
  z
    .strictObject({
      keys: z
        .array(
          z.strictObject({
            kty: z.literal('OKP'),
            crv: z.literal('Ed25519'),
            x: z
              .string()
              .regex(/^[\w-]{43}$/)
              .meta({ description: 'The public key.' }),
            kid: z.string().meta({ description: 'The id of the key, which the head of a token names.' }),
            alg: z.literal('EdDSA'),
            use: z.literal('sig'),
          }),
        )
        .min(1)
        .max(2)
        .meta({ description: 'One key, or two while they are being rotated.' }),
    })
    .meta({ description: 'A key set of RFC 7517.' }),
);

const KEYS: ReturnType<typeof publicKeySet> = {
  keys: [
    {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      kid: '2026-03-14-Xb2kQ9vN3mT7rY1wLcE5hA',
      alg: 'EdDSA',
      use: 'sig',
    },
  ],
};

const Health = z.strictObject({ status: z.literal('ok') });

/** What machines ask. */
export const describedPlatform = described(platform, {
  'GET /health': {
    operationId: 'getHealth',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Ask whether the API answers',
    description: 'Answers without asking storage.',
    answers: {
      200: {
        description: 'The API answers.',
        headers: { CacheControl: 'always' },
        schema: Health,
        examples: { ok: { value: { status: 'ok' } } },
      },
    },
  },

  'GET /.well-known/jwks.json': {
    operationId: 'getKeySet',
    audience: 'anybody',
    tag: 'Platform',
    summary: 'Show the keys that verify access tokens',
    description:
      'Shows the public keys of access tokens, for services that verify them by themselves. A cache may keep the answer for 15 minutes; a new key is shown for an hour before it signs.',
    answers: {
      200: {
        description: 'The key set.',
        headers: { CacheControl: 'always', AnyOrigin: 'always' },
        schema: KeySet,
        examples: { oneKey: { value: KEYS } },
      },
    },
  },
});
