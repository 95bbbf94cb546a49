import * as z from 'zod/mini';
import type { GivenFactor } from '../../accounts/factors/factor-check.ts';
import type { PasskeyAnswer } from '../../accounts/factors/webauthn.ts';
import { code, passkey, recoveryCode } from './factor-fields.ts';

/** By what a second factor is given: one of these. */
export const givenFields = {
  code: z.optional(code),
  recovery_code: z.optional(recoveryCode),
  passkey: z.optional(passkey),
};

/** Refuses a body in which none is given, or more than one; `named` is the field that is said to be missing. */
export const hasOneGiven = (named: string, fields: readonly string[] = Object.keys(givenFields)) =>
  z.superRefine<object>((form, ctx) => {
    const given = fields.filter((field) => (form as Record<string, unknown>)[field] !== undefined);
    const [, second] = given;
    if (given.length === 0) ctx.addIssue({ code: 'custom', path: [named], message: 'is required' });
    if (second !== undefined)
      ctx.addIssue({ code: 'custom', path: [second], message: `must be left out beside ${given[0]}` });
  });

type Given = {
  code?: string | undefined;
  recovery_code?: string | undefined;
  passkey?: z.output<typeof passkey> | undefined;
};

/** The one that is given, and its name for the log. */
export const givenFactor = (form: Given): { given: GivenFactor; by: 'code' | 'recovery_code' | 'passkey' } => {
  if (form.code !== undefined) return { given: { code: form.code }, by: 'code' };
  if (form.recovery_code !== undefined) return { given: { recoveryCode: form.recovery_code }, by: 'recovery_code' };
  return { given: { passkey: form.passkey as PasskeyAnswer }, by: 'passkey' };
};
