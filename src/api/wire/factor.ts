import type { ListedFactor } from '../../accounts/factors/factor.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';

/** A second factor as its user sees it. */
export const factorOf = ({ id, kind, name, createdAt, lastUsedAt, backedUp }: ListedFactor) => ({
  id,
  kind,
  name,
  created_at: isoTime(createdAt),
  last_used_at: timeOrNull(lastUsedAt),
  backed_up: backedUp ?? null,
});

export type WireFactor = ReturnType<typeof factorOf>;
