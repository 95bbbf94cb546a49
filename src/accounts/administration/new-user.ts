import { eq, sql } from 'drizzle-orm';
import { batch, type Database, type Results, statement } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';
import type { QueuedMail } from '../../outbox/outbox.ts';
import { type Actor, recordAuditOfEach } from '../acts/audit.ts';
import { actorRefusal, type CallerRefusal, mayAct, readCaller } from '../acts/caller.ts';
import { claimAttempts } from '../passwords/login-attempt.ts';
import { claimMailRequests, openingLink } from '../passwords/mail-request.ts';
import { NO_PASSWORD } from '../passwords/password.ts';
import { everyAddressHash, type MacKeys, randomId } from '../tokens/signed-token.ts';
import { foldName } from '../users/full-name.ts';
import { termsOf } from '../users/search-terms.ts';

/** An account that an administrator makes for somebody: the address normalised, the languages canonical. */
export type NewUser = {
  email: string;
  fullName: string | null;
  speakingLanguage: string;
  listeningLanguage: string;
};

export type UserCreation =
  | { outcome: 'created'; user: User; mails: QueuedMail[] }
  | { outcome: 'ADDRESS_TAKEN' | CallerRefusal };

/** Who asks, and whether any account has the address, in whatever state. */
const reading = (db: Database, email: string, by: Actor, now: Date) => ({
  caller: readCaller(db, by, now),
  namesake: db.select({ id: users.id }).from(users).where(eq(users.email, email)),
});

/** Why none is made, by what was read; undefined where one is. */
const refusalOf = ({ caller: [caller], namesake: [namesake] }: Results<ReturnType<typeof reading>>, by: Actor) =>
  actorRefusal(by, caller, 'admin') ?? (namesake ? 'ADDRESS_TAKEN' : undefined);

const neitherNor = (): never => {
  throw new Error('An account was neither made nor refused.');
};

/**
 * Makes an account for somebody, whom one mail tells, with a link that sets the first password and verifies the address:
 * nobody knows a password before. The terms are accepted by nobody, which is written as the beginning of time. What was counted
 * for the address while it was nobody's is the new user's.
 */
const making = (db: Database, keys: MacKeys, made: NewUser, by: Actor, now: Date) => {
  const [act, at, hashes] = [randomId(), now.getTime(), everyAddressHash(keys, made.email)];
  const isMade = sql`users.email = ${made.email} AND users.last_act = ${act}`;
  const happened = sql`EXISTS (SELECT 1 FROM users WHERE ${isMade})`;
  return {
    made: statement(
      db,
      sql`
      INSERT INTO users (email, password_hash, full_name, full_name_folded, speaking_language, listening_language,
                         accepted_terms_at, created_at, updated_at, last_act)
      SELECT ${made.email}, ${NO_PASSWORD}, ${made.fullName}, ${foldName(made.fullName)}, ${made.speakingLanguage},
             ${made.listeningLanguage}, 0, ${at}, ${at}, ${act}
      WHERE ${mayAct(by, now, 'admin')} AND NOT EXISTS (SELECT 1 FROM users WHERE email = ${made.email})`,
    ),
    terms: statement(db, sql`UPDATE users SET terms = ${termsOf(made)} WHERE ${isMade}`),
    audit: recordAuditOfEach(db, 'user.create', sql`SELECT users.id FROM users WHERE ${isMade}`, by, now),
    ...openingLink(db, isMade, now),
    attempts: claimAttempts(db, hashes, made.email, happened),
    requests: claimMailRequests(db, hashes, made.email, happened),
    user: db.select().from(users).where(isMade),
  };
};

/** Makes an account, in one trip. */
export const createUser = async (
  db: Database,
  keys: MacKeys,
  made: NewUser,
  by: Actor,
  now = new Date(),
): Promise<UserCreation> => {
  const results = await batch(db, { ...reading(db, made.email, by, now), ...making(db, keys, made, by, now) });
  const [user] = results.user;
  if (user) return { outcome: 'created', user, mails: results.mails };
  return { outcome: refusalOf(results, by) ?? neitherNor() };
};

/** What making it at this moment would come to; nothing is changed. */
export const foreseeUser = async (
  db: Database,
  { email }: Pick<NewUser, 'email'>,
  by: Actor,
  now = new Date(),
): Promise<{ outcome: UserCreation['outcome'] }> => {
  const read = await batch(db, reading(db, email, by, now));
  return { outcome: refusalOf(read, by) ?? 'created' };
};
