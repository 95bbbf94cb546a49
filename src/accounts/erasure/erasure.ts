import { desc, eq, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { erasures, users } from '../../../drizzle/schema.ts';
import { enqueueLastMail, type QueuedMail } from '../../outbox/outbox.ts';
import { faultOf, log } from '../../workers/log.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { actorRefusal, type CallerRefusal, mayAct, readCaller } from '../acts/caller.ts';
import { recordLater } from '../acts/record.ts';
import { eraseAvatars } from '../profile/avatar.ts';
import type { BlacklistEntry, HandedBack } from '../sessions/blacklist.ts';
import { endSessions } from '../sessions/session.ts';
import { isNotLastAdministrator, readAccountState } from '../users/user.ts';

/** What follows an erasure outside the database. */
export type Erased = {
  outcome: 'erased';
  mails: QueuedMail[];
  endedSessions: BlacklistEntry[];
  avatarKey: string | null;
};

/** Why an account was not erased: who asked may not, it is not there, or it has to stay. */
export type ErasureRefusal = { outcome: CallerRefusal | 'NO_USER' | 'LAST_ADMINISTRATOR' };

/** Whose erasure a batch decides on, what else must hold, and the access token that is handed back with it, if one is. */
export type Erasure = { userId: number; where: SQL; tellsUser: boolean; token?: HandedBack };

/**
 * Erases an account (GDPR article 17): in one batch the row and everything that refers to it by cascade, the sessions and
 * the counters kept for its address among it; what stays is the record of the erasure, which names what is still to do
 * outside the database, and a last mail. Its address is free again at once.
 */
export const eraseUser = async (
  db: Database,
  { userId, where, tellsUser, token }: Erasure,
  by: Actor,
  now = new Date(),
): Promise<Erased | ErasureRefusal> => {
  // Ids are never given twice, so the record tells the later statements that this erasure is decided.
  const isDecided = sql`EXISTS (SELECT 1 FROM erasures WHERE user_id = ${userId})`;
  const {
    caller: [caller],
    mails,
    endedSessions,
    erased: [erased],
    state: [state],
  } = await batch(db, {
    caller: readCaller(db, by, now),
    erasure: statement(
      db,
      sql`
      INSERT INTO erasures (user_id, user_created_at, erased_at)
      SELECT users.id, users.created_at, ${now.getTime()} FROM users
      WHERE users.id = ${userId} AND ${where} AND ${mayAct(by, now)}
      ON CONFLICT (user_id) DO NOTHING`,
    ),
    audit: recordAudit(db, 'user.erase', userId, by, sql`changes() = 1`, now),
    record: recordLater(db, 'erased', userId, sql`changes() = 1`, now),
    mails: enqueueLastMail(db, userId, sql`changes() = 1 AND ${tellsUser ? 1 : 0}`, now),
    ...endSessions(db, sql`user_id = ${userId} AND ${isDecided}`, now, token),
    erased: db
      .delete(users)
      .where(sql`${users.id} = ${userId} AND ${isDecided}`)
      .returning({ avatarKey: users.avatarKey }),
    state: readAccountState(db, userId),
  });
  if (erased) return { outcome: 'erased', mails, endedSessions, avatarKey: erased.avatarKey };
  return { outcome: actorRefusal(by, caller) ?? (state ? 'LAST_ADMINISTRATOR' : 'NO_USER') };
};

/** The condition of an erasure that the user asks for, beside being in use and signed in. */
export const mayEraseSelf = isNotLastAdministrator;

/**
 * The condition of an erasure by an administrator, in whatever state the account is: the last active administrator
 * stays, unless `force` says otherwise.
 */
export const mayBeErased = (force: boolean): SQL => sql`(${force ? 1 : 0} OR ${isNotLastAdministrator})`;

/** The accounts whose grace period is over, longest first. */
export const findDueErasures = (db: Database, grace: number, limit: number, now = new Date()) =>
  db.select({ id: users.id }).from(users).where(isDue(grace, now)).orderBy(users.deletedAt).limit(limit);

/** The condition under which a grace period is over: asked again by the erasure itself, since a restore may come between. */
const isDue = (grace: number, now: Date): SQL =>
  sql`users.deleted_at IS NOT NULL AND users.deleted_at <= ${now.getTime() - grace}`;

/** Erases the accounts whose grace period is over, at most `limit` in one run; answers what follows. */
export const eraseDueUsers = async (
  db: Database,
  grace: number,
  by: Actor,
  limit: number,
  now = new Date(),
): Promise<QueuedMail[]> => {
  const mails: QueuedMail[] = [];
  for (const { id } of await findDueErasures(db, grace, limit, now)) {
    const result = await eraseUser(db, { userId: id, where: isDue(grace, now), tellsUser: true }, by, now);
    if (result.outcome === 'erased') mails.push(...result.mails);
  }
  return mails;
};

/**
 * Finishes what erasures have left to do outside the database: every picture of each user goes. What storage refuses
 * is left for the next run. Answers the number of erasures finished.
 */
export const finishErasures = async (
  db: Database,
  avatars: R2Bucket,
  limit: number,
  now = new Date(),
): Promise<number> => {
  const unfinished = await db
    .select({ userId: erasures.userId })
    .from(erasures)
    .where(sql`pictures_erased_at IS NULL`)
    .limit(limit);
  const results = await Promise.allSettled(unfinished.map(({ userId }) => finishErasure(db, avatars, userId, now)));
  const failed = results.filter((result) => result.status === 'rejected');
  if (failed.length > 0)
    log('warn', 'erasure-unfinished', { erasures: failed.length, fault: faultOf(failed[0]?.reason) });
  return results.length - failed.length;
};

/** The records of erasures, highest id first, at most `limit`; `before` is an id, to go on from a page. */
export const listErasures = (
  db: Database,
  { unfinished, before, limit }: { unfinished: boolean; before?: number | undefined; limit: number },
) =>
  db
    .select()
    .from(erasures)
    .where(
      sql`${erasures.userId} < ${before ?? Number.MAX_SAFE_INTEGER}
          ${unfinished ? sql`AND ${erasures.picturesErasedAt} IS NULL` : sql``}`,
    )
    .orderBy(desc(erasures.userId))
    .limit(limit);

const finishErasure = async (db: Database, avatars: R2Bucket, userId: number, now: Date): Promise<void> => {
  await eraseAvatars(avatars, userId);
  await db.update(erasures).set({ picturesErasedAt: now }).where(eq(erasures.userId, userId));
};
