import * as z from 'zod/mini';
import { email, readBy, userId } from '../wire/fields.ts';

// What several methods of the entrypoint take. Each takes a strict object: a mistyped `dry_run` must not pass.

/** A user as people name one: by id, or by e-mail address. */
export type UserReference = { id: number } | { email: string };

const WHO = 'must be the id or the e-mail address of a user';

const referenceOf = (name: string | number): UserReference | undefined => {
  const id = userId.safeParse(name);
  if (id.success) return { id: id.data };
  const address = email.safeParse(name);
  return address.success ? { email: address.data } : undefined;
};

export const user = z.pipe(z.union([z.string(), z.number()], { error: WHO }), readBy(referenceOf, { message: WHO }));

export const flag = z._default(z.boolean({ error: 'must be true or false' }), false);

/** Who acts. It goes into the audit, which holds nothing personal: so no address is taken for a name. */
export const name = z
  .string({ error: 'must be a name' })
  .check(
    z.regex(/^\p{L}[\p{L}\p{N} ._-]{0,63}$/u, 'must be a name of at most 64 letters, digits, dots, hyphens and spaces'),
  );

/** The name of a service. */
export const serviceName = z
  .string({ error: 'must be the name of a service' })
  .check(z.regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9 and -'));

/** What changes something takes. */
export const acting = { as: name, dry_run: flag };

/** What an act on a user takes at least. */
export const Act = z.strictObject({ ...acting, user });

/** What a list takes; `next` of one page is `before` of the following. */
export const paging = {
  limit: z._default(
    z.int('must be a number').check(z.minimum(1, 'must be at least 1'), z.maximum(100, 'must be at most 100')),
    20,
  ),
  before: z.optional(z.int('must be a number').check(z.minimum(1, 'must be at least 1'))),
};

/** The id to go on from, where a page is full. */
export const nextOf = (rows: readonly { id: number }[], limit: number): number | null =>
  rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
