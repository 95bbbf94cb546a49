import type { Session } from '../../../drizzle/schema.ts';
import { isoTime } from '../../workers/time.ts';

/** A session as its user sees it; `currentId` is the one that asks. */
export const sessionOf = (session: Session, currentId: string) => ({
  id: session.id,
  created_at: isoTime(session.createdAt),
  last_used_at: isoTime(session.lastUsedAt),
  user_agent: session.userAgent,
  current: session.id === currentId,
});

export type ListedSession = ReturnType<typeof sessionOf>;
