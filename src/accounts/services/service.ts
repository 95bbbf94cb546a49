import { and, asc, eq, gt, inArray, or, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, type Statements, statement } from '../../../drizzle/client.ts';
import { type Service, services } from '../../../drizzle/schema.ts';
import { DAY_MS } from '../../workers/duration.ts';
import { type Actor, recordServiceAudit } from '../acts/audit.ts';
import type { ServiceIdentity } from '../tokens/service-secret.ts';
import { type MacKeys, randomId } from '../tokens/signed-token.ts';

/** For how long the token and the secret before a rotation still work. */
const FORMER_WORKS_MS = DAY_MS;

/** Which service calls, by the token that it has shown. Whether that holds is asked by the statements of the call. */
export type Presented = ServiceIdentity;

/** The condition under which a token's service is there and its generation still works; `services` is in scope. */
export const holds = ({ id, generation }: Presented, now: Date): SQL => sql`services.id = ${id} AND (
  services.generation = ${generation}
  OR (services.generation = ${generation} + 1 AND services.former_until > ${now.getTime()}))`;

/** The same inside a change. */
export const mayCall = (by: Presented, now: Date): SQL => sql`EXISTS (SELECT 1 FROM services WHERE ${holds(by, now)})`;

/** The statement that reads the service that calls; no row where its token does not hold. */
export const readService = (db: Database, by: Presented, now: Date) => db.select().from(services).where(holds(by, now));

/**
 * An act on a service: by the name of the service, by whom, and when. With `dryRun` nothing is changed, and what is answered is
 * what would be.
 */
export type ServiceActing = { db: Database; name: string; by: Actor; now: Date; dryRun: boolean };

/** What is given of a new service; no url: it asks for events itself, no types: it hears of all of them. */
export type NewService = { url: string | null; types: readonly string[] | null };

const lastSeq = sql<number>`coalesce((SELECT max(seq) FROM events), 0)`;

/**
 * Makes a service, which hears of what happens from now on. Its token and secret are those of the identity that is answered,
 * under the key that signs.
 */
export const addService = async (
  { db, name, by, now, dryRun }: ServiceActing,
  { signs }: MacKeys,
  { url, types }: NewService,
): Promise<{ outcome: 'added'; identity: ServiceIdentity } | { outcome: 'NAME_TAKEN' }> => {
  const at = now.getTime();
  const identity = { id: randomId(), generation: 1 };
  const read = { namesakes: db.select({ id: services.id }).from(services).where(eq(services.name, name)) };
  const isAdded = sql`EXISTS (SELECT 1 FROM services WHERE id = ${identity.id})`;
  const adding = {
    added: statement(
      db,
      sql`
      INSERT INTO services (id, name, url, types, generation, key_version, created_at, since_seq, seq, due_at)
      SELECT ${identity.id}, ${name}, ${url}, ${types && JSON.stringify(types)}, ${identity.generation}, ${signs}, ${at},
             ${lastSeq}, ${lastSeq}, ${at}
      WHERE NOT EXISTS (SELECT 1 FROM services WHERE name = ${name})`,
    ),
    audit: recordServiceAudit(db, 'service.add', name, by, isAdded, now),
  };
  const { namesakes } = await batch(db, dryRun ? read : { ...read, ...adding });
  return namesakes.length === 0 ? { outcome: 'added', identity } : { outcome: 'NAME_TAKEN' };
};

/** An act as it is told: what refuses it, as an expression for a code or null, and the change, under its guard. */
type Told = { action: `service.${string}`; refusal: SQL; change: (guard: SQL) => Statements[string] };

/** A service as an act finds it, and what refuses the act. */
type Found<Code extends string> = {
  service: Service;
  refusal: Code | null;
  /** The last event there is, and the last of those that have expired. */
  last: number;
  horizon: number;
};

/** Finds a service and, where nothing refuses that, changes it and notes it, in one batch. Undefined: there is none of that name. */
const actOnService = async <Code extends string>(
  { db, name, by, now, dryRun }: ServiceActing,
  { action, refusal, change }: Told,
): Promise<Found<Code> | undefined> => {
  const isMeant = eq(services.name, name);
  const guard = sql`${isMeant} AND (${refusal}) IS NULL`;
  const isAllowed = sql`EXISTS (SELECT 1 FROM services WHERE ${guard})`;
  const read = {
    found: db
      .select({
        service: services,
        refusal: sql<Code | null>`${refusal}`.as('refusal'),
        last: sql<number>`${lastSeq}`.as('last'),
        horizon: sql<number>`coalesce((SELECT event_horizon.seq FROM event_horizon), 0)`.as('horizon'),
      })
      .from(services)
      .where(isMeant),
  };
  const doing = { audit: recordServiceAudit(db, action, name, by, isAllowed, now), changed: change(guard) };
  const { found } = await batch(db, dryRun ? read : { ...read, ...doing });
  return found[0];
};

const versionsOf = ({ versions }: MacKeys): SQL =>
  sql`(SELECT value FROM json_each(${JSON.stringify([...versions.keys()])}))`;

/** Until when the pair before a rotation works; null where it does not. A key that is gone has taken its pairs along. */
export const formerWorksUntil = (
  { formerKeyVersion, formerUntil }: Pick<Service, 'formerKeyVersion' | 'formerUntil'>,
  { versions }: MacKeys,
  now: Date,
): Date | null =>
  formerUntil && formerUntil > now && formerKeyVersion !== null && versions.has(formerKeyVersion) ? formerUntil : null;

export type Rotated =
  | { outcome: 'rotated'; identity: ServiceIdentity; formerUntil: Date | null }
  | { outcome: 'ROTATED_RECENTLY'; until: Date }
  | { outcome: 'NO_SERVICE' };

/**
 * Gives a service a new token and secret, of the identity that is answered, under the key that signs; the former pair works for
 * another day, or, `leaked`, ends at once. A second rotation within that day would end a pair early that was promised to work,
 * so it is refused unless the pair has leaked.
 */
export const rotateService = async (acting: ServiceActing, keys: MacKeys, leaked: boolean): Promise<Rotated> => {
  const { db, now } = acting;
  const until = new Date(now.getTime() + FORMER_WORKS_MS);
  const found = await actOnService<'ROTATED_RECENTLY'>(acting, {
    action: 'service.rotate',
    refusal: sql`CASE WHEN ${leaked ? 0 : 1} AND former_until > ${now.getTime()} AND former_key_version IN ${versionsOf(keys)}
                 THEN 'ROTATED_RECENTLY' END`,
    change: (guard) =>
      db
        .update(services)
        .set({
          generation: sql`generation + 1`,
          formerKeyVersion: sql`key_version`,
          formerUntil: leaked ? null : until,
          keyVersion: keys.signs,
        })
        .where(guard),
  });
  if (!found) return { outcome: 'NO_SERVICE' };
  const { id, generation, keyVersion, formerUntil } = found.service;
  if (found.refusal !== null) return { outcome: found.refusal, until: formerUntil ?? now };
  const formerWorks = formerWorksUntil({ formerKeyVersion: keyVersion, formerUntil: leaked ? null : until }, keys, now);
  return { outcome: 'rotated', identity: { id, generation: generation + 1 }, formerUntil: formerWorks };
};

export type Resumed =
  | { outcome: 'resumed'; id: string; after: number; lost: boolean }
  | { outcome: 'NO_SERVICE' | 'NOTHING_IS_SENT' };

/**
 * Sends to a service again that was halted or waits for its next try, from where it stopped or, `fromNow`, from what happens
 * next on: the events behind `after`. `lost` says that some of what it has not had has expired meanwhile.
 */
export const resumeService = async (acting: ServiceActing, fromNow: boolean): Promise<Resumed> => {
  const { db, now } = acting;
  const found = await actOnService<'NOTHING_IS_SENT'>(acting, {
    action: 'service.resume',
    refusal: sql`CASE WHEN url IS NULL THEN 'NOTHING_IS_SENT' END`,
    change: (guard) =>
      db
        .update(services)
        .set({
          ...{ haltedAt: null, failingSince: null, attempts: 0, failure: null, dueAt: now },
          ...(fromNow ? { seq: lastSeq } : {}),
        })
        .where(guard),
  });
  if (!found) return { outcome: 'NO_SERVICE' };
  const { service, refusal, last, horizon } = found;
  if (refusal !== null) return { outcome: refusal };
  // The last that has expired is still there.
  const lost = !fromNow && service.seq + 1 < horizon;
  return { outcome: 'resumed', id: service.id, after: fromNow ? last : service.seq, lost };
};

/** Removes a service: from this moment its token opens nothing and nothing is sent to it. Its receipts stay. */
export const removeService = async (acting: ServiceActing): Promise<{ outcome: 'removed' | 'NO_SERVICE' }> => {
  const found = await actOnService(acting, {
    action: 'service.remove',
    refusal: sql`NULL`,
    change: (guard) => acting.db.delete(services).where(guard),
  });
  return { outcome: found ? 'removed' : 'NO_SERVICE' };
};

/** A service that still has a pair made with a key: its present one, or its former one, which works until then. */
export type KeyUse = { name: string; until: Date | null };

/** The services with a pair that was made with a key of one of these versions, in the order of their names. */
export const usesOfKeys = async (db: Database, versions: readonly number[], now = new Date()): Promise<KeyUse[]> => {
  const isPresent = inArray(services.keyVersion, [...versions]);
  const isFormer = and(inArray(services.formerKeyVersion, [...versions]), gt(services.formerUntil, now));
  const found = await db.select().from(services).where(or(isPresent, isFormer)).orderBy(asc(services.name));
  return found.map(({ name, keyVersion, formerUntil }) => ({
    name,
    until: versions.includes(keyVersion) ? null : formerUntil,
  }));
};

/**
 * What a service has not had yet of what it hears of: how many events, and when the first of them happened (ms). No more is
 * looked at than `LOOKED_AT`, of whatever type; `looked` is how many there were.
 */
export type Ahead = { events: number; since: number | null; looked: number };

/** A service, and what waits for it; null where it asks itself, since how far it has read is not known. */
export type ListedService = Service & { ahead: Ahead | null };

/** Nothing is counted beyond this: that so much waits says enough. */
export const LOOKED_AT = 1000;

// There are few, and they are listed in one piece; this keeps even a mistake of a script bounded.
const LISTED_AT_MOST = 1000;

const isHeard = sql`(services.types IS NULL OR type IN (SELECT value FROM json_each(services.types)))`;

/** Every service, or the one of that name, in the order of their names. */
export const listServices = async (db: Database, name?: string): Promise<ListedService[]> => {
  const ahead = sql<string | null>`CASE WHEN services.url IS NOT NULL THEN (
    SELECT json_object('events', count(*) FILTER (WHERE ${isHeard}), 'since', min(at) FILTER (WHERE ${isHeard}), 'looked', count(*))
    FROM (SELECT type, at FROM events WHERE events.seq > services.seq ORDER BY events.seq LIMIT ${LOOKED_AT})) END`;
  const found = await db
    .select({ service: services, ahead: ahead.as('ahead') })
    .from(services)
    .where(name === undefined ? undefined : eq(services.name, name))
    .orderBy(asc(services.name))
    .limit(LISTED_AT_MOST);
  return found.map(({ service, ahead }) => ({
    ...service,
    ahead: ahead === null ? null : (JSON.parse(ahead) as Ahead),
  }));
};
