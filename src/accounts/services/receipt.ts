import { sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import type { receipts } from '../../../drizzle/schema.ts';
import { holds, type Presented, readService } from './service.ts';

/** What a service has done about an event: it erased what it held, or held nothing. */
export type ReceiptOutcome = (typeof receipts.$inferSelect)['outcome'];

/**
 * Notes that a service has dealt with an event of one of its types. The first receipt stands; to confirm once more changes
 * nothing and is no fault.
 */
export const confirmEvent = async (
  db: Database,
  by: Presented,
  { seq, outcome }: { seq: number; outcome: ReceiptOutcome },
  now = new Date(),
): Promise<{ outcome: 'confirmed' | 'NO_EVENT' | 'INVALID_CREDENTIALS' }> => {
  const isHeard = sql`events.seq = ${seq} AND ${holds(by, now)}
    AND (services.types IS NULL OR EXISTS (SELECT 1 FROM json_each(services.types) WHERE value = events.type))`;
  const {
    service: [service],
    event: [event],
  } = await batch(db, {
    service: readService(db, by, now),
    receipt: statement(
      db,
      sql`
      INSERT INTO receipts (event_seq, service_id, service, outcome, at)
      SELECT events.seq, services.id, services.name, ${outcome}, ${now.getTime()} FROM events, services WHERE ${isHeard}
      ON CONFLICT (event_seq, service_id) DO NOTHING`,
    ),
    event: statement<{ seq: number }>(db, sql`SELECT events.seq FROM events, services WHERE ${isHeard}`),
  });
  if (!service) return { outcome: 'INVALID_CREDENTIALS' };
  return { outcome: event ? 'confirmed' : 'NO_EVENT' };
};
