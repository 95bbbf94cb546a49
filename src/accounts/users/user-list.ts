import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';
import type { AccountState } from './account-state.ts';
import { searchPrefix } from './search-terms.ts';

/** Behind which user a list goes on; in a search, with the term that this user was found by. */
export type Place = { id: number } | { id: number; section: number; term: string };

/** What is listed: at most `limit`, in that state, found by the query `q`, behind that place. */
export type UserQuery = {
  q?: string | undefined;
  status?: AccountState | undefined;
  limit: number;
  after?: Place | undefined;
};

/** A page: full, or the last one, and then there is no next. */
export type UserPage = { users: User[]; next: Place | undefined };

const STATES: Record<AccountState, { condition: SQL; index: SQL }> = {
  active: { condition: sql`is_active = 1`, index: sql`INDEXED BY users_active` },
  deactivated: { condition: sql`is_active = 0 AND deleted_at IS NULL`, index: sql`INDEXED BY users_deactivated` },
  deleted: { condition: sql`deleted_at IS NOT NULL`, index: sql`INDEXED BY users_deleted` },
};

// What kind of term is found first. Domains and addresses are in sections by how many code points they share with what comes
// before them of the same user, as in `john.smith@…` of a John: for a query that is no longer, that has found the user already,
// and such a section would be read for nothing. Two or fewer are shared by chance, twelve or more by few.
const WORDS = 0;
const DOMAINS = 100;
const ADDRESSES = 200;
const PHRASES = 300;
const BY_CHANCE = 2;
const MOST_SHARED = 12;

/** What is looked for: the beginning of a term, its length, and the sections that may hold it, in their order. */
type Search = { prefix: string; length: number; sections: number[] };

const searchOf = (q: string | undefined): Search | undefined => {
  const prefix = searchPrefix(q ?? '');
  const length = [...prefix].length;
  if (length === 0) return undefined;
  const parts = 1 + Math.max(0, Math.min(length - 1, MOST_SHARED) - BY_CHANCE);
  const sectionsOf = (first: number): number[] => Array.from({ length: parts }, (_, part) => first + part);
  const sections = [WORDS, ...sectionsOf(DOMAINS), ...sectionsOf(ADDRESSES)];
  return { prefix, length, sections: prefix.includes(' ') ? [PHRASES] : sections };
};

/** Whether a place is one of the list that a query asks for. */
export const isPlaceOf = (q: string | undefined, place: Place): boolean => {
  const search = searchOf(q);
  if (!search || !('term' in place)) return !search && !('term' in place);
  return search.sections.includes(place.section) && place.term.startsWith(search.prefix);
};

/** Lists users for an administrator: newest first, or what a query finds in the order of what is found, then newest first. */
export const listUsers = async (db: Database, query: UserQuery): Promise<UserPage> => {
  const search = searchOf(query.q);
  return pageOf(db, search ? walk(search, query) : newest(query), query.limit);
};

const newest = ({ status, after }: UserQuery): SQL => {
  const { condition, index } = status ? STATES[status] : { condition: sql`true`, index: sql`` };
  return sql`
    SELECT id AS found_id, NULL AS found_section, NULL AS found_term FROM users ${index}
    WHERE id < ${after?.id ?? Number.MAX_SAFE_INTEGER} AND ${condition} ORDER BY id DESC`;
};

/**
 * One walk along the index of terms, which ends with the page: the sections in their order, in each the terms in theirs, under
 * each the newest first. Nobody comes twice, since a term that shares with one before it all that is looked for is left out.
 * No ORDER BY says so: with one, SQLite would read every match before the first.
 */
const walk = ({ prefix, length, sections }: Search, { status, after }: UserQuery): SQL => {
  // The upper end is the last code point there is.
  const begins = sql`term >= ${prefix} AND term < ${prefix} || char(1114111)`;
  const matches = (from: SQL, where: SQL): SQL => sql`
    SELECT section AS found_section, term AS found_term, user_id AS found_id
    FROM ${from} user_terms ${status ? sql`INDEXED BY user_terms_state` : sql``}
    WHERE ${where} AND shared < ${length} ${status ? sql`AND state = ${status}` : sql``}`;
  const wholeSections = (from: readonly number[]): SQL =>
    matches(
      sql`(VALUES ${sql.join(
        from.map((section) => sql`(${section})`),
        sql`, `,
      )}) AS listed CROSS JOIN`,
      sql`section = listed.column1 AND ${begins}`,
    );
  if (!after || !('term' in after)) return wholeSections(sections);

  const { section, term, id } = after;
  const behind = sections.slice(sections.indexOf(section) + 1);
  return sql.join(
    [
      matches(sql``, sql`section = ${section} AND term = ${term} AND user_id < ${id}`),
      matches(sql``, sql`section = ${section} AND term > ${term} AND ${begins}`),
      ...(behind.length > 0 ? [wholeSections(behind)] : []),
    ],
    sql` UNION ALL `,
  );
};

/** The users that a query finds by `found_id`, in its order. It stays the outer loop, so it is read no further than the page. */
const pageOf = async (db: Database, found: SQL, limit: number): Promise<UserPage> => {
  const rows = await db
    .select({ user: users, section: sql<number | null>`found_section`, term: sql<string | null>`found_term` })
    .from(sql`(${found} LIMIT ${limit + 1})`)
    .crossJoin(users)
    .where(sql`${users.id} = found_id`);
  const page = rows.slice(0, limit);
  return { users: page.map(({ user }) => user), next: rows.length > limit ? placeOf(page.at(-1)) : undefined };
};

type Found = { user: User; section: number | null; term: string | null };

const placeOf = (found: Found | undefined): Place | undefined => {
  if (!found) return undefined;
  const { user, section, term } = found;
  return section === null || term === null ? { id: user.id } : { id: user.id, section, term };
};
