import * as z from 'zod';
import { email, userId } from '../wire/fields.ts';

// What several methods of the entrypoint take. Each takes a strict object: a mistyped `dry_run` must not pass.

/** A user as people name one: by id, or by e-mail address. */
export type UserReference = { id: number } | { email: string };

const WHO = 'must be the id or the e-mail address of a user';

export const user = z.union([z.string(), z.number()], { error: WHO }).transform((name, ctx): UserReference => {
  const id = userId.safeParse(name);
  if (id.success) return { id: id.data };
  const address = email.safeParse(name);
  if (address.success) return { email: address.data };
  ctx.addIssue({ code: 'custom', message: WHO });
  return z.NEVER;
});

export const flag = z.boolean({ error: 'must be true or false' }).default(false);

/** Who acts. It goes into the audit, which holds nothing personal: so no address is taken for a name. */
export const name = z
  .string({ error: 'must be a name' })
  .regex(/^\p{L}[\p{L}\p{N} ._-]{0,63}$/u, 'must be a name of at most 64 letters, digits, dots, hyphens and spaces');

/** The name of a service. */
export const serviceName = z
  .string({ error: 'must be the name of a service' })
  .regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9 and -');

/** What changes something takes. */
export const acting = { as: name, dry_run: flag };

/** What an act on a user takes at least. */
export const Act = z.strictObject({ ...acting, user });

/** What a list takes; `next` of one page is `before` of the following. */
export const paging = {
  limit: z.int('must be a number').min(1, 'must be at least 1').max(100, 'must be at most 100').default(20),
  before: z.int('must be a number').min(1, 'must be at least 1').optional(),
};

/** The id to go on from, where a page is full. */
export const nextOf = (rows: readonly { id: number }[], limit: number): number | null =>
  rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
