import { sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { termsAreOutdated } from '../../../drizzle/schema.ts';
import { termsOf } from './search-terms.ts';

const AT_ONCE = 1000;

type Outdated = { id: number; email: string; fullName: string | null };

/**
 * Writes the terms that whoever changed an address or a name has left out: the code before, a tool, a hand. At most `limit`
 * users; the next run goes on from there. A row that changes meanwhile stays for that one. Answers how many it was.
 */
export const writeOutdatedTerms = async (db: Database, limit: number): Promise<number> => {
  let written = 0;
  while (written < limit) {
    const outdated = await statement<Outdated>(
      db,
      sql`SELECT id, email, full_name AS fullName FROM users INDEXED BY users_terms_outdated
          WHERE ${termsAreOutdated} LIMIT ${Math.min(AT_ONCE, limit - written)}`,
    );
    if (outdated.length === 0) return written;
    const given = JSON.stringify(outdated.map((user) => ({ id: user.id, terms: termsOf(user) })));
    const done = await statement(
      db,
      sql`UPDATE users SET terms = given.value ->> 'terms' FROM json_each(${given}) AS given
          WHERE users.id = given.value ->> 'id' AND users.email = given.value ->> 'terms' ->> 'email'
            AND users.full_name IS given.value ->> 'terms' ->> 'full_name' RETURNING 1`,
    );
    written += done.length;
    if (outdated.length < AT_ONCE || done.length === 0) return written;
  }
  return written;
};
