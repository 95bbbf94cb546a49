import { database } from '../../drizzle/client.ts';
import { hashPassword } from '../../src/accounts/passwords/password.ts';
import { newSigningKey, signAccessToken } from '../../src/accounts/tokens/access-token.ts';
import { newMacKeys } from '../../src/accounts/tokens/signed-token.ts';
import { writeOutdatedTerms } from '../../src/accounts/users/outdated-terms.ts';

export const ORIGIN = 'http://localhost:8787';

/** Everybody's. */
export const PASSWORD = 'correct horse battery';

export type Secrets = Record<
  'SIGNING_KEY_A' | 'SIGNING_KEY_B' | 'TOKEN_KEYS' | 'MAIL_LINK_KEYS' | 'SERVICE_KEYS' | 'FACTOR_KEYS',
  string
>;

/** What the API keeps secret, made for one run. */
export const newSecrets = async (): Promise<Secrets> => ({
  SIGNING_KEY_A: await newSigningKey(new Date('2026-01-01')),
  SIGNING_KEY_B: '',
  TOKEN_KEYS: newMacKeys(),
  MAIL_LINK_KEYS: newMacKeys(),
  SERVICE_KEYS: newMacKeys(),
  FACTOR_KEYS: newMacKeys(),
});

export const sessionOf = (user: number): string => `session-${String(user).padStart(14, '0')}`;

const AT_ONCE = 50_000;

/** Fills an empty database with users, each with one session. The first is an administrator. */
export const addPeople = async (db: D1Database, people: number): Promise<void> => {
  const hash = await hashPassword(PASSWORD);
  for (let from = 1; from <= people; from += AT_ONCE) {
    const last = Math.min(people, from + AT_ONCE - 1);
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${last})`;
    await db
      .prepare(
        `INSERT INTO users (id, email, password_hash, full_name, full_name_folded, role, is_verified, accepted_terms_at, created_at, updated_at)
         ${numbers} SELECT i, 'person' || i || '@example.com', ?, 'Person ' || i, 'person ' || i, iif(i = 1, 'admin', 'user'), 1, 0, 1700000000000 + i, 0 FROM n`,
      )
      .bind(hash)
      .run();
    await db
      .prepare(
        `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at, proved_at)
         ${numbers} SELECT printf('session-%014d', i), i, 0, unixepoch() * 1000, 0, unixepoch() * 1000 + 86400000, unixepoch() * 1000 + 86400000 FROM n`,
      )
      .run();
  }
};

/** Writes by what everybody is found, as the scheduled run does. */
export const writeTerms = (db: D1Database, people: number): Promise<number> => writeOutdatedTerms(database(db), people);

/** An access token for the session of each of these users; each lives for 15 minutes. */
export const tokensOf = (secrets: Secrets, people: readonly number[]): Promise<string[]> =>
  Promise.all(
    people.map((userId) =>
      signAccessToken(
        [secrets.SIGNING_KEY_A, secrets.SIGNING_KEY_B],
        { issuer: ORIGIN, audience: ORIGIN },
        { id: sessionOf(userId), userId },
      ),
    ),
  );

/** Users by their ids, from 1 on. */
export const firstPeople = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
