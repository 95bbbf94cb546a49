import * as z from 'zod';
import { AUDIT_ACTIONS } from '../../accounts/acts/audit.ts';
import { AFTER_RESTORE_START, PHASES } from '../../accounts/restore/after-restore.ts';
import { email, reason, userId } from '../wire/fields.ts';
import { KEY_KINDS } from './key-rotation.ts';

// What the methods of the entrypoint take. Keys that no schema knows are refused: a mistyped `dry_run` must not pass.

/** A user as people name one: by id, or by e-mail address. */
export type UserReference = { id: number } | { email: string };

const WHO = 'must be the id or the e-mail address of a user';

const user = z.union([z.string(), z.number()], { error: WHO }).transform((name, ctx): UserReference => {
  const id = userId.safeParse(name);
  if (id.success) return { id: id.data };
  const address = email.safeParse(name);
  if (address.success) return { email: address.data };
  ctx.addIssue({ code: 'custom', message: WHO });
  return z.NEVER;
});

const flag = z.boolean({ error: 'must be true or false' }).default(false);

// It goes into the audit, which holds nothing personal: so no address is taken for a name.
const name = z
  .string({ error: 'must be a name' })
  .regex(/^\p{L}[\p{L}\p{N} ._-]{0,63}$/u, 'must be a name of at most 64 letters, digits, dots, hyphens and spaces');

const acting = { as: name, dry_run: flag };

const paging = {
  limit: z.int('must be a number').min(1, 'must be at least 1').max(100, 'must be at most 100').default(20),
  before: z.int('must be a number').min(1, 'must be at least 1').optional(),
};

const time = z.iso
  .datetime({ offset: true, error: 'must be a time like 2026-01-31T12:00:00Z' })
  .or(z.iso.date())
  .transform((text) => new Date(text));

export const Listing = z.strictObject({
  ...paging,
  q: z.string().max(255, 'must have at most 255 characters').optional(),
  status: z.enum(['active', 'deactivated', 'deleted'], { error: 'must be active, deactivated or deleted' }).optional(),
});
export const OneUser = z.strictObject({ user });
export const Act = z.strictObject({ ...acting, user });
export const ForcibleAct = z.strictObject({ ...acting, user, force: flag });
export const Deactivation = z.strictObject({ ...acting, user, force: flag, reason });
export const AddressChange = z.strictObject({ ...acting, user, email });
export const Export = z.strictObject({ as: name, user });

export const FailedMails = z.strictObject(paging);
export const Retry = z.strictObject({
  ...acting,
  mail: z.int('must be the id of a mail').min(1, 'must be the id of a mail').optional(),
});

export const Erasures = z.strictObject({ ...paging, unfinished: flag });

export const RestoreStep = z.strictObject({
  ...acting,
  from: z
    .strictObject({
      phase: z.enum(PHASES, { error: `must be one of ${PHASES.join(', ')}` }),
      after: z.string().max(200).optional(),
    })
    .default(AFTER_RESTORE_START),
});

export const Run = z.strictObject(acting);

export const Rotation = z.strictObject({
  ...acting,
  keys: z.enum(KEY_KINDS, { error: `must be one of ${KEY_KINDS.join(', ')}` }).default('signing'),
  leaked: flag,
});

export const Audit = z.strictObject({
  ...paging,
  user: user.optional(),
  action: z.enum(AUDIT_ACTIONS, { error: `must be one of ${AUDIT_ACTIONS.join(', ')}` }).optional(),
  origin: z.enum(['http', 'script', 'schedule'], { error: 'must be http, script or schedule' }).optional(),
  by: userId.or(name).optional(),
  since: time.optional(),
  until: time.optional(),
});
