import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';
import { type PublicField, type RecordedEvent, recordEvent } from '../../outbox/event.ts';
import { type Caller, type CallerRefusal, callerRefusal, mayAct, readCaller } from '../acts/caller.ts';
import { foldName } from '../users/full-name.ts';
import { PROFILE_COLUMNS, type ProfileFields } from '../users/profile-columns.ts';
import { termsWithName } from '../users/search-terms.ts';
import { discardAvatar, storeAvatar } from './avatar.ts';

/** What changes of a profile; a picture that is null goes. */
export type ProfileChange = Partial<ProfileFields> & { avatar?: Uint8Array<ArrayBuffer> | null | undefined };

/** The user as the row is now and what services are told of it, or why the account could not be changed. */
export type ProfileUpdate =
  | { outcome: 'updated'; user: User; event: RecordedEvent | undefined }
  | { outcome: CallerRefusal };

const columnsOf = (change: Partial<ProfileFields>) => ({
  ...Object.fromEntries(PROFILE_COLUMNS.map((column) => [column, change[column]])),
  fullNameFolded: change.fullName === undefined ? undefined : foldName(change.fullName),
  terms: change.fullName === undefined ? undefined : termsWithName(change.fullName),
});

/** The names of the public fields that differ from what is written, as a JSON array. */
const changedFields = (
  { fullName, speakingLanguage, listeningLanguage }: Partial<ProfileFields>,
  avatarKey: unknown,
) => {
  const differs = (field: PublicField, column: SQL, value: unknown): SQL[] =>
    value === undefined ? [] : [sql`CASE WHEN ${column} IS NOT ${value} THEN ${field} END`];
  const names = [
    ...differs('full_name', sql`users.full_name`, fullName),
    ...differs('avatar_url', sql`users.avatar_key`, avatarKey),
    ...differs('speaking_language', sql`users.speaking_language`, speakingLanguage),
    ...differs('listening_language', sql`users.listening_language`, listeningLanguage),
  ];
  return sql`(SELECT json_group_array(value) FROM json_each(json_array(${sql.join(names, sql`, `)})) WHERE value IS NOT NULL)`;
};

/**
 * One batch: the row as it is, with the picture that it names, and the UPDATE of the columns that are given, which asks who
 * asks. So whoever replaces a picture knows which, however many do at once. Nothing is written where nothing changes.
 */
const writeProfile = async (
  db: Database,
  by: Caller,
  change: Partial<ProfileFields>,
  avatarKey: string | null | undefined,
  now: Date,
): Promise<
  | { outcome: 'updated'; user: User; event: RecordedEvent | undefined; replacedKey: string | null }
  | { outcome: CallerRefusal }
> => {
  const fields = columnsOf(change);
  const changesFields = Object.values(fields).some((value) => value !== undefined);
  const hasWhatGoes = !changesFields && avatarKey === null ? isNotNull(users.avatarKey) : undefined;
  const changed = changedFields(change, avatarKey);
  const isTold = sql`users.id = ${by.userId} AND ${mayAct(by, now)} AND ${changed} <> '[]'`;
  const {
    before: [before],
    event: [event],
    after: [after],
  } = await batch(db, {
    before: readCaller(db, by, now),
    event: recordEvent(db, { type: 'user.updated', data: sql`json_object('changed', json(${changed}))` }, isTold, now),
    after: db
      .update(users)
      .set({ ...fields, avatarKey, updatedAt: now })
      .where(and(eq(users.id, by.userId), mayAct(by, now), hasWhatGoes))
      .returning(),
  });
  const refusal = callerRefusal(before);
  if (refusal || !before) return { outcome: refusal ?? 'INVALID_CREDENTIALS' };
  if (!after) return { outcome: 'updated', user: before.user, event, replacedKey: null };
  const replacedKey = avatarKey === undefined ? null : before.user.avatarKey;
  return { outcome: 'updated', user: after, event, replacedKey };
};

const readProfile = async (db: Database, by: Caller, now: Date): Promise<ProfileUpdate> => {
  const [caller] = await readCaller(db, by, now);
  const refusal = callerRefusal(caller);
  if (refusal || !caller) return { outcome: refusal ?? 'INVALID_CREDENTIALS' };
  return { outcome: 'updated', user: caller.user, event: undefined };
};

/**
 * Changes what is given of who asks, and nothing else. A new picture is stored before the row names it, and the old one is
 * deleted after the row has let go of it: at no moment does a row name a picture that is not there. Where the bucket
 * refuses the new picture nothing has changed (`Unavailable`). Where the database does not answer, it may yet have made
 * the change, so the new picture stays; the sweep removes it if not.
 */
export const updateProfile = async (
  db: Database,
  bucket: R2Bucket,
  by: Caller,
  change: ProfileChange,
  now = new Date(),
): Promise<ProfileUpdate> => {
  const { avatar, ...fields } = change;
  if (Object.values(change).every((value) => value === undefined)) return readProfile(db, by, now);
  const avatarKey = avatar ? await storeAvatar(bucket, by.userId, avatar) : avatar;
  const written = await writeProfile(db, by, fields, avatarKey, now);
  if (written.outcome !== 'updated') {
    if (avatarKey) await discardAvatar(bucket, avatarKey);
    return written;
  }
  if (written.replacedKey !== null) await discardAvatar(bucket, written.replacedKey);
  return { outcome: 'updated', user: written.user, event: written.event };
};
