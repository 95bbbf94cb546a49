import { sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { mayCall, type Presented, readService } from './service.ts';

/** Who was in which room, and from when to when; the end may not be known yet. */
export type Participation = { userId: number; roomId: string; joinedAt: Date; leftAt: Date | null };

/**
 * Notes that a user who is in use was in a room, so that it is exported and erased with the account. Told once more, with the
 * same times, it is the same participation: a service that has lost the answer asks again and hears the same id.
 */
export const noteParticipation = async (
  db: Database,
  by: Presented,
  { userId, roomId, joinedAt, leftAt }: Participation,
  now = new Date(),
): Promise<{ outcome: 'noted'; id: number } | { outcome: 'NO_USER' | 'INVALID_CREDENTIALS' }> => {
  const [joined, left] = [joinedAt.getTime(), leftAt?.getTime() ?? null];
  const isInUse = sql`users.id = ${userId} AND users.is_active = 1 AND users.is_verified = 1`;
  const isSame = sql`told.user_id = users.id AND told.room_id = ${roomId} AND told.joined_at = ${joined}
    AND told.left_at IS ${left} AND told.service_id = ${by.id}`;
  const {
    service: [service],
    noted: [noted],
  } = await batch(db, {
    service: readService(db, by, now),
    insertion: statement(
      db,
      sql`
      INSERT INTO room_participations (user_id, room_id, joined_at, left_at, service_id)
      SELECT users.id, ${roomId}, ${joined}, ${left}, ${by.id} FROM users
      WHERE ${isInUse} AND ${mayCall(by, now)} AND NOT EXISTS (SELECT 1 FROM room_participations AS told WHERE ${isSame})`,
    ),
    noted: statement<{ id: number }>(
      db,
      sql`SELECT told.id FROM users JOIN room_participations AS told ON ${isSame} WHERE ${isInUse} ORDER BY told.id LIMIT 1`,
    ),
  });
  if (!service) return { outcome: 'INVALID_CREDENTIALS' };
  return noted ? { outcome: 'noted', id: noted.id } : { outcome: 'NO_USER' };
};

/** Notes when a user left. Only the service that has told of the participation knows it. */
export const endParticipation = async (
  db: Database,
  by: Presented,
  { id, leftAt }: { id: number; leftAt: Date },
  now = new Date(),
): Promise<{ outcome: 'ended' | 'NO_PARTICIPATION' | 'LEFT_BEFORE_JOINED' | 'INVALID_CREDENTIALS' }> => {
  const isOwn = sql`id = ${id} AND service_id = ${by.id}`;
  const {
    service: [service],
    ended,
    found,
  } = await batch(db, {
    service: readService(db, by, now),
    ended: statement(
      db,
      sql`
      UPDATE room_participations SET left_at = ${leftAt.getTime()}
      WHERE ${isOwn} AND joined_at <= ${leftAt.getTime()} AND ${mayCall(by, now)} RETURNING id`,
    ),
    found: statement(db, sql`SELECT id FROM room_participations WHERE ${isOwn}`),
  });
  if (!service) return { outcome: 'INVALID_CREDENTIALS' };
  if (ended.length === 1) return { outcome: 'ended' };
  return { outcome: found.length === 1 ? 'LEFT_BEFORE_JOINED' : 'NO_PARTICIPATION' };
};
