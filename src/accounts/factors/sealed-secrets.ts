import { inArray, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { authenticators } from '../../../drizzle/schema.ts';
import { openSecret, sealSecret } from '../tokens/factor-secret.ts';
import type { MacKeys } from '../tokens/signed-token.ts';

/** How many secrets of authenticator apps are encrypted under these versions of the key. */
export const countSealedUnder = async (db: Database, versions: readonly number[]): Promise<number> => {
  if (versions.length === 0) return 0;
  return db.$count(authenticators, inArray(authenticators.keyVersion, [...versions]));
};

/**
 * Encrypts anew, under the key that signs now, at most `limit` secrets that are under another: so an older key ends without
 * anybody noticing. One whose key is gone stays, and opens nothing. Answers how many.
 */
export const sealAnew = async (db: Database, keys: MacKeys, limit: number): Promise<number> => {
  const others = [...keys.versions.keys()].filter((version) => version !== keys.signs);
  if (others.length === 0) return 0;
  const older = await db.select().from(authenticators).where(inArray(authenticators.keyVersion, others)).limit(limit);
  const updates = older.flatMap((row) => {
    const secret = openSecret(keys, row, row);
    if (!secret) return [];
    const sealed = sealSecret(keys, row, secret);
    return [
      statement<{ id: string }>(
        db,
        sql`UPDATE authenticators SET secret = ${sealed.secret}, key_version = ${sealed.keyVersion}
            WHERE id = ${row.id} AND secret = ${row.secret} RETURNING id`,
      ),
    ];
  });
  if (updates.length === 0) return 0;
  const results = await batch(db, Object.fromEntries(updates.map((update, n) => [`secret ${n}`, update])));
  return Object.values(results).flat().length;
};
