import { sql } from 'drizzle-orm';
import { batch, type Database } from '../../../drizzle/client.ts';
import { users } from '../../../drizzle/schema.ts';
import { type Presented, readService } from './service.ts';

/** What services may look up of a user. */
export type PublicProfile = Awaited<ReturnType<typeof profilesOf>>[number];

/** The statement that reads the public fields of those who are in use and verified, in the order of the ids. */
const profilesOf = (db: Database, ids: readonly number[]) =>
  db
    .select({
      id: users.id,
      fullName: users.fullName,
      avatarKey: users.avatarKey,
      speakingLanguage: users.speakingLanguage,
      listeningLanguage: users.listeningLanguage,
    })
    .from(sql`json_each(${JSON.stringify(ids)}) AS asked`)
    .innerJoin(users, sql`users.id = asked.value AND users.is_active = 1 AND users.is_verified = 1`)
    .orderBy(sql`asked.key`);

/** Looks users up for a service, each once, in the order asked. Whoever is unknown, unverified, suspended or deleted is left out. */
export const findProfiles = async (
  db: Database,
  by: Presented,
  ids: readonly number[],
  now = new Date(),
): Promise<{ outcome: 'found'; profiles: PublicProfile[] } | { outcome: 'INVALID_CREDENTIALS' }> => {
  const {
    service: [service],
    profiles,
  } = await batch(db, { service: readService(db, by, now), profiles: profilesOf(db, [...new Set(ids)]) });
  return service ? { outcome: 'found', profiles } : { outcome: 'INVALID_CREDENTIALS' };
};
