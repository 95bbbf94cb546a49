import { inArray, type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { recordOutbox } from '../../../drizzle/schema.ts';
import { inTime } from '../../workers/deadline.ts';
import { faultOf, log } from '../../workers/log.ts';

// The private bucket outlives the database, which Time Travel can set back by thirty days:
//
// | key                                  | value                                         |
// | `erased/<user id>`                   | a `UserRecord` as JSON                        |
// | `suspension/<user id>/<time>-<kind>` | a `UserRecord` as JSON; a user's newest last  |
// | `highest-id`                         | a number that no user's id has reached        |
// | `highest-event`                      | a number that no event's `seq` has reached    |

export type RecordKind = 'erased' | 'deactivated' | 'reactivated';

/** What happened to a user, by id and by the time the account was made, so that it is never taken for another's. */
export type UserRecord = { kind: RecordKind; userId: number; userCreatedAt: number; at: number };

export const recordKey = ({ kind, userId, at }: UserRecord): string =>
  kind === 'erased' ? `erased/${userId}` : `suspension/${userId}/${new Date(at).toISOString()}-${kind}`;

/** The statement that notes, in the batch of what happened, that the bucket has to be told. */
export const recordLater = (db: Database, kind: RecordKind, userId: number, where: SQL, now: Date) =>
  statement(
    db,
    sql`
    INSERT INTO record_outbox (kind, user_id, user_created_at, at)
    SELECT ${kind}, users.id, users.created_at, ${now.getTime()} FROM users WHERE users.id = ${userId} AND ${where}`,
  );

/**
 * Tells the bucket what it has yet to be told, oldest first, at most `limit` records; answers how many. Writing one
 * twice is harmless. Never rejects: what the bucket does not take is logged, and the next run goes on from there.
 */
export const writeRecords = async (db: Database, bucket: R2Bucket, limit: number): Promise<number> => {
  try {
    const waiting = await db.select().from(recordOutbox).orderBy(recordOutbox.id).limit(limit);
    const records = waiting.map(({ kind, userId, userCreatedAt, at }) => ({
      kind,
      userId,
      userCreatedAt: userCreatedAt.getTime(),
      at: at.getTime(),
    }));
    await Promise.all(records.map((record) => inTime('R2', bucket.put(recordKey(record), JSON.stringify(record)))));
    const ids = waiting.map(({ id }) => id);
    if (ids.length > 0) await db.delete(recordOutbox).where(inArray(recordOutbox.id, ids));
    return waiting.length;
  } catch (error) {
    log('warn', 'records-unwritten', { fault: faultOf(error) });
    return 0;
  }
};

/** The records of a page, and where the next one begins; undefined where there is none. */
export type RecordPage = { records: UserRecord[]; next: string | undefined };

const readKeys = async (bucket: R2Bucket, keys: readonly string[]): Promise<UserRecord[]> => {
  const objects = await Promise.all(keys.map((key) => inTime('R2', bucket.get(key))));
  const found = objects.filter((object) => object !== null);
  return Promise.all(found.map((object) => inTime('R2', object.json<UserRecord>())));
};

const pageOf = (bucket: R2Bucket, prefix: string, after: string | undefined, limit: number): Promise<R2Objects> =>
  inTime('R2', bucket.list({ prefix, limit, ...(after === undefined ? {} : { startAfter: after }) }));

/** A page of the erasures that the bucket knows. */
export const readErased = async (bucket: R2Bucket, after: string | undefined, limit: number): Promise<RecordPage> => {
  const page = await pageOf(bucket, 'erased/', after, limit);
  const keys = page.objects.map(({ key }) => key);
  return { records: await readKeys(bucket, keys), next: page.truncated ? keys.at(-1) : undefined };
};

/** A page of what the bucket last knows of each user's suspension: one record a user. */
export const readSuspensions = async (
  bucket: R2Bucket,
  after: string | undefined,
  limit: number,
): Promise<RecordPage> => {
  const page = await pageOf(bucket, 'suspension/', after, limit);
  const newest = new Map(page.objects.map(({ key }) => [key.split('/')[1] ?? '', key]));
  const keys = [...newest.values()];
  // The last user of a page may go on in the next one, which then begins behind the user before.
  if (page.truncated && keys.length > 1) keys.pop();
  return { records: await readKeys(bucket, keys), next: page.truncated ? keys.at(-1) : undefined };
};

/** The sequences that must go on above every number ever given, and the key of each one's mark. */
export const SEQUENCES = { users: 'highest-id', events: 'highest-event' } as const;

export type Sequence = keyof typeof SEQUENCES;

/** The number that a sequence has given last; 0 where it has given none. */
export const lastGiven = (sequence: Sequence): SQL<number> =>
  sql<number>`coalesce((SELECT seq FROM sqlite_sequence WHERE name = ${sequence}), 0)`;

// A mark runs ahead of its sequence by this much, and is moved when half of it is used up.
const AHEAD = 10_000;

/**
 * Keeps the marks above every id and every event: called each minute, they hold as long as fewer than 5,000 are given in one.
 * Answers that of the ids.
 */
export const keepHighest = async (db: Database, bucket: R2Bucket): Promise<number> => {
  const [given] = await statement<Record<Sequence, number>>(
    db,
    sql`SELECT ${lastGiven('users')} AS users, ${lastGiven('events')} AS events`,
  );
  const kept = (Object.keys(SEQUENCES) as Sequence[]).map(async (sequence) => {
    const highest = given?.[sequence] ?? 0;
    const mark = await readHighest(bucket, sequence);
    if (mark >= highest + AHEAD / 2) return mark;
    await inTime('R2', bucket.put(SEQUENCES[sequence], String(highest + AHEAD)));
    return highest + AHEAD;
  });
  const [ids = 0] = await Promise.all(kept);
  return ids;
};

/** The mark of a sequence: this number or a higher one was never given. */
export const readHighest = async (bucket: R2Bucket, sequence: Sequence): Promise<number> => {
  const mark = await inTime('R2', bucket.get(SEQUENCES[sequence]));
  return mark ? Number(await inTime('R2', mark.text())) : 0;
};
