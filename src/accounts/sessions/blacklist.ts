import { inArray, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { blacklistOutbox } from '../../../drizzle/schema.ts';
import { inTime } from '../../workers/deadline.ts';
import { faultOf, log } from '../../workers/log.ts';
import { ACCESS_TOKEN_LIFETIME_S } from '../tokens/access-token.ts';

// | key         | value | lives                                   | meaning                              |
// | `sid:<id>`  | `1`   | 15 minutes, as long as an access token  | the session has ended                |
// | `jti:<id>`  | `1`   | the token's remaining life, at least 60 s | the token was handed back at logout |
//
// A hint, for services that verify tokens offline. KV needs a minute and more to spread and caches "not found", so
// nothing here rests on it and no request waits for it: the session's row in the database decides. What is to be told is
// written down in the batch that ends the session, and crossed out once KV has taken it.

const KV_MIN_TTL_S = 60;
// What the follow-up of one act tells; the scheduled run tells the rest.
const AT_ONCE = 100;
// Entries expire in about the order in which they were written down.
const EXPIRED_AT_ONCE = 5000;

/** An entry that is still to be told; `expires_at` (ms) is when no token can need it any more. */
export type BlacklistEntry = { id: number; entry: string; expires_at: number };

/** An access token that is handed back with its session. */
export type HandedBack = { sessionId: string; jti: string; expiresAt: Date };

/**
 * The statement that writes down what the blacklist has to be told of the sessions that `where` finds, and of the token
 * that is handed back with one of them; it stands before they are removed, and returns the entries.
 */
export const oweBlacklist = (db: Database, where: SQL, now: Date, token?: HandedBack) =>
  statement<BlacklistEntry>(
    db,
    sql`
    INSERT INTO blacklist_outbox (entry, expires_at)
    SELECT 'sid:' || id, ${now.getTime() + ACCESS_TOKEN_LIFETIME_S * 1000} FROM sessions WHERE ${where}
    ${token ? sql`UNION ALL SELECT ${`jti:${token.jti}`}, ${token.expiresAt.getTime()} FROM sessions WHERE id = ${token.sessionId} AND ${where}` : sql``}
    RETURNING id, entry, expires_at`,
  );

/** How many of the entries name a session. */
export const countSessions = (entries: readonly BlacklistEntry[]): number =>
  entries.filter(({ entry }) => entry.startsWith('sid:')).length;

/** Tells KV of one entry; one that no token can need any more is told to nobody. */
const tell = async (namespace: KVNamespace, { entry, expires_at }: BlacklistEntry, now: Date): Promise<void> => {
  const seconds = Math.ceil((expires_at - now.getTime()) / 1000);
  const lives = { expirationTtl: Math.max(KV_MIN_TTL_S, seconds) };
  if (seconds > 0) await inTime('KV', namespace.put(entry, '1', lives));
};

/**
 * Tells the blacklist of entries, a hundred at the most, and crosses out those that it has taken; answers how many. Runs
 * after the answer. What fails is logged and stays written down for the scheduled run. Never rejects.
 */
export const writeBlacklist = async (
  db: Database,
  namespace: KVNamespace,
  entries: readonly BlacklistEntry[],
  now = new Date(),
): Promise<number> => {
  const due = entries.slice(0, AT_ONCE);
  const results = await Promise.allSettled(due.map((entry) => tell(namespace, entry, now)));
  const failed = results.filter((result) => result.status === 'rejected');
  if (failed.length > 0)
    log('warn', 'blacklist-write-failed', { entries: failed.length, fault: faultOf(failed[0]?.reason) });
  const told = due.filter((_, index) => results[index]?.status === 'fulfilled').map(({ id }) => id);
  if (told.length === 0) return 0;
  try {
    const ids = sql`(SELECT value FROM json_each(${JSON.stringify(told)}))`;
    await db.delete(blacklistOutbox).where(inArray(blacklistOutbox.id, ids));
  } catch (error) {
    // Telling it once more does no harm.
    log('warn', 'blacklist-not-crossed-out', { entries: told.length, fault: faultOf(error) });
  }
  return told.length;
};

/**
 * Tells the blacklist what is left, the oldest first, at most `limit` entries, and drops what no token can need any more,
 * which is much after a restore has ended every session. Answers how many entries it has taken.
 */
export const finishBlacklist = async (
  db: Database,
  namespace: KVNamespace,
  limit: number,
  now = new Date(),
): Promise<number> => {
  const { left } = await batch(db, {
    expired: statement(
      db,
      sql`DELETE FROM blacklist_outbox WHERE expires_at <= ${now.getTime()}
          AND id IN (SELECT id FROM blacklist_outbox ORDER BY id LIMIT ${EXPIRED_AT_ONCE})`,
    ),
    left: statement<BlacklistEntry>(
      db,
      sql`SELECT id, entry, expires_at FROM blacklist_outbox ORDER BY id LIMIT ${limit}`,
    ),
  });
  let taken = 0;
  for (let start = 0; start < left.length; start += AT_ONCE) {
    taken += await writeBlacklist(db, namespace, left.slice(start, start + AT_ONCE), now);
  }
  return taken;
};
