import * as z from 'zod/mini';
import { readRecoveryCode } from '../../accounts/factors/recovery-code.ts';
import { readBy } from './fields.ts';

// What second factors are given by. It stands apart from the other fields, since few requests need it.

const text = z.string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be a string') });

const CODE = 'must have six digits';

/** The code of an authenticator app; apps show it in two groups. */
export const code = z.pipe(
  text.check(z.maxLength(20, CODE)),
  readBy(
    (sent: string) => {
      const digits = sent.replace(/\s/g, '');
      return /^\d{6}$/.test(digits) ? digits : undefined;
    },
    { message: CODE },
  ),
);

const RECOVERY_CODE = 'must be a recovery code';

/** A recovery code, however it was typed. */
export const recoveryCode = z.pipe(
  text.check(z.maxLength(100, RECOVERY_CODE)),
  readBy(readRecoveryCode, { message: RECOVERY_CODE }),
);

const NAME = 'must have at most 64 characters';

/** What somebody calls a second factor: 1 to 64 characters, none of which controls anything. */
export const factorName = z
  .pipe(
    text.check(z.maxLength(500, NAME)),
    z.transform((sent: string) => sent.normalize('NFC').trim()),
  )
  .check(
    z.refine((name) => name !== '', 'must not be empty'),
    z.refine((name) => [...name].length <= 64, NAME),
    z.refine((name) => !/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(name), 'must not contain control characters'),
  );

/** The token of a challenge, or of a setup that was begun. */
export const challenge = text.check(z.minLength(1, 'is required'), z.maxLength(1024, 'is not a challenge'));

// What browsers make of bytes. None of them is trusted before its signature is checked; the bounds keep the work small.
const base64url = (longest: number) =>
  text.check(z.maxLength(longest, 'is too long'), z.regex(/^[\w-]*$/, 'must be base64url'));

/** The parts of such an answer, apart, so that each is described once. */
export const webauthnParts = {
  id: base64url(2048),
  rawId: base64url(2048),
  clientExtensionResults: z._default(z.record(z.string(), z.unknown()), {}),
  clientDataJSON: base64url(8192),
  // Without certificates it has some hundred bytes; the longest id of a passkey (1,023 bytes) beside a key of 2,048 bits makes
  // 1,410. What is nested in it takes the library that decodes it longer than what is not.
  attestationObject: base64url(2048),
  transports: z.optional(z.array(z.string().check(z.maxLength(32))).check(z.maxLength(10))),
  authenticatorData: base64url(2048),
  signature: base64url(2048),
  userHandle: z.nullish(base64url(128)),
};
const { id, rawId, clientExtensionResults, clientDataJSON, attestationObject, ...parts } = webauthnParts;
const { transports, authenticatorData, signature, userHandle } = parts;

const type = z.literal('public-key', { error: 'must be public-key' });
const credential = { id, rawId, type, clientExtensionResults };

const OBJECT = 'must be what PublicKeyCredential.toJSON makes';

/** What a browser answers where it has made a passkey. */
export const newPasskey = z.object(
  {
    ...credential,
    response: z.object({ clientDataJSON, attestationObject, transports }, { error: OBJECT }),
  },
  { error: OBJECT },
);

/** What a browser answers where a passkey was used. */
export const passkey = z.object(
  {
    ...credential,
    response: z.object({ clientDataJSON, authenticatorData, signature, userHandle }, { error: OBJECT }),
  },
  { error: OBJECT },
);
