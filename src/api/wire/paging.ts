import * as z from 'zod/mini';

const oneValue = z.string({ error: 'must be one value' });

/** How much a page holds at most. */
export const limit = z.pipe(
  z._default(oneValue.check(z.regex(/^(?:[1-9]\d?|100)$/, 'must be a number from 1 to 100')), '20'),
  z.transform(Number),
);

/** Where a list goes on that is in the order of its ids. */
export const idCursor = z.optional(
  z.pipe(
    oneValue.check(z.regex(/^[1-9]\d{0,14}$/, 'is not a cursor of this list')),
    z.transform((text: string) => Number(text)),
  ),
);

/** Yes or no; nothing is no. */
export const flag = z.pipe(
  z._default(z.enum(['true', 'false'], { error: 'must be true or false' }), 'false'),
  z.transform((text: 'true' | 'false') => text === 'true'),
);

/** A number from 1 on. */
export const numberUpTo = (most: number) =>
  z
    .pipe(oneValue, z.transform(Number))
    .check(
      z.refine(
        (number) => Number.isInteger(number) && number >= 1 && number <= most,
        `must be a number from 1 to ${most}`,
      ),
    );
