import { and, asc, eq, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../drizzle/client.ts';
import { events, type Service, services } from '../../drizzle/schema.ts';
import { inTime } from '../workers/deadline.ts';
import { DAY_MS } from '../workers/duration.ts';
import { faultOf, log } from '../workers/log.ts';
import type { RecordedEvent } from './event.ts';

// A push is the first event behind a service's `seq`. There is no row for it: whoever holds the service's lease sends it,
// and moves `seq` on while the lease is held. So events leave in order, at least once, and a process that dies loses none.

/** What lies in the queue of events: the id of a service that has something to hear, and nothing else. */
export type PushMessage = { service: string };

// After this long without an event that arrives a service is sent no more.
const GIVEN_UP_AFTER_MS = 3 * DAY_MS;
// How many events one claim looks at.
const EVENTS_AT_ONCE = 100;

/** Whether a service hears of a type of event: of those that it named, or of all. */
export const hears = ({ types }: Pick<Service, 'types'>, type: string): boolean => types?.includes(type) ?? true;

/** The event as it is stored. */
export type StoredEvent = typeof events.$inferSelect;

/** A service that one sender has claimed, and the next events of whatever type. Nobody else pushes to it while the lease lasts. */
export type ClaimedPushes = { service: Service & { url: string }; lease: string; events: StoredEvent[] };

/**
 * Tells the consumer which services have something to hear. A courtesy: the events are already safe, and the scheduled run
 * wakes whoever was not told. Never rejects.
 */
export const wakeServices = async (
  queue: Queue<PushMessage>,
  recorded: readonly (RecordedEvent | undefined)[],
): Promise<void> => {
  const ids = new Set(recorded.flatMap((event) => (event ? (JSON.parse(event.listeners) as string[]) : [])));
  await queuePushes(queue, [...ids]);
};

/** The same for services that are named. Never rejects. */
export const queuePushes = async (queue: Queue<PushMessage>, ids: readonly string[]): Promise<void> => {
  // The queue takes a hundred messages in one call.
  for (let start = 0; start < ids.length; start += 100) {
    const messages = ids.slice(start, start + 100).map((service) => ({ body: { service } }));
    try {
      await inTime('Queues', queue.sendBatch(messages));
    } catch (error) {
      log('warn', 'push-queue-failed', { services: messages.length, fault: faultOf(error) });
    }
  }
};

/** The services that should have been sent to and that nobody sends to: their message was lost, or their sender died. */
export const forgottenServices = async (db: Database, now = new Date()): Promise<string[]> => {
  const at = now.getTime();
  const found = await statement<{ id: string }>(
    db,
    sql`
    SELECT id FROM services
    WHERE url IS NOT NULL AND halted_at IS NULL AND due_at <= ${at} AND (leased_until IS NULL OR leased_until <= ${at})
      AND EXISTS (SELECT 1 FROM events WHERE events.seq > services.seq)`,
  );
  return found.map(({ id }) => id);
};

/**
 * Claims a service that is due, if there is an event behind its `seq` and nobody else sends to it. The lease outlasts all
 * that its holder does. Undefined: there is nothing to send now.
 */
export const claimPushes = async (
  db: Database,
  id: string,
  lease: { id: string; ms: number },
  now = new Date(),
): Promise<ClaimedPushes | undefined> => {
  const at = now.getTime();
  const isHeld = and(eq(services.id, id), eq(services.lease, lease.id));
  const {
    service: [service],
    next,
  } = await batch(db, {
    claim: statement(
      db,
      sql`
      UPDATE services SET lease = ${lease.id}, leased_until = ${at + lease.ms}
      WHERE id = ${id} AND url IS NOT NULL AND halted_at IS NULL AND due_at <= ${at}
        AND (leased_until IS NULL OR leased_until <= ${at})
        AND EXISTS (SELECT 1 FROM events WHERE events.seq > services.seq)`,
    ),
    service: db.select().from(services).where(isHeld),
    next: db
      .select()
      .from(events)
      .where(sql`${events.seq} > (SELECT services.seq FROM services WHERE id = ${id} AND lease = ${lease.id})`)
      .orderBy(asc(events.seq))
      .limit(EVENTS_AT_ONCE),
  });
  if (service?.url == null) return undefined;
  return { service: { ...service, url: service.url }, lease: lease.id, events: next };
};

type Held = Pick<ClaimedPushes, 'lease'> & { service: Pick<Service, 'id'> };

const whileHeld = ({ service, lease }: Held) => and(eq(services.id, service.id), eq(services.lease, lease));

/**
 * Notes that a service has every event up to `seq`, while its lease is still held; says whether it was. With `release` the
 * lease ends in the same moment, so that whoever is woken by a later event finds the service free.
 */
export const settlePushes = async (
  db: Database,
  held: Held,
  seq: number,
  { release }: { release: boolean },
): Promise<boolean> => {
  const settled = await db
    .update(services)
    .set({
      // Somebody may have moved it on meanwhile.
      ...{ seq: sql`max(${services.seq}, ${seq})`, attempts: 0, failingSince: null, failure: null },
      ...(release ? { lease: null, leasedUntil: null } : {}),
    })
    .where(whileHeld(held))
    .returning({ id: services.id });
  return settled.length === 1;
};

/**
 * Gives a service back whose next event did not arrive; it is due again at `dueAt`. It is halted where it said that it is
 * gone, or where nothing has arrived for three days; says whether it was.
 */
export const failPushes = async (
  db: Database,
  held: Held,
  { failure, isGone, dueAt }: { failure: string; isGone: boolean; dueAt: Date },
  now = new Date(),
): Promise<{ isHalted: boolean }> => {
  const since = sql`coalesce(${services.failingSince}, ${now.getTime()})`;
  const givenUp = sql`${isGone ? 1 : 0} OR ${since} <= ${now.getTime() - GIVEN_UP_AFTER_MS}`;
  const [failed] = await db
    .update(services)
    .set({
      ...{ lease: null, leasedUntil: null, dueAt, failure, attempts: sql`${services.attempts} + 1` },
      failingSince: sql`${since}`,
      haltedAt: sql`CASE WHEN ${givenUp} THEN ${now.getTime()} END`,
    })
    .where(whileHeld(held))
    .returning({ haltedAt: services.haltedAt });
  return { isHalted: failed?.haltedAt != null };
};
