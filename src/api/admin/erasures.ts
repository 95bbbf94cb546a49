import * as z from 'zod/mini';
import { listErasures } from '../../accounts/erasure/erasure-record.ts';
import { erasureOf } from '../wire/erasure.ts';
import { flag, paging } from './input.ts';
import { operation } from './operation.ts';

const Listing = z.strictObject({
  ...paging,
  unfinished: flag,
  unconfirmed: flag,
  older_than: z.optional(
    z
      .int('must be a number of days')
      .check(z.minimum(1, 'must be at least 1'), z.maximum(3650, 'must be at most 3650')),
  ),
});

/** What is read of the records of erasures. */
export const ERASURES = {
  /** A page of them, highest id first, each with the services that it is told to. It may be short, or empty, and go on at `next`. */
  listErasures: operation('erasures.list', Listing, async ({ db, now }, { older_than, ...query }) => {
    const { erasures, next } = await listErasures(db, { ...query, olderThanDays: older_than }, now);
    return { erasures: erasures.map(erasureOf), next };
  }),
};
