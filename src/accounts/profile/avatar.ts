import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from '../../../drizzle/client.ts';
import { users } from '../../../drizzle/schema.ts';
import { HOUR_MS } from '../../workers/duration.ts';
import { faultOf, log } from '../../workers/log.ts';
import { randomId } from '../tokens/signed-token.ts';
import { answerOf } from '../unavailable.ts';

// | key of the bucket                | what                                                          |
// | `<user id>/<128 random bits>.webp` | a picture; it is somebody's while a row of `users` names it |
// | `sweep`                          | the key after which the next sweep begins, in a large bucket  |

const AVATAR_KEY = /^[1-9]\d*\/([\w-]{22})\.webp$/;
const SWEEP_KEY = 'sweep';

// Longer than any request lives: an object this old that no row names will never be named.
const ORPHANED_AFTER_MS = HOUR_MS;

/** Stores a picture under a key that nobody can guess and that was never used before. */
export const storeAvatar = async (bucket: R2Bucket, userId: number, webp: Uint8Array<ArrayBuffer>): Promise<string> => {
  const key = `${userId}/${randomId()}.webp`;
  await answerOf('R2', bucket.put(key, webp, { httpMetadata: { contentType: 'image/webp' } }));
  return key;
};

/** Deletes a picture that no row names any more. Never rejects: what the bucket keeps, the sweep removes. */
export const discardAvatar = async (bucket: R2Bucket, key: string): Promise<void> => {
  try {
    await answerOf('R2', bucket.delete(key));
  } catch (error) {
    log('warn', 'avatar-delete-failed', { fault: faultOf(error) });
  }
};

/** The strong validator of a picture (RFC 9110 §8.8.3): what is stored under a key never changes. Undefined for what is no key. */
export const avatarTag = (key: string): string | undefined => {
  const random = AVATAR_KEY.exec(key)?.[1];
  return random && `"${random}"`;
};

const isShown = async (db: Database, key: string): Promise<boolean> =>
  (await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.avatarKey, key), eq(users.isActive, true)))
    .get()) !== undefined;

/** A picture that may be seen; its bytes only where they were asked for. */
export type ShownAvatar = { size: number; body: ReadableStream | null };

/**
 * The picture under a key, while the row of an account in use names it. Bucket and row are asked side by side; bytes that
 * are not handed on are let go, also where the database does not answer.
 */
export const findAvatar = async (
  db: Database,
  bucket: R2Bucket,
  key: string,
  { withBytes }: { withBytes: boolean },
): Promise<ShownAvatar | undefined> => {
  const [row, stored] = await Promise.allSettled([
    isShown(db, key),
    answerOf<R2Object | R2ObjectBody | null>('R2', withBytes ? bucket.get(key) : bucket.head(key)),
  ]);
  if (stored.status === 'rejected') throw stored.reason;
  const object = stored.value;
  const body = object && 'body' in object ? object.body : null;
  if (object && row.status === 'fulfilled' && row.value) return { size: object.size, body };
  await body?.cancel();
  if (row.status === 'rejected') throw row.reason;
  return undefined;
};

/** The bytes under a key, whoever may see them; undefined where there are none. Rejects with `Unavailable` where the bucket does. */
export const readAvatar = async (bucket: R2Bucket, key: string): Promise<ArrayBuffer | undefined> => {
  const object = await answerOf('R2', bucket.get(key));
  return object ? answerOf('R2', object.arrayBuffer()) : undefined;
};

/** Deletes every picture of a user, also those that no row names. Answers how many there were; rejects where the bucket does. */
export const eraseAvatars = async (bucket: R2Bucket, userId: number): Promise<number> => {
  let erased = 0;
  for (;;) {
    const { objects, truncated } = await answerOf('R2', bucket.list({ prefix: `${userId}/` }));
    const keys = objects.map(({ key }) => key);
    if (keys.length > 0) await answerOf('R2', bucket.delete(keys));
    erased += keys.length;
    // From the start again: what was listed is gone.
    if (!truncated) return erased;
  }
};

const namedOf = async (db: Database, keys: string[]): Promise<Set<string | null>> => {
  const named = await db
    .select({ key: users.avatarKey })
    .from(users)
    .where(inArray(users.avatarKey, sql`(SELECT value FROM json_each(${JSON.stringify(keys)}))`));
  return new Set(named.map(({ key }) => key));
};

/**
 * Removes the pictures that no row names and that are older than an hour: what a refused deletion or a process that
 * died has left behind. Looks at `limit` objects (1,000 at the most, a page of R2) and notes in the bucket itself how
 * far it came, so each run goes on where the last one stopped and all of them together see everything, in turn; a
 * bucket of one page is seen whole each time and nothing is noted. Answers how many were removed.
 */
export const removeOrphanedAvatars = async (
  db: Database,
  bucket: R2Bucket,
  limit: number,
  now = new Date(),
): Promise<number> => {
  const mark = await answerOf('R2', bucket.get(SWEEP_KEY));
  const startAfter = mark ? await answerOf('R2', mark.text()) : undefined;
  const from = startAfter === undefined ? {} : { startAfter };
  const { objects, truncated } = await answerOf('R2', bucket.list({ limit, ...from }));
  const old = objects
    .filter(({ key, uploaded }) => key !== SWEEP_KEY && uploaded.getTime() <= now.getTime() - ORPHANED_AFTER_MS)
    .map(({ key }) => key);
  const named = old.length > 0 ? await namedOf(db, old) : new Set();
  const orphans = old.filter((key) => !named.has(key));
  if (orphans.length > 0) await answerOf('R2', bucket.delete(orphans));

  const last = objects.at(-1)?.key;
  if (truncated && last !== undefined) await answerOf('R2', bucket.put(SWEEP_KEY, last));
  else if (startAfter !== undefined) await answerOf('R2', bucket.delete(SWEEP_KEY));
  return orphans.length;
};
