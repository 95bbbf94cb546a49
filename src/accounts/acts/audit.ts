import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { auditEvents } from '../../../drizzle/schema.ts';

/**
 * Who acts, and in which request: a user over HTTP by a session, somebody with wrangler's credentials, or the clock.
 * `needsSecondFactor`: an administrator's powers take a session that a second factor has opened, or that it was proved in.
 */
export type Actor =
  | { origin: 'http'; userId: number; sessionId: string; requestId: string; needsSecondFactor?: boolean }
  | { origin: 'script'; name: string; requestId: string }
  | { origin: 'schedule'; requestId: string };

/**
 * What is noted. An act on a user carries the user's id, that on a mail the id of the user whom it is for, and that on a service
 * the service's name.
 */
export type AuditAction =
  | `user.${string}`
  | `service.${string}`
  | 'mail.retry'
  | 'keys.rotate'
  | 'after-restore'
  | 'schedule.run';

/**
 * The statement that notes an act, if `where` holds. Ids, a time and the act, and nothing personal: it is kept when its
 * subject is erased.
 */
export const recordAudit = (
  db: Database,
  action: AuditAction,
  subjectId: number | null,
  by: Actor,
  where: SQL,
  now: Date,
) => recordAuditOfEach(db, action, sql`SELECT ${subjectId} AS id WHERE ${where}`, by, now);

/** The statement that notes an act on a service, if `where` holds. */
export const recordServiceAudit = (
  db: Database,
  action: `service.${string}`,
  service: string,
  by: Actor,
  where: SQL,
  now: Date,
) =>
  recordAuditOfEach(
    db,
    action,
    sql`SELECT NULL AS id, ${service} AS service WHERE ${where}`,
    by,
    now,
    sql`subject.service`,
  );

/** The statement that notes an act for each row of a query whose column `id` is the subject of that act. */
export const recordAuditOfEach = (
  db: Database,
  action: AuditAction,
  subjects: SQL,
  by: Actor,
  now: Date,
  service = sql`NULL`,
) =>
  statement(
    db,
    sql`
    INSERT INTO audit_events (action, subject_id, service, actor_id, actor_name, origin, request_id, at)
    SELECT ${action}, subject.id, ${service}, ${by.origin === 'http' ? by.userId : null}, ${by.origin === 'script' ? by.name : null},
           ${by.origin}, ${by.requestId}, ${now.getTime()}
    FROM (${subjects}) AS subject`,
  );

/** Notes an act that is on no user and changes nothing in the database itself. */
export const noteAct = async (db: Database, action: AuditAction, by: Actor, now = new Date()): Promise<void> => {
  await recordAudit(db, action, null, by, sql`true`, now);
};

/** What of the audit is looked for; everything that is given must hold. `before` is an id, to go on from a page. */
export type AuditQuery = {
  subjectId?: number | undefined;
  /** The name of a service. */
  service?: string | undefined;
  action?: AuditAction | undefined;
  origin?: Actor['origin'] | undefined;
  /** Who did it: a user by id, or a script by the name that was given to it. */
  actor?: number | string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  before?: number | undefined;
  limit: number;
};

/** The newest acts that fit, at most `limit`. */
export const listAudit = (db: Database, query: AuditQuery): Promise<AuditEvent[]> =>
  db
    .select()
    .from(auditEvents)
    .where(
      and(
        query.subjectId === undefined ? undefined : eq(auditEvents.subjectId, query.subjectId),
        query.service === undefined ? undefined : eq(auditEvents.service, query.service),
        query.action === undefined ? undefined : eq(auditEvents.action, query.action),
        query.origin === undefined ? undefined : eq(auditEvents.origin, query.origin),
        typeof query.actor === 'number' ? eq(auditEvents.actorId, query.actor) : undefined,
        typeof query.actor === 'string' ? eq(auditEvents.actorName, query.actor) : undefined,
        query.since === undefined ? undefined : gte(auditEvents.at, query.since),
        query.until === undefined ? undefined : lt(auditEvents.at, query.until),
        query.before === undefined ? undefined : lt(auditEvents.id, query.before),
      ),
    )
    .orderBy(desc(auditEvents.id))
    .limit(query.limit);

export type AuditEvent = typeof auditEvents.$inferSelect;
