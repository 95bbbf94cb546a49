import { eq, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { erasures, users } from '../../../drizzle/schema.ts';
import { recordErasureAgain } from '../../outbox/event.ts';
import { enqueueLastMail, type QueuedMail } from '../../outbox/outbox.ts';
import { faultOf, log } from '../../workers/log.ts';
import { type Acting, actOnSelf, actOnUser, type Mark } from '../acts/act.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { recordOfNobody, type UserRecord } from '../acts/record.ts';
import { isNotLastAdministrator, refuseUnless } from '../acts/rule.ts';
import { eraseAvatars } from '../profile/avatar.ts';
import type { HandedBack } from '../sessions/blacklist.ts';
import { endSessions } from '../sessions/session.ts';

/**
 * What every erasure does (GDPR article 17): the row goes and everything that refers to it by cascade, the sessions and the
 * counters kept for its address among it; what stays is the record of the erasure, which names what is still to do outside
 * the database, and a last mail. The address is free again at once. `picture` is the one that was shown.
 */
const erasing = (
  { db, userId, now }: Acting,
  { tellsUser, token, first }: { tellsUser: boolean; token?: HandedBack; first?: UserRecord },
) => {
  const [at, repeatedAt] = first ? [first.at, now.getTime()] : [now.getTime(), undefined];
  return {
    event: { type: 'user.erased' as const, data: {} },
    audit: 'user.erase' as const,
    record: { kind: 'erased' as const, at, ...(repeatedAt === undefined ? {} : { repeatedAt }) },
    follows: ({ happened, isChanged }: Mark) => ({
      picture: db.select({ key: users.avatarKey }).from(users).where(isChanged),
      mails: enqueueLastMail(db, userId, sql`${isChanged} AND ${tellsUser ? 1 : 0}`, now),
      ...endSessions(db, sql`user_id = ${userId} AND ${happened}`, now, token),
      erasure: statement(
        db,
        sql`
        INSERT INTO erasures (user_id, user_created_at, erased_at, repeated_at, event_seq)
        SELECT users.id, users.created_at, ${at}, ${repeatedAt ?? null}, (SELECT max(seq) FROM events)
        FROM users WHERE ${isChanged}
        ON CONFLICT (user_id) DO NOTHING`,
      ),
    }),
    removes: true,
  };
};

/** Erases the account of who asks; the last active administrator stays. `token` is the access token that is handed back. */
export const eraseSelf = actOnSelf('erased', (acting, { token }: { token: HandedBack }) => ({
  rules: [isNotLastAdministrator()],
  ...erasing(acting, { tellsUser: true, token }),
}));

/** Erases an account, in whatever state it is; the last active administrator only where `force` says so. */
export const eraseUser = actOnUser('erased', (acting, { force = false }: { force?: boolean }) => ({
  rules: [isNotLastAdministrator(force)],
  ...erasing(acting, { tellsUser: true }),
}));

/** Erases an account whose grace period (`grace`, ms) is over: asked at that moment, since a restore may have come between. */
export const eraseDueUser = actOnUser('erased', (acting, { grace }: { grace: number }) => ({
  rules: [refuseUnless(isDue(grace, acting.now), 'NOT_DUE')],
  ...erasing(acting, { tellsUser: true }),
}));

/**
 * The condition under which the row of a restored database is the account that a record tells of. Whoever signs up once more
 * before the address is verified has the account made anew, so a row may be older than its record; it is never younger.
 */
export const isOfRecord = (userCreatedAt: number | SQL): SQL => sql`users.created_at <= ${userCreatedAt}`;

/** Erases again whom a restored database has brought back; the record keeps the time of the first. Nobody is told twice. */
export const eraseAgain = actOnUser('erased', (acting, first: UserRecord) => ({
  rules: [refuseUnless(isOfRecord(first.userCreatedAt), 'ANOTHER_USER')],
  ...erasing(acting, { tellsUser: false, first }),
}));

/** The condition under which a restored database knows nothing of an erasure: neither its record nor anybody of that id. */
const isForgotten = ({ userId }: Pick<UserRecord, 'userId'>): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM erasures WHERE user_id = ${userId}) AND NOT EXISTS (SELECT 1 FROM users WHERE id = ${userId})`;

/** What is told and kept of the erasure of somebody of whom there is no row; it stands last in its batch. */
const erasingNobody = (db: Database, record: UserRecord, now: Date) => ({
  record: recordOfNobody(db, record, isForgotten(record)),
  event: recordErasureAgain(db, record.userId, isForgotten(record), now),
  erasure: statement(
    db,
    sql`
    INSERT INTO erasures (user_id, user_created_at, erased_at, repeated_at, event_seq)
    SELECT ${record.userId}, ${record.userCreatedAt}, ${record.at}, ${record.repeatedAt ?? null}, (SELECT max(seq) FROM events)
    WHERE ${isForgotten(record)}`,
  ),
});

/**
 * Tells the services again of an erasure that a restored database has forgotten together with its user: they may have heard of
 * it, and confirmed it, or not. Says whether it had.
 */
export const tellErasureAgain = async (db: Database, record: UserRecord, now = new Date()): Promise<boolean> => {
  const { event } = await batch(db, erasingNobody(db, { ...record, repeatedAt: now.getTime() }, now));
  return event.length === 1;
};

/**
 * Has the services erase an account that was made since the time to which the database was set back: nobody can sign in to it
 * any more, nor have it erased. Says whether the database knew nothing of it.
 */
export const eraseVanished = async (db: Database, known: UserRecord, by: Actor, now = new Date()): Promise<boolean> => {
  const record: UserRecord = { ...known, kind: 'erased', at: now.getTime() };
  const { event } = await batch(db, {
    audit: recordAudit(db, 'user.erase', record.userId, by, isForgotten(record), now),
    ...erasingNobody(db, record, now),
  });
  return event.length === 1;
};

/** The accounts whose grace period is over, longest first. */
export const findDueErasures = (db: Database, grace: number, limit: number, now = new Date()) =>
  db.select({ id: users.id }).from(users).where(isDue(grace, now)).orderBy(users.deletedAt).limit(limit);

/** The condition under which a grace period is over. */
const isDue = (grace: number, now: Date): SQL =>
  sql`users.deleted_at IS NOT NULL AND users.deleted_at <= ${now.getTime() - grace}`;

/** Erases the accounts whose grace period is over, at most `limit` in one run; answers whom, and the mails that follow. */
export const eraseDueUsers = async (
  db: Database,
  grace: number,
  by: Actor,
  limit: number,
  now = new Date(),
): Promise<{ userId: number; mails: QueuedMail[] }[]> => {
  const erased: { userId: number; mails: QueuedMail[] }[] = [];
  for (const { id } of await findDueErasures(db, grace, limit, now)) {
    const result = await eraseDueUser(db, id, { grace }, by, now);
    if (result.outcome === 'erased') erased.push({ userId: id, mails: result.mails });
  }
  return erased;
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

const finishErasure = async (db: Database, avatars: R2Bucket, userId: number, now: Date): Promise<void> => {
  await eraseAvatars(avatars, userId);
  await db.update(erasures).set({ picturesErasedAt: now }).where(eq(erasures.userId, userId));
};
