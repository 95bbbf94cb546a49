import { canonicalEmail } from '../../accounts/users/email-address.ts';

/** Asks a database; each `?` takes one of the values, which Cloudflare's API wants as text. */
export type Query = <Row>(sql: string, ...values: string[]) => Promise<Row[]>;

type Spelt = { id: number; email: string };
/** An address in its canonical form, and the accounts that have it in another spelling. */
type Group = { address: string; accounts: Spelt[] };

/** What became of the accounts whose address is not in canonical form, by id: of those that stay, nothing was changed. */
export type BroughtOver = {
  /** Those whose address now is, or would be. */
  brought: number[];
  /** Those that are one account in different spellings, each list in the order of the ids. */
  doubles: number[][];
  /** Those whose address has no canonical form, so that nobody can sign in with it. */
  unusable: number[];
};

const ROWS_AT_ONCE = 10_000;
const CHANGES_AT_ONCE = 100;

// What the form before this one let through in another spelling, or at all: letters beyond ASCII, A-labels, encoded
// words and numbers for a top-level domain. The last row of a page is there to go on from.
const LOOKED_AT = "email GLOB '*[^ -~]*' OR email LIKE '%xn--%' OR instr(email, '=?') > 0 OR email LIKE '%.0x%'";
const PAGE = `
  WITH page AS (SELECT id, email, ${LOOKED_AT} AS looked_at
                FROM users WHERE id > ? ORDER BY id LIMIT ${ROWS_AT_ONCE})
  SELECT id, CASE WHEN looked_at THEN email END AS email FROM page
  WHERE looked_at OR id = (SELECT max(id) FROM page) ORDER BY id`;

// Only where the address still is the one that was read; where another account has the form already, UNIQUE keeps both.
const BRING = `
  UPDATE OR IGNORE users SET email = given.value ->> 'address' FROM json_each(?) AS given
  WHERE users.id = given.value ->> 'id' AND users.email = given.value ->> 'email' RETURNING users.id AS id`;

const HAS_USERS = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'users'`;
const HOLDERS = 'SELECT id, email FROM users WHERE email IN (SELECT value FROM json_each(?))';

/** The accounts whose address is in another form than the canonical one, by that form; undefined: it has none. */
const otherwiseSpelt = async (query: Query): Promise<Map<string | undefined, Spelt[]>> => {
  const found = new Map<string | undefined, Spelt[]>();
  for (let after = 0; ; ) {
    const page = await query<{ id: number; email: string | null }>(PAGE, String(after));
    for (const { id, email } of page) {
      if (email === null) continue;
      const address = canonicalEmail(email);
      if (address === email) continue;
      const accounts = found.get(address);
      if (accounts) accounts.push({ id, email });
      else found.set(address, [{ id, email }]);
    }
    const last = page.at(-1);
    if (!last) return found;
    after = last.id;
  }
};

/** Asks in portions with a list of each, as JSON. */
const askInPortions = async <Row>(query: Query, sql: string, list: readonly unknown[]): Promise<Row[]> => {
  const rows: Row[] = [];
  for (let start = 0; start < list.length; start += CHANGES_AT_ONCE) {
    rows.push(...(await query<Row>(sql, JSON.stringify(list.slice(start, start + CHANGES_AT_ONCE)))));
  }
  return rows;
};

/** Brings what nobody else has, and answers whose address it has changed. */
const bring = async (query: Query, groups: readonly Group[]): Promise<Set<number>> => {
  const alone = groups.flatMap(({ address, accounts }) => (accounts.length === 1 ? [{ address, ...accounts[0] }] : []));
  return new Set((await askInPortions<{ id: number }>(query, BRING, alone)).map(({ id }) => id));
};

/**
 * Brings every address into its canonical form. Where two accounts turn out to have one address, both stay as they are:
 * which of them is whose, people have to say. May be broken off and repeated at any time, while others sign up.
 */
export const bringAddressesOver = async (query: Query, dryRun = false): Promise<BroughtOver> => {
  if ((await query(HAS_USERS)).length === 0) return { brought: [], doubles: [], unusable: [] };
  const found = await otherwiseSpelt(query);
  const unusable = (found.get(undefined) ?? []).map(({ id }) => id);
  const groups = [...found].flatMap(([address, accounts]) => (address === undefined ? [] : [{ address, accounts }]));
  const brought = dryRun ? new Set<number>() : await bring(query, groups);

  const left = groups.filter(({ accounts: [first] }) => first && !brought.has(first.id));
  const addresses = left.map(({ address }) => address);
  const holders = new Map(
    (await askInPortions<Spelt>(query, HOLDERS, addresses)).map(({ id, email }) => [email, id] as const),
  );
  const together = left.map(({ address, accounts }) => {
    const holder = holders.get(address);
    return [...new Set([...(holder === undefined ? [] : [holder]), ...accounts.map(({ id }) => id)])];
  });
  // Without a dry run, one that is alone and was not brought over has changed meanwhile.
  const alone = together.filter((ids) => ids.length === 1).flat();
  const doubles = together.filter((ids) => ids.length > 1).map((ids) => ids.toSorted((a, b) => a - b));
  return { brought: dryRun ? alone : [...brought], doubles, unusable };
};

const listed = (ids: readonly number[]): string =>
  ids.length < 2 ? ids.join() : `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`;

/** What an operator hears of it, a line each. By id alone: it may land in a log. */
export const wordsOf = ({ brought, doubles, unusable }: BroughtOver, dryRun = false): string[] => {
  const problems = [
    ...doubles.map(
      (ids) => `  The accounts ${listed(ids)} have one address in different spellings; they stay as they are.`,
    ),
    ...unusable.map((id) => `  The account ${id} has an address that nobody can be written to; it stays as it is.`),
  ];
  const quiet =
    problems.length === 0 ? 'all are in their canonical form' : 'none can be brought into its canonical form';
  const done = `${brought.length} ${dryRun ? 'would be brought' : 'brought'} into canonical form`;
  return [
    `Addresses: ${brought.length === 0 ? quiet : done}`,
    ...problems,
    ...(problems.length === 0 ? [] : ['  What to do is in docs/administration.md, "One address, two accounts".']),
  ];
};
