import * as z from 'zod';
import { listErasures } from '../../accounts/erasure/erasure.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';
import { flag, nextOf, paging } from './input.ts';
import { operation } from './operation.ts';

const Listing = z.strictObject({ ...paging, unfinished: flag });

/** What is read of the records of erasures. */
export const ERASURES = {
  /** A page of them, highest id first. */
  listErasures: operation('erasures.list', Listing, async ({ db }, query) => {
    const found = await listErasures(db, query);
    const erasures = found.map(({ userId, erasedAt, picturesErasedAt }) => ({
      user_id: userId,
      erased_at: isoTime(erasedAt),
      pictures_erased_at: timeOrNull(picturesErasedAt),
    }));
    const ids = found.map(({ userId }) => ({ id: userId }));
    return { erasures, next: nextOf(ids, query.limit) };
  }),
};
