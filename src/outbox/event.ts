import { isSQLWrapper, type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../drizzle/client.ts';
import type { events } from '../../drizzle/schema.ts';
import { isoTime } from '../workers/time.ts';

/**
 * Every type of event and what its data hold besides the user's id, as other services read them. Ids, times, and names of
 * what changed; nothing personal. A type keeps its shape; keys may come.
 */
export type EventData = {
  /** The address was verified for the first time: from here on there is somebody to look up. */
  'user.created': Record<string, never>;
  'user.updated': { changed: PublicField[] };
  'user.role_changed': { role: 'user' | 'admin' };
  /** Some sessions have ended while the account stays in use, by the `sid` of their tokens. */
  'user.signed_out': { session_ids: string[] };
  /** A second factor came, or went. */
  'user.factor_added': { kind: 'passkey' | 'authenticator' };
  'user.factor_removed': { kind: 'passkey' | 'authenticator' };
  'user.reactivated': Record<string, never>;
  'user.restored': Record<string, never>;
  // With each of these every session has ended, which nothing else tells.
  'user.email_changed': Record<string, never>;
  'user.deactivated': Record<string, never>;
  'user.deleted': { erase_at: string };
  'user.erased': Record<string, never>;
};

export type EventType = keyof EventData;

/** What services may look up of a user. */
export type PublicField = 'full_name' | 'avatar_url' | 'speaking_language' | 'listening_language';

export const EVENT_TYPES = [
  'user.created',
  'user.updated',
  'user.email_changed',
  'user.role_changed',
  'user.signed_out',
  'user.factor_added',
  'user.factor_removed',
  'user.deactivated',
  'user.reactivated',
  'user.deleted',
  'user.restored',
  'user.erased',
] as const satisfies readonly EventType[];

/** An event as a change tells it. Data, or a type without any, that depend on the user's row are expressions. */
export type ToldEvent =
  | { [Type in EventType]: { type: Type; data: EventData[Type] | SQL } }[EventType]
  | { type: SQL<EventType>; data: Record<string, never> };

/** An event that was written down, and the ids of the services (as JSON) that are to be woken for it. */
export type RecordedEvent = { seq: number; listeners: string };

/** What stands behind the SELECT of an event's row. The same statement finds out who listens, so that nothing else has to ask. */
const told = (now: Date): SQL => sql`
  RETURNING seq, (SELECT json_group_array(id) FROM services
                  WHERE url IS NOT NULL AND halted_at IS NULL AND due_at <= ${now.getTime()}) AS listeners`;

/**
 * The statement that writes an event down, for the batch that makes the change: one row for each user that `where` finds, as
 * they are before the change.
 */
export const recordEvent = (db: Database, { type, data }: ToldEvent, where: SQL, now: Date) =>
  statement<RecordedEvent>(
    db,
    sql`
    INSERT INTO events (type, user_id, data, at)
    SELECT ${type}, users.id, ${isSQLWrapper(data) ? data : JSON.stringify(data)}, ${now.getTime()} FROM users WHERE ${where}
    ${told(now)}`,
  );

/** The statement that tells of an erasure once more, if `where` holds, when nothing of the user is left. */
export const recordErasureAgain = (db: Database, userId: number, where: SQL, now: Date) =>
  statement<RecordedEvent>(
    db,
    sql`
    INSERT INTO events (type, user_id, data, at) SELECT 'user.erased', ${userId}, '{}', ${now.getTime()} WHERE ${where}
    ${told(now)}`,
  );

/** The statement that tells of the sessions that `where` finds, one event for each user; it stands before they are removed. */
export const recordSignOuts = (db: Database, where: SQL, now: Date) =>
  statement<RecordedEvent>(
    db,
    sql`
    INSERT INTO events (type, user_id, data, at)
    SELECT 'user.signed_out', user_id, json_object('session_ids', json_group_array(id)), ${now.getTime()}
    FROM sessions WHERE ${where} GROUP BY user_id
    ${told(now)}`,
  );

/** The statement that tells of each second factor that `where` finds; it stands before they are removed. */
export const recordRemovedFactors = (db: Database, where: SQL, now: Date) =>
  statement<RecordedEvent>(
    db,
    sql`
    INSERT INTO events (type, user_id, data, at)
    SELECT 'user.factor_removed', user_id, json_object('kind', kind), ${now.getTime()} FROM (
      SELECT id, user_id, 'passkey' AS kind FROM passkeys
      UNION ALL SELECT id, user_id, 'authenticator' FROM authenticators)
    WHERE ${where}
    ${told(now)}`,
  );

/** An event as services read it, by the feed and by a push alike. */
export type WireEvent = {
  id: string;
  seq: number;
  type: string;
  timestamp: string;
  data: { user_id: number } & Record<string, unknown>;
};

export const eventOf = ({ seq, type, userId, data, at }: typeof events.$inferSelect): WireEvent => ({
  id: `evt_${seq}`,
  seq,
  type,
  timestamp: isoTime(at),
  data: { user_id: userId, ...data },
});
