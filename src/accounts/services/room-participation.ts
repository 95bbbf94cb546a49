import { sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { mayCall, type Presented, readService } from './service.ts';

/** Who was in which room, and from when to when; the end may not be known yet. */
export type Participation = { userId: number; roomId: string; joinedAt: Date; leftAt: Date | null };

/** Notes that a user who is in use was in a room, so that it is exported and erased with the account. */
export const noteParticipation = async (
  db: Database,
  by: Presented,
  { userId, roomId, joinedAt, leftAt }: Participation,
  now = new Date(),
): Promise<{ outcome: 'noted'; id: number } | { outcome: 'NO_USER' | 'INVALID_CREDENTIALS' }> => {
  const {
    service: [service],
    noted: [noted],
  } = await batch(db, {
    service: readService(db, by, now),
    noted: statement<{ id: number }>(
      db,
      sql`
      INSERT INTO room_participations (user_id, room_id, joined_at, left_at, service_id)
      SELECT users.id, ${roomId}, ${joinedAt.getTime()}, ${leftAt?.getTime() ?? null}, ${by.id} FROM users
      WHERE users.id = ${userId} AND users.is_active = 1 AND users.is_verified = 1 AND ${mayCall(by, now)}
      RETURNING id`,
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
