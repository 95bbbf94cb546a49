import * as z from 'zod';
import type { ErrorCode } from '../http/error.ts';
import { component } from './schema.ts';

/** When each code is told. */
export const WHEN: Record<ErrorCode, string> = {
  VALIDATION_ERROR: 'Fields are missing or wrong; `data.errors` names each of them.',
  INVALID_LANGUAGE_CODE: 'At least one of the wrong fields is a language; `data.errors` names each wrong field.',
  MALFORMED_JSON: 'The body is not JSON.',
  MALFORMED_BODY: 'The form cannot be read.',
  INVALID_TOKEN: 'The token is not ours, was used, has been replaced by a newer one, or its account is out of use.',
  TOKEN_EXPIRED: 'The link is older than 24 hours.',
  INVALID_RESET_TOKEN:
    'The token is not ours, was used, has been replaced by a newer one, or its account is out of use.',
  RESET_TOKEN_EXPIRED: 'The link is older than 60 minutes.',
  SAME_PASSWORD: 'The new password is the current one.',
  INCORRECT_PASSWORD: 'The current password is not right.',
  CHALLENGE_EXPIRED: 'The challenge is not ours, has run out, was used, or was given to another browser.',
  INVALID_CODE: 'The code is none that is good at this moment, or was used before.',
  INVALID_PASSKEY:
    'What the browser answers does not hold: for another challenge, another site, without its user verified, or not signed by it.',
  SAME_ADDRESS: 'The address is that of the account itself.',
  INVALID_FILE_TYPE: 'The bytes of the file are no JPEG, PNG or WebP, whatever its name or declared type says.',
  INVALID_IMAGE: 'The picture cannot be decoded.',
  INVALID_CREDENTIALS: 'The access token is missing, malformed, expired or foreign, or its user has been erased.',
  INVALID_SECOND_FACTOR: 'The code, the recovery code or the passkey is not right, or was used before.',
  TOKEN_REVOKED: 'The session has ended, or the token was handed back.',
  MISSING_REFRESH_TOKEN: 'There is no refresh cookie.',
  INVALID_REFRESH_TOKEN: 'The refresh token is not ours, or its session has ended. The cookie is cleared.',
  REFRESH_TOKEN_REUSE:
    'The refresh token was superseded more than 60 seconds ago, so somebody holds a copy of it. The session has been ended and the cookie is cleared.',
  ACCOUNT_DELETED: 'The account is deleted and waits for its erasure.',
  ACCOUNT_DEACTIVATED: 'The account is suspended.',
  ACCOUNT_LOCKED:
    'Five tries in a row have failed. The address is locked for 15 minutes, and longer with each further failure, up to an hour; a try while it is locked does not count.',
  FRESH_PROOF_REQUIRED:
    'The session was opened more than ten minutes ago, and nobody has proved since who holds it. Nothing has changed; it can be asked for again after a proof.',
  EMAIL_NOT_VERIFIED: 'The password is right, and the address has not been verified yet.',
  FORBIDDEN: 'The user is no administrator. Nothing is said about what was asked.',
  SECOND_FACTOR_REQUIRED:
    'The session of the administrator was neither opened nor proved with a second factor, and `REQUIRE_SECOND_FACTOR` asks for one.',
  FORBIDDEN_ORIGIN: 'The request comes from a page of an origin that is not allowed.',
  HTTPS_REQUIRED: 'The request came unencrypted. It is not redirected, so that its client is set right.',
  NOT_FOUND: 'There is nothing under this path.',
  METHOD_NOT_ALLOWED: 'The path takes other methods; `Allow` names them.',
  REQUEST_TIMEOUT: 'The body did not arrive within 30 seconds. Nothing has changed.',
  LAST_ADMINISTRATOR: 'No other active administrator is there.',
  PASSKEY_EXISTS: 'Somebody has that passkey already.',
  TOO_MANY_FACTORS: 'The user has ten second factors.',
  NO_SECOND_FACTOR: 'The user has no second factor, in whose place recovery codes could stand.',
  ADDRESS_TAKEN: 'Another account has verified the address. Only who has the mailbox hears that.',
  EVENTS_EXPIRED:
    'Events behind `after` have expired. What the service holds has to be brought up to date in another way; it goes on at `data.oldest`, with an `after` one below that.',
  PAYLOAD_TOO_LARGE: 'The body has more than 64 KiB.',
  FILE_TOO_LARGE: 'The file has more than 5 MB (5 × 1024 × 1024 bytes).',
  UNSUPPORTED_MEDIA_TYPE: 'The body is of a type that this path does not take.',
  RATE_LIMIT_EXCEEDED: 'The client has sent too many requests within a minute.',
  INTERNAL_SERVER_ERROR: 'Something went wrong that the client can do nothing about.',
  SERVICE_UNAVAILABLE: 'A part of the platform does not answer. Nothing has changed, or all of it.',
};

// These come with data, in shapes of their own; the last two are told on the administrator's routes alone, without a code.
const OTHERS: readonly string[] = [
  'VALIDATION_ERROR',
  'INVALID_LANGUAGE_CODE',
  'ACCOUNT_LOCKED',
  'EVENTS_EXPIRED',
  'FORBIDDEN',
  'SECOND_FACTOR_REQUIRED',
];
const CODES = Object.keys(WHEN).filter((code) => !OTHERS.includes(code));

const WHAT = 'What went wrong, for programs.';

const status = z.literal('error');
const message = z.string().meta({ description: 'A sentence for people.' });
const statusCode = z.int().min(400).max(599).meta({ description: 'The status of the answer once more.' });
const nothing = z.strictObject({}).meta({ description: 'Nothing.' });

const FieldError = component(
  'FieldError',
  z
    .strictObject({
      field: z.string().meta({ description: 'The field as the client wrote it.', examples: ['body.full_name'] }),
      message: z.string().meta({ description: 'What is wrong with it.', examples: ['must be a string or null'] }),
    })
    .meta({ description: 'A field that is wrong.' }),
);

component(
  'Error',
  z
    .strictObject({
      status,
      status_code: statusCode,
      code: z.enum(CODES).meta({ description: WHAT }),
      message,
      data: nothing,
    })
    .meta({ description: 'A refusal.' }),
);

component(
  'ValidationError',
  z
    .strictObject({
      status,
      status_code: z.literal(400),
      code: z.enum(['VALIDATION_ERROR', 'INVALID_LANGUAGE_CODE']).meta({ description: WHAT }),
      message,
      data: z.strictObject({ errors: z.array(FieldError).min(1).meta({ description: 'Every field that is wrong.' }) }),
    })
    .meta({ description: 'A refusal of what was sent, field by field.' }),
);

component(
  'AccountLockedError',
  z
    .strictObject({
      status,
      status_code: z.literal(403),
      code: z.literal('ACCOUNT_LOCKED'),
      message,
      data: z.strictObject({
        retry_after_seconds: z.int().min(1).meta({ description: 'For how many seconds the address stays locked.' }),
      }),
    })
    .meta({ description: 'A refusal after too many failures.' }),
);

component(
  'EventsExpiredError',
  z
    .strictObject({
      status,
      status_code: z.literal(410),
      code: z.literal('EVENTS_EXPIRED'),
      message,
      data: z.strictObject({ oldest: z.int().min(1).meta({ description: 'The first event of those that are kept.' }) }),
    })
    .meta({ description: 'A refusal of events that have expired.' }),
);

component(
  'AdminError',
  z
    .strictObject({ status, status_code: statusCode, message, data: nothing })
    .meta({ description: "A refusal on an administrator's route: four keys, and no code." }),
);
