import * as z from 'zod';
import { described } from '../openapi/described.ts';
import { nullableTime, time } from '../openapi/fields.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import { CHALLENGE, MADE_PASSKEY, NEW_PASSKEY_OPTIONS, NewPasskeyOptions, RECOVERY_CODE } from '../openapi/webauthn.ts';
import type { WireFactor } from '../wire/factor.ts';
import { factors } from './factors.ts';

const FACTOR_ID = 'Xb2kQ9vN3mT7rY1wLcE5hA';

const Factor = component(
  'Factor',
  z
    .strictObject({
      id: z.string().meta({ description: 'The id of the second factor.' }),
      kind: z.enum(['passkey', 'authenticator']).meta({ description: 'What it is.' }),
      name: z.string().max(64).meta({ description: 'What its user calls it.' }),
      created_at: time('When it was added.'),
      last_used_at: nullableTime('When it was used last; null: never yet.'),
      backed_up: z
        .boolean()
        .nullable()
        .meta({ description: 'Whether the passkey is kept in more places than one device; null for anything else.' }),
    })
    .meta({ description: 'A second factor.' }),
) satisfies z.ZodType<WireFactor>;

const Factors = component(
  'Factors',
  z
    .strictObject({
      factors: z.array(Factor).max(10).meta({ description: 'Oldest first.' }),
      recovery_codes_left: z.int().min(0).max(10).meta({ description: 'How many recovery codes were not used yet.' }),
    })
    .meta({ description: 'The second factors of a user.' }),
);

const recoveryCodes = z
  .array(z.string().regex(/^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){5}$/))
  .length(10)
  .meta({
    description: 'Ten codes, each of which works once in the place of a second factor. Nobody is shown them again.',
  });

const AddedFactor = component(
  'AddedFactor',
  z
    .strictObject({
      factor: Factor,
      recovery_codes: recoveryCodes.nullable().meta({ description: 'With the first second factor; null with others.' }),
    })
    .meta({ description: 'A second factor that was added.' }),
);

const RecoveryCodes = component(
  'RecoveryCodes',
  z.strictObject({ recovery_codes: recoveryCodes }).meta({ description: 'New recovery codes.' }),
);

const expiresIn = z.int().min(1).meta({ description: 'For how many seconds it can be used.' });

const PasskeySetup = component(
  'PasskeySetup',
  z
    .strictObject({
      challenge: z.string().meta({ description: 'Is handed back with what the browser answers.' }),
      expires_in: expiresIn,
      passkey_options: NewPasskeyOptions,
    })
    .meta({ description: 'A passkey that is about to be made.' }),
);

const AuthenticatorSetup = component(
  'AuthenticatorSetup',
  z
    .strictObject({
      setup: z.string().meta({ description: 'Is handed back with the first code.' }),
      expires_in: expiresIn,
      secret: z
        .string()
        .regex(/^[A-Z2-7]{32}$/)
        .meta({ description: 'The secret in base 32, to be typed where nothing can be scanned.' }),
      uri: z.string().meta({ format: 'uri', description: 'The same as an app takes it from a QR code.' }),
    })
    .meta({ description: 'An authenticator app that is about to be added.' }),
);

const passkeyFactor: WireFactor = {
  ...{ id: FACTOR_ID, kind: 'passkey', name: 'Telephone', created_at: '2026-03-14T12:00:00Z' },
  ...{ last_used_at: '2026-03-15T08:30:00Z', backed_up: true },
};
const appFactor: WireFactor = { ...passkeyFactor, kind: 'authenticator', last_used_at: null, backed_up: null };
const codes = Array.from({ length: 10 }, (_, n) => RECOVERY_CODE.replace(/.$/, String(n)));

const parameters = {
  id: { description: 'The id of the second factor.', schema: { type: 'string', examples: [FACTOR_ID] } },
};
const NOT_FOUND = refusal('NOT_FOUND', { when: 'The user has no such second factor.' });
const expired = refusal('CHALLENGE_EXPIRED', {
  when: 'It was not given to this session, has run out, or was used.',
});

const added = {
  description: 'It is added. With the first one come ten recovery codes.',
  schema: AddedFactor,
};
const list = { listFactors: { operationId: 'listFactors', description: 'Shows it among the others.' } };

/** One's own second factors. */
export const describedFactors = described(factors, {
  'GET /': {
    operationId: 'listFactors',
    audience: 'user',
    tag: 'Second factors',
    summary: 'List the own second factors',
    description: 'Lists the passkeys and authenticator apps of the user, and says how many recovery codes are left.',
    answers: {
      200: {
        description: 'The second factors.',
        schema: Factors,
        examples: {
          one: { value: { factors: [passkeyFactor], recovery_codes_left: 9 } },
          none: { value: { factors: [], recovery_codes_left: 0 } },
        },
      },
    },
  },

  'POST /passkeys/options': {
    operationId: 'beginPasskey',
    audience: 'user',
    tag: 'Second factors',
    summary: 'Begin to add a passkey',
    description:
      'Answers what a browser makes a passkey by, for the host of `APP_URL`. Nothing is stored. There is no body.',
    answers: {
      200: {
        description: 'A passkey can be made.',
        schema: PasskeySetup,
        examples: {
          begun: { value: { challenge: CHALLENGE, expires_in: 300, passkey_options: NEW_PASSKEY_OPTIONS } },
        },
        links: {
          addPasskey: { operationId: 'addPasskey', description: 'Adds what the browser has made.' },
        },
      },
    },
  },

  'POST /passkeys': {
    operationId: 'addPasskey',
    audience: 'user',
    exceptions: { 'another user': 'CHALLENGE_EXPIRED' },
    tag: 'Second factors',
    summary: 'Add a passkey',
    description:
      'Adds the passkey that a browser has made, under a name. From then on it signs in by itself, and a password takes a second factor. Takes a fresh proof; one mail tells of it. At most ten second factors.',
    bodies: {
      'application/json': {
        name: 'NewPasskey',
        properties: {
          challenge: { description: 'The challenge that was answered with the options.' },
          name: { description: 'What the user calls it: 1 to 64 characters.', examples: ['Telephone'] },
          passkey: { description: 'What the browser answers, as `PublicKeyCredential.toJSON` makes it.' },
        },
        examples: { made: { value: { challenge: CHALLENGE, name: 'Telephone', passkey: MADE_PASSKEY } } },
      },
    },
    wrong: { json: [{ challenge: CHALLENGE, passkey: MADE_PASSKEY }] },
    answers: {
      201: {
        ...added,
        examples: {
          first: { value: { factor: { ...passkeyFactor, last_used_at: null }, recovery_codes: codes } },
          another: { value: { factor: { ...passkeyFactor, last_used_at: null }, recovery_codes: null } },
        },
        links: list,
      },
    },
    refusals: [
      expired,
      'INVALID_PASSKEY',
      'FRESH_PROOF_REQUIRED',
      'PASSKEY_EXISTS',
      'TOO_MANY_FACTORS',
      'SERVICE_UNAVAILABLE',
    ],
  },

  'POST /authenticators/options': {
    operationId: 'beginAuthenticator',
    audience: 'user',
    tag: 'Second factors',
    summary: 'Begin to add an authenticator app',
    description: 'Answers a new secret for an authenticator app (RFC 6238). Nothing is stored. There is no body.',
    answers: {
      200: {
        description: 'The secret, which nobody is shown again.',
        schema: AuthenticatorSetup,
        examples: {
          begun: {
            value: {
              setup: CHALLENGE,
              expires_in: 600,
              secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
              uri: 'otpauth://totp/accounts.example.com:user%40example.com?issuer=accounts.example.com&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
            },
          },
        },
        links: {
          addAuthenticator: { operationId: 'addAuthenticator', description: 'Adds the app by its first code.' },
        },
      },
    },
  },

  'POST /authenticators': {
    operationId: 'addAuthenticator',
    audience: 'user',
    exceptions: { 'another user': 'CHALLENGE_EXPIRED' },
    tag: 'Second factors',
    summary: 'Add an authenticator app',
    description:
      'Adds an authenticator app whose code is right, under a name. From then on a password takes a second factor. Takes a fresh proof; one mail tells of it. At most ten second factors.',
    bodies: {
      'application/json': {
        name: 'NewAuthenticator',
        properties: {
          setup: { description: 'What was answered with the secret.' },
          code: { description: 'The code that the app shows: six digits.', examples: ['492039'] },
          name: { description: 'What the user calls it: 1 to 64 characters.', examples: ['Telephone'] },
        },
        examples: { first: { value: { setup: CHALLENGE, code: '492039', name: 'Telephone' } } },
      },
    },
    wrong: { json: [{ setup: CHALLENGE, code: '4920', name: 'Telephone' }] },
    answers: {
      201: {
        ...added,
        examples: {
          first: { value: { factor: appFactor, recovery_codes: codes } },
          another: { value: { factor: appFactor, recovery_codes: null } },
        },
        links: list,
      },
    },
    refusals: [expired, 'INVALID_CODE', 'FRESH_PROOF_REQUIRED', 'TOO_MANY_FACTORS', 'SERVICE_UNAVAILABLE'],
  },

  'POST /recovery-codes': {
    operationId: 'makeRecoveryCodes',
    audience: 'user',
    exceptions: { 'another user': 'NO_SECOND_FACTOR' },
    tag: 'Second factors',
    summary: 'Make new recovery codes',
    description:
      'Puts ten new recovery codes in the place of those that are left. Takes a fresh proof; one mail tells of it. There is no body.',
    answers: {
      201: {
        description: 'The codes, which nobody is shown again.',
        schema: RecoveryCodes,
        examples: { made: { value: { recovery_codes: codes } } },
      },
    },
    refusals: ['FRESH_PROOF_REQUIRED', 'NO_SECOND_FACTOR', 'SERVICE_UNAVAILABLE'],
  },

  'PATCH /:id': {
    operationId: 'renameFactor',
    audience: 'user',
    exceptions: { 'another user': 'NOT_FOUND' },
    tag: 'Second factors',
    summary: 'Rename one of the own second factors',
    description: 'Gives a second factor another name.',
    parameters,
    bodies: {
      'application/json': {
        name: 'FactorUpdate',
        properties: { name: { description: 'What the user calls it: 1 to 64 characters.', examples: ['Laptop'] } },
        examples: { name: { value: { name: 'Laptop' } } },
      },
    },
    wrong: { json: [{ name: '' }] },
    answers: {
      200: {
        description: 'The second factor as it is now.',
        schema: Factor,
        examples: { renamed: { value: { ...passkeyFactor, name: 'Laptop' } } },
      },
    },
    refusals: [NOT_FOUND],
  },

  'DELETE /:id': {
    operationId: 'removeFactor',
    audience: 'user',
    exceptions: { 'another user': 'NOT_FOUND' },
    tag: 'Second factors',
    summary: 'Remove one of the own second factors',
    description:
      'Removes a second factor; with the last one the recovery codes go too, and the password is enough again. Takes a fresh proof; one mail tells of it.',
    parameters,
    answers: { 204: { description: 'It is removed.' } },
    refusals: [NOT_FOUND, 'FRESH_PROOF_REQUIRED'],
  },
});
