import * as z from 'zod';
import { described } from '../openapi/described.ts';
import { time } from '../openapi/fields.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import { CHALLENGE, RECOVERY_CODE, USED_PASSKEY } from '../openapi/webauthn.ts';
import { proofs } from './proofs.ts';

const ProofResponse = component(
  'ProofResponse',
  z
    .strictObject({
      status: z.literal('ok'),
      message: z.string().meta({ description: 'A sentence for people.' }),
      proved_until: time('Until when the proof is fresh.'),
    })
    .meta({ description: 'A proof that was taken.' }),
);

/** Proving once more who one is. */
export const describedProofs = described(proofs, {
  'POST /prove': {
    operationId: 'prove',
    audience: 'user',
    tag: 'Sessions',
    summary: 'Prove once more who one is',
    description:
      'Takes a proof that whoever holds the session is its user. It is fresh for ten minutes, as the sign-in is; what an account could be lost by asks for one, and refuses with `FRESH_PROOF_REQUIRED` without. The proof is the password or, where the account has one, a second factor: the code of an authenticator app, a recovery code or a passkey. Guesses are counted like those of a sign-in.',
    bodies: {
      'application/json': {
        name: 'Proof',
        properties: {
          code: { description: 'The code that the app shows: six digits.', examples: ['492039'] },
          recovery_code: { description: 'A recovery code, however it is typed.', examples: [RECOVERY_CODE] },
          passkey: { description: 'What the browser answers, as `PublicKeyCredential.toJSON` makes it.' },
          challenge: { description: 'With a passkey: the challenge that was answered.' },
        },
        examples: {
          password: { value: { password: 'correct horse battery staple' } },
          code: { value: { code: '492039' } },
          recoveryCode: { value: { recovery_code: RECOVERY_CODE } },
          passkey: { value: { challenge: CHALLENGE, passkey: USED_PASSKEY } },
        },
      },
    },
    wrong: { json: [{}] },
    answers: {
      200: {
        description: 'The proof is taken.',
        schema: ProofResponse,
        examples: {
          proved: {
            value: {
              status: 'ok',
              message: 'You have proved that it is you.',
              proved_until: '2026-03-14T12:10:00Z',
            },
          },
        },
      },
    },
    refusals: [
      'INCORRECT_PASSWORD',
      'INVALID_CODE',
      'INVALID_PASSKEY',
      'CHALLENGE_EXPIRED',
      refusal('ACCOUNT_LOCKED', { data: { retry_after_seconds: 900 }, headers: { 'Retry-After': '900' } }),
    ],
  },
});
