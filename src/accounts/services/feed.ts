import { asc, gt, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { events } from '../../../drizzle/schema.ts';
import { hears, type StoredEvent } from '../../outbox/push.ts';
import { DAY_MS } from '../../workers/duration.ts';
import { type Presented, readService } from './service.ts';

/** For how long an event is kept; that of an erasure stays as long as the record of the erasure. */
const KEPT_MS = 90 * DAY_MS;

/** Which events are asked for: those behind `after`, of these types where any are named. `limit` is how many are looked at. */
export type FeedQuery = { after: number; limit: number; types?: readonly string[] | undefined };

export type Feed =
  | { outcome: 'read'; events: StoredEvent[]; next: number; more: boolean }
  | { outcome: 'EVENTS_EXPIRED'; oldest: number }
  | { outcome: 'INVALID_CREDENTIALS' };

/**
 * A page of events, oldest first, of the types that the service hears of. It looks at `limit` events at the most, whatever
 * their type, so a page of some types can be short, or empty, and go on all the same.
 */
export const readFeed = async (
  db: Database,
  by: Presented,
  { after, limit, types }: FeedQuery,
  now = new Date(),
): Promise<Feed> => {
  const {
    service: [service],
    found,
  } = await batch(db, {
    service: readService(db, by, now),
    found: db
      .select()
      .from(events)
      .where(gt(events.seq, after))
      .orderBy(asc(events.seq))
      .limit(limit + 1),
  });
  if (!service) return { outcome: 'INVALID_CREDENTIALS' };
  // Where something has expired, the last of it is kept: so whoever was before it meets an old event first. The clocks of
  // requests differ by seconds, so an event that is about to expire makes one look too.
  const [first] = found;
  if (first && first.at.getTime() <= now.getTime() - KEPT_MS + DAY_MS) {
    const oldest = await oldestKept(db, after);
    if (oldest !== undefined) return { outcome: 'EVENTS_EXPIRED', oldest };
  }
  const page = found.slice(0, limit);
  return {
    outcome: 'read',
    events: page.filter(({ type }) => hears(service, type) && (types?.includes(type) ?? true)),
    next: page.at(-1)?.seq ?? after,
    more: found.length > limit,
  };
};

/** The first event from which on all are kept, if some behind `after` are not; undefined where all are. */
const oldestKept = async (db: Database, after: number): Promise<number | undefined> => {
  const [horizon] = await statement<{ seq: number }>(db, sql`SELECT seq FROM event_horizon WHERE seq > ${after + 1}`);
  return horizon?.seq;
};

/**
 * Removes events that have had their time, and what was confirmed of them, looking at `limit` at the most; answers how many.
 * The last that has expired stays, so that whoever has not read that far meets it and is told.
 */
export const removeExpiredEvents = async (db: Database, limit: number, now = new Date()): Promise<number> => {
  const cutoff = now.getTime() - KEPT_MS;
  const horizon = sql`coalesce((SELECT seq FROM event_horizon), 0)`;
  const isDue = sql`(SELECT at FROM events WHERE seq > ${horizon} ORDER BY seq LIMIT 1) <= ${cutoff}`;
  const { removed } = await batch(db, {
    horizon: statement(
      db,
      sql`
      INSERT INTO event_horizon (id, seq, former)
      SELECT 1, max(seq), 0
      FROM (SELECT seq, at FROM events WHERE seq > ${horizon} ORDER BY seq LIMIT CASE WHEN ${isDue} THEN ${limit} ELSE 0 END)
      WHERE at <= ${cutoff} HAVING max(seq) IS NOT NULL
      ON CONFLICT (id) DO UPDATE SET former = event_horizon.seq, seq = excluded.seq`,
    ),
    removed: statement(
      db,
      sql`
      DELETE FROM events WHERE seq >= (SELECT former FROM event_horizon) AND seq < (SELECT seq FROM event_horizon)
        AND type <> 'user.erased' RETURNING 1`,
    ),
    receipts: statement(
      db,
      sql`
      DELETE FROM receipts
      WHERE event_seq >= (SELECT former FROM event_horizon) AND event_seq < (SELECT seq FROM event_horizon)
        AND NOT EXISTS (SELECT 1 FROM events WHERE events.seq = receipts.event_seq)`,
    ),
  });
  return removed.length;
};
