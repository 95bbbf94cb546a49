import type { Query } from './addresses.ts';

/** Passkeys that a host leaves behind: for which host they were made, how many there are, and how many people have them. */
export type LeftBehind = { host: string; passkeys: number; people: number };

const HAS_PASSKEYS = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'passkeys'`;
const HOSTS = `
  SELECT rp_id AS host, count(*) AS passkeys, count(DISTINCT user_id) AS people FROM passkeys GROUP BY rp_id ORDER BY 2 DESC`;

/**
 * The passkeys that would open nothing where `APP_URL` has this host: a browser gives one only to the host for which it was
 * made. `isKnown` is whether there are passkeys of this host already, so that nobody is surprised any more.
 */
export const passkeysElsewhere = async (
  query: Query,
  appUrl: string,
): Promise<{ left: LeftBehind[]; host: string; isKnown: boolean }> => {
  const host = new URL(appUrl).hostname;
  const hosts = (await query(HAS_PASSKEYS)).length > 0 ? await query<LeftBehind>(HOSTS) : [];
  const left = hosts.filter((one) => one.host !== host);
  return { left, host, isKnown: left.length < hosts.length };
};

const many = (n: number, one: string, more: string): string => `${n} ${n === 1 ? one : more}`;

/** The same in a sentence; undefined where there is nothing to tell. */
export const wordsOfPasskeys = (left: readonly LeftBehind[], host: string): string | undefined => {
  if (left.length === 0) return undefined;
  const each = left.map(
    ({ host, passkeys, people }) =>
      `${many(passkeys, 'passkey', 'passkeys')} of ${many(people, 'user', 'users')} for ${host}`,
  );
  return `APP_URL is of ${host}, where these open nothing: ${each.join(', ')}.`;
};
