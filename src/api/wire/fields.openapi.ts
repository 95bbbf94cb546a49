import type * as z from 'zod/mini';
import { webauthnParts } from './factor-fields.ts';
import {
  currentPassword,
  email,
  fullName,
  language,
  linkToken,
  newPassword,
  reason,
  roomId,
  time,
  userId,
} from './fields.ts';

// What a field turns its input into says nothing about the input itself, so its converted schema is incomplete. What is
// noted here is true of everything that the field takes; a length that counts after a normalisation is told in words.

/** What is told of each field that several routes take, beside its converted schema. */
export const fieldNotes: ReadonlyMap<z.core.$ZodType, object> = new Map<z.core.$ZodType, object>([
  [
    email,
    {
      description:
        'An e-mail address of at most 254 bytes, in any spelling: letters beyond ASCII are fine, and so is the A-label of a domain. White space around it is removed, and it is brought into its canonical form: NFC, lower-cased, the domain in letters by UTS 46.',
      format: 'idn-email',
      examples: ['ada@example.com'],
    },
  ],
  [
    currentPassword,
    {
      description: 'The password as it was chosen.',
      format: 'password',
      examples: ['correct horse battery staple'],
    },
  ],
  [
    newPassword,
    {
      description:
        'Any 8 to 128 characters, counted as code points after NFKC normalisation; none of the most common passwords. Never trimmed, never truncated.',
      format: 'password',
      minLength: 1,
      examples: ['correct horse battery staple'],
    },
  ],
  [
    fullName,
    {
      description:
        'A name of 1 to 255 characters, counted as code points in NFC, without the white space around it and without what nobody sees when pasting: directional marks, isolates, soft hyphens, zero-width spaces. Joiners and variation selectors stay where a script or an emoji needs them. Control characters, directional overrides, blank letters, private use, noncharacters and U+FFFD are refused; letters newer than the runtime are not. Null clears it.',
      minLength: 1,
      examples: ['Ada Lovelace'],
    },
  ],
  [
    language,
    {
      description:
        'A language tag that is valid by RFC 5646 against the IANA registry and names a language. It is stored in its canonical form: `EN-us` becomes `en-US`, `iw` becomes `he`.',
      type: 'string',
      minLength: 2,
      maxLength: 64,
      pattern: '^[A-Za-z0-9-]+$',
      examples: ['fr', 'pt-BR', 'zh-Hans'],
    },
  ],
  [linkToken, { description: 'What follows `#token=` in the link of the mail.', examples: ['1.Xb2k…'] }],
  [
    userId,
    {
      description: 'The id of a user, as a number or as the same digits in a string, without a leading zero.',
      examples: ['12345', 12345],
    },
  ],
  [
    time,
    {
      description: 'A time with its offset (RFC 3339).',
      type: 'string',
      format: 'date-time',
      examples: ['2026-03-14T12:00:00Z'],
    },
  ],
  [roomId, { description: 'The name of the room as its service has it: 1 to 128 characters.', examples: ['standup'] }],
  [
    reason,
    {
      description:
        'Why the account is suspended, shown to its user in the mail: up to 500 characters, lines allowed. An empty one is none.',
      examples: ['Spam.'],
    },
  ],
  [webauthnParts.id, { description: 'What the passkey calls itself, as base64url.' }],
  [webauthnParts.rawId, { description: 'The same.' }],
  [
    webauthnParts.clientExtensionResults,
    { description: 'What the browser says of extensions. None decides anything.' },
  ],
  [webauthnParts.clientDataJSON, { description: 'The challenge, the origin and the kind of the act, as base64url.' }],
  [
    webauthnParts.attestationObject,
    { description: 'The public key and what its device says of itself, as base64url.' },
  ],
  [webauthnParts.transports, { description: 'How the device is reached.' }],
  [
    webauthnParts.authenticatorData,
    { description: 'The host, whether the user was verified, and a counter, as base64url.' },
  ],
  [webauthnParts.signature, { description: 'The signature over the two, as base64url.' }],
  [webauthnParts.userHandle, { description: 'The id of the user, as base64url.' }],
]);
