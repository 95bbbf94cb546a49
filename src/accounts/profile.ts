import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../../drizzle/client.ts';
import { type User, users } from '../../drizzle/schema.ts';
import { discardAvatar, storeAvatar } from './avatar.ts';
import { foldName, outOfUse } from './user.ts';

/** What changes: a field that is undefined stays as it is, a name or a picture that is null goes. */
export type ProfileChange = {
  fullName?: string | null | undefined;
  speakingLanguage?: string | undefined;
  listeningLanguage?: string | undefined;
  avatar?: Uint8Array<ArrayBuffer> | null | undefined;
};

type OutOfUse = { outcome: 'INVALID_CREDENTIALS' | 'ACCOUNT_DELETED' | 'ACCOUNT_DEACTIVATED' };

/** The user as the row is now, or why the account could not be changed: it went out of use meanwhile. */
export type ProfileUpdate = { outcome: 'updated'; user: User } | OutOfUse;

const refusalOf = (user: User | undefined): OutOfUse | undefined => {
  const outcome = user ? outOfUse(user) : 'INVALID_CREDENTIALS';
  return outcome && { outcome };
};

/**
 * One UPDATE of the columns that are given, guarded by the account being in use and, where the picture changes, by the
 * row still naming the picture that was seen: whoever replaces one knows which. Who comes second sees the new row and
 * tries again; for each that does, another one has finished.
 */
const writeProfile = async (
  db: Database,
  seen: User,
  { fullName, speakingLanguage, listeningLanguage }: Omit<ProfileChange, 'avatar'>,
  avatarKey: string | null | undefined,
  now: Date,
): Promise<{ user: User; replacedKey: string | null } | OutOfUse> => {
  const fullNameFolded = fullName === undefined ? undefined : foldName(fullName);
  const columns = { fullName, fullNameFolded, speakingLanguage, listeningLanguage, avatarKey, updatedAt: now };
  for (let replacedKey = seen.avatarKey; ; ) {
    const isAsSeen = avatarKey === undefined ? undefined : sql`${users.avatarKey} IS ${replacedKey}`;
    const user = await db
      .update(users)
      .set(columns)
      .where(and(eq(users.id, seen.id), eq(users.isActive, true), isAsSeen))
      .returning()
      .get();
    if (user) return { user, replacedKey };
    const current = await db.select().from(users).where(eq(users.id, seen.id)).get();
    const refusal = refusalOf(current);
    if (refusal) return refusal;
    replacedKey = current?.avatarKey ?? null;
  }
};

/**
 * Changes what is given and nothing else. A new picture is stored before the row names it, and the old one is deleted
 * after the row has let go of it: at no moment does a row name a picture that is not there. Where the bucket refuses
 * the new picture nothing has changed (`Unavailable`). Where the database does not answer, it may yet have made the
 * change, so the new picture stays; the sweep removes it if not.
 */
export const updateProfile = async (
  db: Database,
  bucket: R2Bucket,
  user: User,
  change: ProfileChange,
  now = new Date(),
): Promise<ProfileUpdate> => {
  const { avatar, ...fields } = change;
  const changesFields = Object.values(fields).some((value) => value !== undefined);
  const changesAvatar = avatar === null ? user.avatarKey !== null : avatar !== undefined;
  if (!changesFields && !changesAvatar) return { outcome: 'updated', user };

  const avatarKey = avatar ? await storeAvatar(bucket, user.id, avatar) : avatar;
  const written = await writeProfile(db, user, fields, avatarKey, now);
  if ('outcome' in written) {
    if (avatarKey) await discardAvatar(bucket, avatarKey);
    return written;
  }
  if (avatarKey !== undefined && written.replacedKey !== null) await discardAvatar(bucket, written.replacedKey);
  return { outcome: 'updated', user: written.user };
};
