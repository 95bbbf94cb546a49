import type { Access } from '../../accounts/administration/access.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';

/** How somebody gets into the account, and what keeps them out, as administrators see it. */
export const accessOf = ({ lastSignInAt, locks, sessions, passkeys, authenticators, recoveryCodes }: Access) => ({
  last_sign_in_at: timeOrNull(lastSignInAt),
  locks: locks.map(({ kind, knownDevice, failures, lockedUntil }) => ({
    kind,
    known_device: knownDevice,
    failures,
    locked_until: timeOrNull(lockedUntil),
  })),
  sessions: sessions.map((session) => ({
    id: session.id,
    created_at: isoTime(session.createdAt),
    last_used_at: isoTime(session.lastUsedAt),
    user_agent: session.userAgent,
  })),
  second_factors: { passkeys, authenticators, recovery_codes: recoveryCodes },
});

export type AccountAccess = ReturnType<typeof accessOf>;
