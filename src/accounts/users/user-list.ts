import { desc, inArray, type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';
import type { AccountState } from './account-state.ts';
import { canonicalEmailPrefix } from './email-address.ts';
import { foldName } from './full-name.ts';

/** What is listed: ids below `before`, at most `limit`, in that state, whose address or name begins with `prefix`. */
export type UserQuery = {
  prefix?: string | undefined;
  status?: AccountState | undefined;
  limit: number;
  before?: number | undefined;
};

/** A page, newest first. It may hold fewer users than were asked for; it is the last one where `before` is undefined. */
export type UserPage = { users: User[]; before: number | undefined };

// A page reads a number of rows that has nothing to do with how many users there are: where few match a prefix, the
// indexes of address and name find them all; where many do, looking through the newest finds them soon.
const FEW = 100;
const LOOKED_THROUGH = 500;

const STATES: Record<AccountState, { condition: SQL; index: SQL }> = {
  active: { condition: sql`is_active = 1`, index: sql`INDEXED BY users_active` },
  deactivated: { condition: sql`is_active = 0 AND deleted_at IS NULL`, index: sql`INDEXED BY users_deactivated` },
  deleted: { condition: sql`deleted_at IS NOT NULL`, index: sql`INDEXED BY users_deleted` },
};

// The upper end of a prefix is the last code point there is: so `%` and `_` mean themselves.
const beginsWith = (column: SQL, prefix: string): SQL =>
  sql`(${column} >= ${prefix} AND ${column} < ${prefix} || char(1114111))`;

/** A candidate for a page, and whether it belongs there. */
type Candidate = { id: number; fits: number };

const conditionOf = (status: AccountState | undefined): SQL => (status ? STATES[status].condition : sql`true`);

/** The newest of a state below `before`, in one run along that state's index, and whether each fits. */
const newest = (db: Database, status: AccountState | undefined, fits: SQL, before: number, limit: number) =>
  statement<Candidate>(
    db,
    sql`SELECT id, ${fits} AS fits FROM users ${status ? STATES[status].index : sql``}
        WHERE id < ${before} AND ${conditionOf(status)} ORDER BY id DESC LIMIT ${limit}`,
  );

/** What a column's index finds for a prefix, at most `FEW` and one more, which says that there are many. */
const matches = (db: Database, status: AccountState | undefined, begins: SQL) =>
  statement<Candidate>(db, sql`SELECT id, ${conditionOf(status)} AS fits FROM users WHERE ${begins} LIMIT ${FEW + 1}`);

/** Lists users for an administrator, newest first; `before` of the answer continues the list and stays good while users are added. */
export const listUsers = async (db: Database, query: UserQuery): Promise<UserPage> => {
  const { prefix = '', status, limit, before = Number.MAX_SAFE_INTEGER } = query;
  const [email, name] = [canonicalEmailPrefix(prefix), foldName(prefix.trim()) ?? ''];
  if (email === '') return pageOf(db, await newest(db, status, sql`true`, before, limit + 1), limit, limit + 1);

  const [byEmail, byName] = [beginsWith(sql`email`, email), beginsWith(sql`full_name_folded`, name)];
  const found = Object.values(
    await batch(db, { byEmail: matches(db, status, byEmail), byName: matches(db, status, byName) }),
  );
  if (found.every((candidates) => candidates.length <= FEW)) {
    const candidates = new Map(
      found
        .flat()
        .filter(({ id }) => id < before)
        .map((found) => [found.id, found]),
    );
    const newestFirst = [...candidates.values()].sort((a, b) => b.id - a.id);
    return pageOf(db, newestFirst, limit, Number.POSITIVE_INFINITY);
  }
  const looked = await newest(db, status, sql`(${byEmail} OR coalesce(${byName}, 0))`, before, LOOKED_THROUGH);
  return pageOf(db, looked, limit, LOOKED_THROUGH);
};

/**
 * Loads the first `limit` candidates that fit. The list goes on behind the last of them, if more of them fit, or else
 * behind the last candidate, if as many were found as were looked for (`sought`).
 */
const pageOf = async (db: Database, candidates: Candidate[], limit: number, sought: number): Promise<UserPage> => {
  const fitting = candidates.filter(({ fits }) => fits === 1).map(({ id }) => id);
  const ids = fitting.slice(0, limit);
  const rows = await db
    .select()
    .from(users)
    .where(inArray(users.id, sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`))
    .orderBy(desc(users.id));
  if (fitting.length > limit) return { users: rows, before: ids.at(-1) };
  return { users: rows, before: candidates.length >= sought ? candidates.at(-1)?.id : undefined };
};
