import * as z from 'zod';
import { described } from '../openapi/described.ts';
import { time } from '../openapi/fields.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
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
      'Takes a proof that whoever holds the session is its user. It is fresh for ten minutes, as the sign-in is; what an account could be lost by asks for one, and refuses with `FRESH_PROOF_REQUIRED` without. Guesses are counted like those of a sign-in.',
    bodies: {
      'application/json': {
        name: 'Proof',
        examples: { password: { value: { password: 'correct horse battery staple' } } },
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
      refusal('ACCOUNT_LOCKED', { data: { retry_after_seconds: 900 }, headers: { 'Retry-After': '900' } }),
    ],
  },
});
