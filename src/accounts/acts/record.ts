import { desc, inArray, type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { type HeldThen, recordOutbox } from '../../../drizzle/schema.ts';
import { inTime } from '../../workers/deadline.ts';
import { faultOf, log } from '../../workers/log.ts';

// The private bucket outlives the database, which Time Travel can set back by thirty days. It holds ids and times, and of a
// suspension that lasts its reason:
//
// | key                               | value                                                              |
// | `erased/<user id>`                | a `UserRecord` as JSON                                             |
// | `<topic>/<user id>/<time>-<kind>` | a `UserRecord` as JSON; of a user and topic the newest stands last |
// | `highest-id`, `highest-event`     | the marks of `sequence.ts`                                         |

export type RecordKind = (typeof recordOutbox.$inferSelect)['kind'];

/** What a record of each kind is about; of a topic only the newest counts. */
export const TOPIC_OF = {
  verified: 'verification',
  'password-changed': 'password',
  'email-changed': 'address',
  deactivated: 'suspension',
  told: 'suspension',
  reactivated: 'suspension',
  deleted: 'deletion',
  restored: 'deletion',
  promoted: 'role',
  demoted: 'role',
  'factors-changed': 'factors',
} as const satisfies Record<Exclude<RecordKind, 'erased'>, string>;

export type Topic = (typeof TOPIC_OF)[keyof typeof TOPIC_OF];

/**
 * What happened to a user and when (ms), by id and by the time (ms) the account was made, so that it is never taken for
 * another's. `repeatedAt`: when an erasure was made again after a restore.
 */
export type UserRecord = {
  kind: RecordKind;
  userId: number;
  userCreatedAt: number;
  at: number;
  reason?: string;
  repeatedAt?: number;
} & Partial<HeldThen>;

/** A record as an act tells it; it happened when the act did, unless `at` (ms) says otherwise. */
export type ToldRecord = { kind: RecordKind; at?: number; reason?: string | null; repeatedAt?: number };

export const recordKey = ({ kind, userId, at }: UserRecord): string =>
  kind === 'erased' ? `erased/${userId}` : `${TOPIC_OF[kind]}/${userId}/${new Date(at).toISOString()}-${kind}`;

const dataOf = ({ reason, repeatedAt }: ToldRecord): string | null => {
  const data = { ...(reason ? { reason } : {}), ...(repeatedAt === undefined ? {} : { repeatedAt }) };
  return Object.keys(data).length > 0 ? JSON.stringify(data) : null;
};

/** The statement that notes, in the batch of what happened, that the bucket has to be told. */
export const recordLater = (db: Database, told: ToldRecord, userId: number, where: SQL, now: Date) =>
  statement(
    db,
    sql`
    INSERT INTO record_outbox (kind, user_id, user_created_at, at, data)
    SELECT ${told.kind}, users.id, users.created_at, ${told.at ?? now.getTime()}, ${dataOf(told)}
    FROM users WHERE users.id = ${userId} AND ${where}`,
  );

/** The statement that notes the same of somebody of whom there is no row any more. */
export const recordOfNobody = (db: Database, record: UserRecord, where: SQL) =>
  statement(
    db,
    sql`INSERT INTO record_outbox (kind, user_id, user_created_at, at, data)
        SELECT ${record.kind}, ${record.userId}, ${record.userCreatedAt}, ${record.at}, ${dataOf(record)} WHERE ${where}`,
  );

const recordOf = ({ kind, userId, userCreatedAt, at, data }: typeof recordOutbox.$inferSelect): UserRecord => ({
  kind,
  userId,
  userCreatedAt: userCreatedAt.getTime(),
  at: at.getTime(),
  ...data,
});

// What a listing tells, so that nobody reads object after object.
const putRecord = (bucket: R2Bucket, record: UserRecord): Promise<unknown> =>
  inTime(
    'R2',
    bucket.put(recordKey(record), JSON.stringify(record), {
      customMetadata: { 'user-created-at': String(record.userCreatedAt), at: String(record.at) },
    }),
  );

/** A reason is kept as long as its suspension lasts: what came before the end of one goes, and of an erased account all. */
const forgetSuspensionsOf = async (bucket: R2Bucket, userId: number): Promise<void> => {
  const [erased, { objects }] = await Promise.all([
    inTime('R2', bucket.head(`erased/${userId}`)),
    inTime('R2', bucket.list({ prefix: `suspension/${userId}/` })),
  ]);
  const keys = objects.map(({ key }) => key);
  const ended = keys.findLastIndex((key) => key.endsWith('-reactivated'));
  const past = erased ? keys : keys.slice(0, Math.max(0, ended));
  if (past.length > 0) await inTime('R2', bucket.delete(past));
};

// Whoever puts a record looks afterwards, so a reason that two put at once does not outlive its suspension either.
const forgetSuspensions = async (bucket: R2Bucket, records: readonly UserRecord[]): Promise<void> => {
  const told = records.filter(({ kind }) => kind === 'erased' || TOPIC_OF[kind] === 'suspension');
  const users = new Set(told.map(({ userId }) => userId));
  await Promise.all([...users].map((userId) => forgetSuspensionsOf(bucket, userId)));
};

// The database takes a hundred parameters in one statement.
const WRITTEN_AT_ONCE = 100;

/** Puts records into the bucket and crosses them out. Writing one twice is harmless. */
const write = async (db: Database, bucket: R2Bucket, waiting: (typeof recordOutbox.$inferSelect)[]): Promise<void> => {
  if (waiting.length === 0) return;
  const records = waiting.map(recordOf);
  await Promise.all(records.map((record) => putRecord(bucket, record)));
  await forgetSuspensions(bucket, records);
  const ids = waiting.map(({ id }) => id);
  await db.delete(recordOutbox).where(inArray(recordOutbox.id, ids));
};

/**
 * Tells the bucket what it has yet to be told, oldest first, at most `limit` records; answers how many. Never rejects: what
 * the bucket does not take is logged, and the next run goes on from there.
 */
export const writeRecords = async (db: Database, bucket: R2Bucket, limit: number): Promise<number> => {
  let written = 0;
  try {
    for (let left = limit; left > 0; left = limit - written) {
      const atOnce = Math.min(left, WRITTEN_AT_ONCE);
      const waiting = await db.select().from(recordOutbox).orderBy(recordOutbox.id).limit(atOnce);
      await write(db, bucket, waiting);
      written += waiting.length;
      if (waiting.length < atOnce) break;
    }
  } catch (error) {
    log('warn', 'records-unwritten', { fault: faultOf(error) });
  }
  return written;
};

/** Tells it of the newest `limit` at once, however many wait, in the same way. */
export const writeNewestRecords = async (db: Database, bucket: R2Bucket, limit: number): Promise<void> => {
  try {
    await write(db, bucket, await db.select().from(recordOutbox).orderBy(desc(recordOutbox.id)).limit(limit));
  } catch (error) {
    log('warn', 'records-unwritten', { fault: faultOf(error) });
  }
};
