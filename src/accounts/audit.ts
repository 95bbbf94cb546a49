import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../drizzle/client.ts';

/** Who acts, and in which request: a user over HTTP, somebody with wrangler's credentials, or the clock. */
export type Actor =
  | { origin: 'http'; userId: number; requestId: string }
  | { origin: 'script'; name: string; requestId: string }
  | { origin: 'schedule'; requestId: string };

export type AuditAction =
  | 'user.delete'
  | 'user.erase'
  | 'user.restore'
  | 'user.deactivate'
  | 'user.reactivate'
  | 'user.promote'
  | 'user.demote'
  | 'user.set-email'
  | 'user.end-sessions'
  | 'user.export';

/**
 * The statement that notes an act, if `where` holds (`changes() = 1`: the statement just before did something). Ids,
 * a time and the act, and nothing personal: it is kept when its subject is erased.
 */
export const recordAudit = (db: Database, action: AuditAction, subjectId: number, by: Actor, where: SQL, now: Date) =>
  statement(
    db,
    sql`
    INSERT INTO audit_events (action, subject_id, actor_id, actor_name, origin, request_id, at)
    SELECT ${action}, ${subjectId}, ${by.origin === 'http' ? by.userId : null}, ${by.origin === 'script' ? by.name : null},
           ${by.origin}, ${by.requestId}, ${now.getTime()}
    WHERE ${where}`,
  );
