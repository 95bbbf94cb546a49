import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { type Service, services } from '../../../drizzle/schema.ts';
import { DAY_MS } from '../../workers/duration.ts';
import { type Actor, recordServiceAudit } from '../acts/audit.ts';
import { readServiceToken, type ServiceIdentity } from '../tokens/service-secret.ts';
import { type MacKeys, randomId } from '../tokens/signed-token.ts';

/** For how long the token and the secret before a rotation still work. */
const FORMER_WORKS_MS = DAY_MS;

/** Which service calls, by the token that it has shown. Whether that holds is asked by the statements of the call. */
export type Presented = ServiceIdentity;

export const presentedBy = (keys: MacKeys, token: string): Presented | undefined => readServiceToken(keys, token);

/** The condition under which a token's service is there and its generation still works; `services` is in scope. */
export const holds = ({ id, generation }: Presented, now: Date): SQL => sql`services.id = ${id} AND (
  services.generation = ${generation}
  OR (services.generation = ${generation} + 1 AND services.former_until > ${now.getTime()}))`;

/** The same inside a change. */
export const mayCall = (by: Presented, now: Date): SQL => sql`EXISTS (SELECT 1 FROM services WHERE ${holds(by, now)})`;

/** The statement that reads the service that calls; no row where its token does not hold. */
export const readService = (db: Database, by: Presented, now: Date) => db.select().from(services).where(holds(by, now));

/** What is given of a new service; no url: it asks for events itself, no types: it hears of all of them. */
export type NewService = { name: string; url: string | null; types: readonly string[] | null };

/** How a service is named in an act, by whom, and when. */
type Acting = { db: Database; name: string; by: Actor; now: Date };

const lastSeq = sql`coalesce((SELECT max(seq) FROM events), 0)`;

/** Makes a service, which hears of what happens from now on. Its token and secret are of the newest key that is given. */
export const addService = async (
  db: Database,
  { signs }: MacKeys,
  { name, url, types }: NewService,
  by: Actor,
  now = new Date(),
): Promise<{ outcome: 'added'; service: Service } | { outcome: 'NAME_TAKEN' }> => {
  const at = now.getTime();
  const id = randomId();
  const {
    service: [service],
  } = await batch(db, {
    added: statement(
      db,
      sql`
      INSERT INTO services (id, name, url, types, generation, key_version, created_at, since_seq, seq, due_at)
      SELECT ${id}, ${name}, ${url}, ${types && JSON.stringify(types)}, 1, ${signs}, ${at}, ${lastSeq}, ${lastSeq}, ${at}
      WHERE NOT EXISTS (SELECT 1 FROM services WHERE name = ${name})`,
    ),
    audit: recordServiceAudit(db, 'service.add', name, by, sql`EXISTS (SELECT 1 FROM services WHERE id = ${id})`, now),
    service: db.select().from(services).where(eq(services.id, id)),
  });
  return service ? { outcome: 'added', service } : { outcome: 'NAME_TAKEN' };
};

export type Rotated = { outcome: 'rotated'; service: Service } | { outcome: 'NO_SERVICE' | 'ROTATED_RECENTLY' };

/**
 * Gives a service a new token and secret; the former pair works for another day, or, `leaked`, ends at once. A second rotation
 * within that day would end a pair early that was promised to work, so it is refused unless the pair has leaked.
 */
export const rotateService = async (
  { db, name, by, now }: Acting,
  { signs }: MacKeys,
  leaked: boolean,
): Promise<Rotated> => {
  const at = now.getTime();
  const may = sql`name = ${name} AND (${leaked ? 1 : 0} OR former_until IS NULL OR former_until <= ${at})`;
  const { rotated, found } = await batch(db, {
    audit: recordServiceAudit(db, 'service.rotate', name, by, sql`EXISTS (SELECT 1 FROM services WHERE ${may})`, now),
    rotated: db
      .update(services)
      .set({
        generation: sql`generation + 1`,
        formerKeyVersion: sql`${services.keyVersion}`,
        formerUntil: leaked ? null : new Date(at + FORMER_WORKS_MS),
        keyVersion: signs,
      })
      .where(may)
      .returning(),
    found: db.select({ id: services.id }).from(services).where(eq(services.name, name)),
  });
  const [service] = rotated;
  if (service) return { outcome: 'rotated', service };
  return { outcome: found.length === 0 ? 'NO_SERVICE' : 'ROTATED_RECENTLY' };
};

/**
 * Sends to a service again that was halted or waits for its next try, from where it stopped or, `fromNow`, from what happens
 * next on. `lost` says that some of what it has not had has expired meanwhile.
 */
export const resumeService = async (
  { db, name, by, now }: Acting,
  fromNow: boolean,
): Promise<{ outcome: 'resumed'; service: Service; lost: boolean } | { outcome: 'NO_SERVICE' }> => {
  const isMeant = eq(services.name, name);
  const {
    resumed: [service],
    horizon: [horizon],
  } = await batch(db, {
    horizon: statement<{ seq: number }>(
      db,
      sql`SELECT event_horizon.seq FROM event_horizon JOIN services ON services.name = ${name} AND services.seq < event_horizon.seq`,
    ),
    audit: recordServiceAudit(
      db,
      'service.resume',
      name,
      by,
      sql`EXISTS (SELECT 1 FROM services WHERE name = ${name})`,
      now,
    ),
    resumed: db
      .update(services)
      .set({
        ...{ haltedAt: null, failingSince: null, attempts: 0, failure: null, dueAt: now },
        ...(fromNow ? { seq: lastSeq } : {}),
      })
      .where(isMeant)
      .returning(),
  });
  return service ? { outcome: 'resumed', service, lost: !fromNow && horizon !== undefined } : { outcome: 'NO_SERVICE' };
};

/** Removes a service: from this moment its token opens nothing and nothing is sent to it. Its receipts stay. */
export const removeService = async ({
  db,
  name,
  by,
  now,
}: Acting): Promise<{ outcome: 'removed'; service: Service } | { outcome: 'NO_SERVICE' }> => {
  const {
    removed: [service],
  } = await batch(db, {
    audit: recordServiceAudit(
      db,
      'service.remove',
      name,
      by,
      sql`EXISTS (SELECT 1 FROM services WHERE name = ${name})`,
      now,
    ),
    removed: db.delete(services).where(eq(services.name, name)).returning(),
  });
  return service ? { outcome: 'removed', service } : { outcome: 'NO_SERVICE' };
};

/** A service, and what it has not had yet: since when the first of it waits (ms; null: it has everything), and how much it is. */
export type ListedService = Service & { waitingSince: number | null; waiting: number };

// Nothing is counted beyond this: that so much waits says enough.
const COUNTED_AT_MOST = 1000;

/** Every service, or the one of that name, in the order of their names. There are few. */
export const listServices = (db: Database, name?: string): Promise<ListedService[]> =>
  db
    .select({
      service: services,
      waitingSince: sql<number | null>`(SELECT at FROM events WHERE seq > services.seq ORDER BY seq LIMIT 1)`.as(
        'since',
      ),
      waiting: sql<number>`(SELECT count(*) FROM (
        SELECT 1 FROM events WHERE seq > services.seq LIMIT ${COUNTED_AT_MOST}))`.as('waiting'),
    })
    .from(services)
    .where(and(name === undefined ? undefined : eq(services.name, name)))
    .orderBy(asc(services.name))
    .then((rows) => rows.map(({ service, ...waits }) => ({ ...service, ...waits })));
