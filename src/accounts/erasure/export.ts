import { asc, eq, sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import {
  auditEvents,
  authenticators,
  emailChanges,
  outbox,
  passkeys,
  recoveryCodes,
  roomParticipations,
  sessions,
  users,
} from '../../../drizzle/schema.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { readAvatar } from '../profile/avatar.ts';

/** Everything that the database holds about a user, as of one moment; undefined where there is no such user. */
const rowsAbout = async (db: Database, userId: number) => {
  const {
    user: [user],
    ...about
  } = await batch(db, {
    user: db.select().from(users).where(eq(users.id, userId)),
    sessions: db.select().from(sessions).where(eq(sessions.userId, userId)).orderBy(asc(sessions.createdAt)),
    emailChanges: db
      .select()
      .from(emailChanges)
      .where(eq(emailChanges.userId, userId))
      .orderBy(asc(emailChanges.requestedAt)),
    participations: db
      .select()
      .from(roomParticipations)
      .where(eq(roomParticipations.userId, userId))
      .orderBy(asc(roomParticipations.id)),
    passkeys: db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.createdAt)),
    authenticators: db
      .select()
      .from(authenticators)
      .where(eq(authenticators.userId, userId))
      .orderBy(asc(authenticators.createdAt)),
    recoveryCodes: db.select().from(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
    mails: db.select().from(outbox).where(eq(outbox.userId, userId)).orderBy(asc(outbox.id)),
    events: db.select().from(auditEvents).where(eq(auditEvents.subjectId, userId)).orderBy(asc(auditEvents.id)),
  });
  return user && { user, ...about };
};

type Rows = NonNullable<Awaited<ReturnType<typeof rowsAbout>>>;

/**
 * The rows, with the picture that they name. Where that is gone the rows are read once more, for it may have been replaced
 * meanwhile; null: there is no picture, or the row names one that the bucket does not have.
 */
const rowsAndPicture = async (
  db: Database,
  bucket: R2Bucket,
  userId: number,
): Promise<(Rows & { picture: ArrayBuffer | null }) | undefined> => {
  for (let missing: string | undefined; ; ) {
    const rows = await rowsAbout(db, userId);
    if (!rows) return undefined;
    const key = rows.user.avatarKey;
    if (key === null || key === missing) return { ...rows, picture: null };
    const picture = await readAvatar(bucket, key);
    if (picture) return { ...rows, picture };
    missing = key;
  }
};

/** All rows about a user, as of `at`, secrets among them: `exportOf` chooses what leaves. The picture is null where there is none. */
export type PersonalData = Rows & { at: Date; picture: ArrayBuffer | null };

/**
 * All personal data held about a user (GDPR articles 15 and 20); undefined where there is no such user. Rejects with
 * `Unavailable` where the bucket does not answer: an export without the picture is none.
 */
export const exportUser = async (
  db: Database,
  bucket: R2Bucket,
  userId: number,
  now = new Date(),
): Promise<PersonalData | undefined> => {
  const found = await rowsAndPicture(db, bucket, userId);
  return found && { at: now, ...found };
};

/** The same on behalf of an administrator, whatever state the account is in. It is noted before anything is read. */
export const exportUserFor = async (
  db: Database,
  bucket: R2Bucket,
  userId: number,
  by: Actor,
  now = new Date(),
): Promise<PersonalData | undefined> => {
  const isThere = sql`EXISTS (SELECT 1 FROM users WHERE id = ${userId})`;
  await recordAudit(db, 'user.export', userId, by, isThere, now);
  return exportUser(db, bucket, userId, now);
};
