import * as z from 'zod/mini';
import { listErasures, type ToldService } from '../../accounts/erasure/erasure-record.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';
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

const toldServiceOf = ({ name, state, outcome, confirmedAt }: ToldService) => ({
  ...{ name, state, outcome, confirmed_at: timeOrNull(confirmedAt) },
});

/** What is read of the records of erasures. */
export const ERASURES = {
  /** A page of them, highest id first, each with the services that it is told to. It may be short, or empty, and go on at `next`. */
  listErasures: operation('erasures.list', Listing, async ({ db, now }, { older_than, ...query }) => {
    const { erasures, next } = await listErasures(db, { ...query, olderThanDays: older_than }, now);
    const listed = erasures.map(({ userId, erasedAt, repeatedAt, picturesErasedAt, services }) => ({
      user_id: userId,
      erased_at: isoTime(erasedAt),
      repeated_at: timeOrNull(repeatedAt),
      pictures_erased_at: timeOrNull(picturesErasedAt),
      services: services.map(toldServiceOf),
    }));
    return { erasures: listed, next };
  }),
};
