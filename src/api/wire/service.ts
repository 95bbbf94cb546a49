import { formerWorksUntil, type ListedService, LOOKED_AT } from '../../accounts/services/service.ts';
import type { MacKeys } from '../../accounts/tokens/signed-token.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';

const stateOf = ({ url, haltedAt, failingSince }: ListedService): 'asks' | 'halted' | 'retrying' | 'active' => {
  if (url === null) return 'asks';
  if (haltedAt) return 'halted';
  return failingSince ? 'retrying' : 'active';
};

const waitingOf = ({ ahead }: ListedService) =>
  ahead && { events: ahead.events, or_more: ahead.looked >= LOOKED_AT, since: timeOrNull(ahead.since) };

/** A service as administrators see it: how it is told, what it has not had yet, and nothing secret. */
export const listedServiceOf = (service: ListedService, keys: MacKeys, now: Date) => {
  const state = stateOf(service);
  return {
    name: service.name,
    url: service.url,
    types: service.types,
    state,
    attempts: service.attempts,
    failure: service.failure,
    failing_since: timeOrNull(service.failingSince),
    next_try_at: state === 'retrying' ? isoTime(service.dueAt) : null,
    halted_at: timeOrNull(service.haltedAt),
    waiting: waitingOf(service),
    created_at: isoTime(service.createdAt),
    former_until: timeOrNull(formerWorksUntil(service, keys, now)),
    // The key that its token and secret were made with may have been replaced.
    pair_works: keys.versions.has(service.keyVersion),
  };
};

export type AdministratedService = ReturnType<typeof listedServiceOf>;
