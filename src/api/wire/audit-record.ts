import type { AuditEvent } from '../../accounts/acts/audit.ts';
import { isoTime } from '../../workers/time.ts';

const actorOf = ({ actorId, actorName }: AuditEvent): { user_id: number } | { name: string } | null => {
  if (actorId !== null) return { user_id: actorId };
  return actorName === null ? null : { name: actorName };
};

/** What was done to a user, as administrators see it: by a user, by a script under a name, or by the schedule. */
export const auditRecordOf = (event: AuditEvent) => ({
  id: event.id,
  action: event.action,
  at: isoTime(event.at),
  origin: event.origin,
  actor: actorOf(event),
  request_id: event.requestId,
});

export type AuditRecord = ReturnType<typeof auditRecordOf>;
