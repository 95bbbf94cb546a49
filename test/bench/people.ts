import { newSigningKey, signAccessToken } from '../../src/accounts/tokens/access-token.ts';
import { newMacKeys } from '../../src/accounts/tokens/signed-token.ts';

const ORIGIN = 'http://localhost:8787';

/** What the API keeps secret, made for one run. */
export const newSecrets = async (): Promise<Record<string, string>> => ({
  SIGNING_KEY_A: await newSigningKey(new Date('2026-01-01')),
  SIGNING_KEY_B: '',
  TOKEN_KEYS: newMacKeys(),
  MAIL_LINK_KEYS: newMacKeys(),
  SERVICE_KEYS: newMacKeys(),
});

export const sessionOf = (user: number): string => `session-${String(user).padStart(14, '0')}`;

const AT_ONCE = 50_000;

/** Fills an empty database with users, each with one session. What they are found by is written for `terms`, if at all. */
export const addPeople = async (db: D1Database, people: number): Promise<void> => {
  for (let from = 1; from <= people; from += AT_ONCE) {
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${Math.min(people, from + AT_ONCE - 1)})`;
    await db
      .prepare(
        `INSERT INTO users (id, email, password_hash, full_name, full_name_folded, is_verified, accepted_terms_at, created_at, updated_at)
         ${numbers} SELECT i, 'person' || i || '@example.com', '', 'Person ' || i, 'person ' || i, 1, 0, 1700000000000 + i, 0 FROM n`,
      )
      .run();
    await db
      .prepare(
        `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at)
         ${numbers} SELECT printf('session-%014d', i), i, 0, 0, 0, unixepoch() * 1000 + 86400000 FROM n`,
      )
      .run();
  }
};

/** An access token for the session of each of the first users; each lives for 15 minutes. */
export const tokensOf = (secrets: Record<string, string>, people: number): Promise<string[]> =>
  Promise.all(
    Array.from({ length: people }, (_, at) =>
      signAccessToken(
        [secrets['SIGNING_KEY_A'] ?? '', secrets['SIGNING_KEY_B'] ?? ''],
        { issuer: ORIGIN, audience: ORIGIN },
        { id: sessionOf(at + 1), userId: at + 1 },
      ),
    ),
  );
