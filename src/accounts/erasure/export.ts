import { Buffer } from 'node:buffer';
import { asc, eq, sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import { auditEvents, outbox, roomParticipations, sessions, users } from '../../../drizzle/schema.ts';
import { type Actor, recordAudit } from '../acts/audit.ts';
import { readAvatar } from '../profile/avatar.ts';
import { isoTime, profileOf } from '../users/user.ts';

const timeOrNull = (time: Date | null): string | null => time && isoTime(time);

/**
 * What an export leaves out, and why: whole tables, and columns of those it holds. Everything else of the schema is in
 * it; a table or column added later is either exported or named here, which a test sees to.
 */
export const NOT_EXPORTED: Record<string, string> = {
  verification_tokens: 'names a link that opens the account; the mail that carried it is with the user',
  reset_tokens: 'names a link that opens the account; the mail that carried it is with the user',
  login_attempts: 'kept under a keyed hash of the address for a day, to slow guessing down; anybody may have guessed',
  mail_requests: 'kept under a keyed hash of the address for a day, to cap mails; anybody may have asked',
  blacklist_outbox: 'ids of ended sessions on their way to the blacklist, for minutes',
  record_outbox: 'an id and a time on their way to the private bucket; the same act is among the audit events',
  erasures: 'begins when the account ends',
  'users.password_hash': 'a secret that proves the password',
  'users.full_name_folded': 'a copy of the name for search',
  'users.last_act': 'a random id that holds the statements of one change together',
  'users.avatar_key': 'exported as the picture and its address',
  'sessions.user_id': 'the user',
  'sessions.refresh_counter': 'counts the uses of the session',
  'sessions.rotated_at': 'the same moment as last_used_at',
  'room_participations.user_id': 'the user',
  'outbox.user_id': 'the user',
  'outbox.email': 'the address above',
  'outbox.language': 'the language above',
  'outbox.lease': 'the state of a delivery',
  'outbox.leased_until': 'the state of a delivery',
  'outbox.due_at': 'the state of a delivery',
  'outbox.failure': 'what a mail provider said',
  'outbox.data': 'holds the name of a link that opens the account; of a suspension the reason, which is above',
  'audit_events.actor_id': 'may be another person',
  'audit_events.actor_name': 'may be another person',
};

/** Everything that the database holds about a user, as of one moment; undefined where there is no such user. */
const rowsAbout = async (db: Database, userId: number) => {
  const {
    user: [user],
    ...about
  } = await batch(db, {
    user: db.select().from(users).where(eq(users.id, userId)),
    sessionRows: db.select().from(sessions).where(eq(sessions.userId, userId)).orderBy(asc(sessions.createdAt)),
    participations: db
      .select()
      .from(roomParticipations)
      .where(eq(roomParticipations.userId, userId))
      .orderBy(asc(roomParticipations.id)),
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

/**
 * All personal data held about a user, as one document (GDPR articles 15 and 20), the picture in it as base64; undefined
 * where there is no such user. Times are `YYYY-MM-DDTHH:MM:SSZ`. Rejects with `Unavailable` where the bucket does not
 * answer: an export without the picture is none.
 */
export const exportUser = async (
  db: Database,
  bucket: R2Bucket,
  userId: number,
  avatarBase: string,
  now = new Date(),
) => {
  const found = await rowsAndPicture(db, bucket, userId);
  if (!found) return undefined;
  const { user, picture, sessionRows, participations, mails, events } = found;
  return {
    exported_at: isoTime(now),
    account: {
      ...profileOf(user, avatarBase),
      avatar: picture && { content_type: 'image/webp' as const, data: Buffer.from(picture).toString('base64') },
      role: user.role,
      accepted_terms_at: isoTime(user.acceptedTermsAt),
      updated_at: isoTime(user.updatedAt),
      deactivated_at: timeOrNull(user.deactivatedAt),
      deactivation_reason: user.deactivationReason,
      deleted_at: timeOrNull(user.deletedAt),
      reminded_at: timeOrNull(user.remindedAt),
    },
    sessions: sessionRows.map((session) => ({
      id: session.id,
      created_at: isoTime(session.createdAt),
      last_used_at: isoTime(session.lastUsedAt),
      expires_at: isoTime(session.expiresAt),
      user_agent: session.userAgent,
    })),
    room_participations: participations.map((participation) => ({
      id: participation.id,
      room_id: participation.roomId,
      joined_at: isoTime(participation.joinedAt),
      left_at: timeOrNull(participation.leftAt),
    })),
    pending_mails: mails.map((mail) => ({
      id: mail.id,
      kind: mail.kind,
      attempts: mail.attempts,
      created_at: isoTime(mail.createdAt),
      failed_at: timeOrNull(mail.failedAt),
    })),
    audit_events: events.map((event) => ({
      id: event.id,
      action: event.action,
      subject_id: event.subjectId,
      origin: event.origin,
      request_id: event.requestId,
      at: isoTime(event.at),
    })),
  };
};

/** The same on behalf of an administrator, whatever state the account is in. It is noted before anything is read. */
export const exportUserFor = async (
  db: Database,
  bucket: R2Bucket,
  userId: number,
  avatarBase: string,
  by: Actor,
  now = new Date(),
) => {
  const isThere = sql`EXISTS (SELECT 1 FROM users WHERE id = ${userId})`;
  await recordAudit(db, 'user.export', userId, by, isThere, now);
  return exportUser(db, bucket, userId, avatarBase, now);
};
