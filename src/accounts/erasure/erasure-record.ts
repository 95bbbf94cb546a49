import { type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import type { receipts } from '../../../drizzle/schema.ts';
import { DAY_MS } from '../../workers/duration.ts';

/** How many records one call looks at where it does not list all of them. */
const LOOKED_AT = 500;

/**
 * A service that an erasure is told to. It has confirmed it, or was told and has not; who asks for events itself counts as told,
 * since it may have read it. Else it is still to be told.
 */
export type ToldService = {
  name: string;
  state: 'confirmed' | 'told' | 'waiting';
  outcome: (typeof receipts.$inferSelect)['outcome'] | null;
  confirmedAt: number | null;
};

/** The record of an erasure; times in ms. */
export type ErasureRecord = {
  userId: number;
  /** The first time; the last one where a restored database had brought the account back. */
  erasedAt: number;
  repeatedAt: number | null;
  picturesErasedAt: number | null;
  services: ToldService[];
};

export type ErasureQuery = {
  /** Only those whose pictures are still to go. */
  unfinished: boolean;
  /** Only those that a service has yet to confirm. */
  unconfirmed: boolean;
  /** Only those that happened longer ago than so many days. */
  olderThanDays?: number | undefined;
  /** The id to go on from. */
  before?: number | undefined;
  limit: number;
};

// Whoever hears of erasures and was there before this one.
const hears = sql`services.since_seq < erasure.event_seq
  AND (services.types IS NULL OR 'user.erased' IN (SELECT value FROM json_each(services.types)))`;

const hasReceipt = sql`EXISTS (
  SELECT 1 FROM receipts WHERE receipts.event_seq = erasure.event_seq AND receipts.service_id = services.id)`;

const isUnconfirmed = sql`EXISTS (SELECT 1 FROM services WHERE ${hears} AND NOT ${hasReceipt})`;

/** The records that one call looks at, and those of them that are meant. */
const pageOf = ({ unfinished, unconfirmed, olderThanDays, before, limit }: ErasureQuery, now: Date) => {
  const isFiltered = unconfirmed || olderThanDays !== undefined;
  const lookedAt = isFiltered ? LOOKED_AT : limit;
  const looked = sql`
    SELECT user_id, erased_at, repeated_at, pictures_erased_at, event_seq FROM erasures
    WHERE user_id < ${before ?? Number.MAX_SAFE_INTEGER} ${unfinished ? sql`AND pictures_erased_at IS NULL` : sql``}
    ORDER BY user_id DESC LIMIT ${lookedAt}`;
  const isMeant = sql.join(
    [
      sql`true`,
      ...(olderThanDays === undefined ? [] : [sql`erased_at < ${now.getTime() - olderThanDays * DAY_MS}`]),
      ...(unconfirmed ? [isUnconfirmed] : []),
    ],
    sql` AND `,
  );
  const page = sql`SELECT * FROM (${looked}) AS erasure WHERE ${isMeant} ORDER BY user_id DESC LIMIT ${limit}`;
  return { looked, lookedAt, page };
};

/**
 * The services of each record of a page; of those that were removed, whoever has confirmed. A CROSS JOIN keeps the page outside:
 * else it is looked for once more for each service.
 */
const servicesOf = (page: SQL): SQL => sql`
  SELECT erasure.user_id, services.name, receipts.outcome, receipts.at,
         services.url IS NULL OR services.seq >= erasure.event_seq AS is_told
  FROM (${page}) AS erasure CROSS JOIN services ON ${hears}
  LEFT JOIN receipts ON receipts.event_seq = erasure.event_seq AND receipts.service_id = services.id
  UNION ALL
  SELECT erasure.user_id, receipts.service, receipts.outcome, receipts.at, 1
  FROM (${page}) AS erasure CROSS JOIN receipts ON receipts.event_seq = erasure.event_seq
  WHERE NOT EXISTS (SELECT 1 FROM services WHERE services.id = receipts.service_id)
  ORDER BY 2`;

type ErasureRow = {
  user_id: number;
  erased_at: number;
  repeated_at: number | null;
  pictures_erased_at: number | null;
};
type ServiceRow = { user_id: number; is_told: number; at: number | null } & Pick<ToldService, 'name' | 'outcome'>;

const toldServiceOf = ({ name, outcome, at, is_told }: ServiceRow): ToldService => {
  const state = is_told ? 'told' : 'waiting';
  return { name, state: outcome === null ? state : 'confirmed', outcome, confirmedAt: at };
};

/**
 * The records of erasures that fit, highest id first, at most `limit`, each with the services that it is told to. A page that
 * looks for some of them can be short, or empty, and go on all the same; `next` is the id to go on from, or null.
 */
export const listErasures = async (
  db: Database,
  query: ErasureQuery,
  now = new Date(),
): Promise<{ erasures: ErasureRecord[]; next: number | null }> => {
  const { looked, lookedAt, page } = pageOf(query, now);
  const {
    end: [end],
    erasures,
    told,
  } = await batch(db, {
    end: statement<{ id: number | null; n: number }>(
      db,
      sql`SELECT min(user_id) AS id, count(*) AS n FROM (${looked})`,
    ),
    erasures: statement<ErasureRow>(db, page),
    told: statement<ServiceRow>(db, servicesOf(page)),
  });
  const servicesByUser = Map.groupBy(told, ({ user_id }) => user_id);
  const isFull = erasures.length === query.limit;
  return {
    erasures: erasures.map(({ user_id, erased_at, repeated_at, pictures_erased_at }) => ({
      userId: user_id,
      erasedAt: erased_at,
      repeatedAt: repeated_at,
      picturesErasedAt: pictures_erased_at,
      services: (servicesByUser.get(user_id) ?? []).map(toldServiceOf),
    })),
    next: isFull ? (erasures.at(-1)?.user_id ?? null) : end?.n === lookedAt ? end.id : null,
  };
};
