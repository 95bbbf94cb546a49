import type { ErasureRecord, ToldService } from '../../accounts/erasure/erasure-record.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';

const toldServiceOf = ({ name, state, outcome, confirmedAt }: ToldService) => ({
  ...{ name, state, outcome, confirmed_at: timeOrNull(confirmedAt) },
});

/** The record of an erasure as administrators see it. */
export const erasureOf = ({ userId, erasedAt, repeatedAt, picturesErasedAt, services }: ErasureRecord) => ({
  user_id: userId,
  erased_at: isoTime(erasedAt),
  repeated_at: timeOrNull(repeatedAt),
  pictures_erased_at: timeOrNull(picturesErasedAt),
  services: services.map(toldServiceOf),
});

export type ListedErasure = ReturnType<typeof erasureOf>;
