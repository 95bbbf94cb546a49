import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { inTime } from '../../workers/deadline.ts';

/**
 * The sequences that must go on above every number ever given, and the key in the private bucket of each one's mark: a number
 * that it has not reached.
 */
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
