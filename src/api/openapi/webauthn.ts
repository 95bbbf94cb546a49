import * as z from 'zod';
import { component } from './schema.ts';

// What browsers are handed to make or use a passkey by (WebAuthn level 3, §5.1.8 and §5.1.9). It goes to
// `PublicKeyCredential.parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` as it is.

const base64url = z.string().regex(/^[\w-]+$/);

const transports = z.array(z.string()).meta({ description: 'How its device is reached.' });

const Descriptor = z
  .object({
    id: base64url.meta({ description: 'What the passkey calls itself.' }),
    type: z.literal('public-key'),
    transports: transports.optional(),
  })
  .meta({ description: 'A passkey that is known.' });

export const NewPasskeyOptions = component(
  'NewPasskeyOptions',
  z
    .object({
      challenge: base64url.meta({ description: 'What has to be signed, as base64url.' }),
      rp: z
        .object({
          name: z.string().meta({ description: 'As people know it.' }),
          id: z.string().meta({ description: 'The host.' }),
        })
        .meta({ description: 'For which host.' }),
      user: z
        .object({
          id: base64url.meta({ description: 'The id of the user, as base64url.' }),
          name: z.string().meta({ description: 'The address.' }),
          displayName: z.string().meta({ description: 'The name, or else the address.' }),
        })
        .meta({ description: 'For whom, as the browser shows it.' }),
      pubKeyCredParams: z
        .array(
          z.object({ alg: z.int().meta({ description: 'By its number in COSE.' }), type: z.literal('public-key') }),
        )
        .meta({ description: 'The algorithms that are taken.' }),
      timeout: z.int().meta({ description: 'In milliseconds.' }),
      attestation: z.string().meta({ description: 'Nobody is asked who has made the device.' }),
      excludeCredentials: z.array(Descriptor).meta({ description: 'What the user has already.' }),
      authenticatorSelection: z
        .object({
          residentKey: z.string().meta({ description: 'Whether it is found by itself.' }),
          requireResidentKey: z.literal(true),
          userVerification: z.string().meta({ description: 'Whether it verifies its user.' }),
        })
        .meta({ description: 'That it verifies its user, and is found by itself.' }),
      extensions: z
        .object({ credProps: z.literal(true) })
        .meta({ description: 'What else the browser is asked to say.' }),
      hints: z.array(z.string()).meta({ description: 'Which devices are preferred: none.' }),
    })
    .meta({ description: 'By what a browser makes a passkey.' }),
);

export const PasskeyOptions = component(
  'PasskeyOptions',
  z
    .object({
      challenge: base64url.meta({ description: 'What has to be signed, as base64url.' }),
      rpId: z.string().meta({ description: 'For which host.' }),
      timeout: z.int().meta({ description: 'In milliseconds.' }),
      userVerification: z.string().meta({ description: 'That the device verifies its user.' }),
      allowCredentials: z
        .array(Descriptor)
        .meta({ description: 'One of these; without it whichever the user chooses.' })
        .optional(),
    })
    .meta({ description: 'By what a browser uses a passkey.' }),
);

export const CHALLENGE = '1.Xb2kQ9vN3mT7rY1wLcE5hA.1773489900000.…';
const SIGNED = 'Xb2kQ9vN3mT7rY1wLcE5hA';
const KNOWN = { id: 'pKv1c2hZ8Yt0x4oW9mQ3nA', type: 'public-key' as const, transports: ['internal', 'hybrid'] };

export const NEW_PASSKEY_OPTIONS = {
  challenge: SIGNED,
  rp: { name: 'accounts.example.com', id: 'accounts.example.com' },
  user: { id: 'MQ', name: 'user@example.com', displayName: 'Ada Lovelace' },
  pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' as const })),
  timeout: 300_000,
  attestation: 'none',
  excludeCredentials: [],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required', requireResidentKey: true as const },
  extensions: { credProps: true as const },
  hints: [],
};

export const PASSKEY_OPTIONS = {
  challenge: SIGNED,
  rpId: 'accounts.example.com',
  timeout: 300_000,
  userVerification: 'required',
};

export const ONE_OF_THESE = { ...PASSKEY_OPTIONS, allowCredentials: [KNOWN] };

const CLIENT_DATA = 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0';

/** What browsers answer, shortened. */
export const MADE_PASSKEY = {
  ...{ id: KNOWN.id, rawId: KNOWN.id, type: 'public-key' },
  response: { clientDataJSON: CLIENT_DATA, attestationObject: 'o2NmbXRkbm9uZQ', transports: ['internal', 'hybrid'] },
  clientExtensionResults: {},
};

export const USED_PASSKEY = {
  ...{ id: KNOWN.id, rawId: KNOWN.id, type: 'public-key' },
  response: {
    clientDataJSON: CLIENT_DATA,
    authenticatorData: 'SZYN5YgOjGh0NBcP',
    signature: 'MEUCIQDx',
    userHandle: 'MQ',
  },
  clientExtensionResults: {},
};

export const RECOVERY_CODE = '7H3K-9QWX-2M4N-PT6V-8Z1C-5BDE';
