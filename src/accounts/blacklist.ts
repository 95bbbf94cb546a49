import { faultOf, log } from '../log.ts';
import { ACCESS_TOKEN_LIFETIME_S } from './access-token.ts';

// | key         | value | lives                                   | meaning                              |
// | `sid:<id>`  | `1`   | 15 minutes, as long as an access token  | the session has ended                |
// | `jti:<id>`  | `1`   | the token's remaining life, at least 60 s | the token was handed back at logout |
//
// A hint, for services that verify tokens offline. KV needs a minute and more to spread and caches "not found", so
// nothing here rests on it: the session's row in the database decides.

const KV_MIN_TTL_S = 60;

/** Whether the blacklist already knows the token or its session. KV failing says no: the database is asked as well. */
export const isBlacklisted = async (
  blacklist: KVNamespace,
  token: { jti: string; sessionId: string },
): Promise<boolean> => {
  try {
    const found = await blacklist.get([`jti:${token.jti}`, `sid:${token.sessionId}`]);
    return [...found.values()].some((value) => value !== null);
  } catch (error) {
    log('warn', 'blacklist-read-failed', { fault: faultOf(error) });
    return false;
  }
};

/**
 * Tells the blacklist of sessions that have ended, and of a token that was handed back. Runs after the answer; a
 * failure is logged and changes nothing, since the sessions are gone from the database. Never rejects.
 */
export const blacklist = async (
  namespace: KVNamespace,
  sessionIds: readonly string[],
  token?: { jti: string; expiresAt: Date },
  now = new Date(),
): Promise<void> => {
  const put = (key: string, ttl: number) =>
    namespace.put(key, '1', { expirationTtl: Math.max(KV_MIN_TTL_S, Math.ceil(ttl)) });
  const results = await Promise.allSettled([
    ...sessionIds.map((id) => put(`sid:${id}`, ACCESS_TOKEN_LIFETIME_S)),
    ...(token ? [put(`jti:${token.jti}`, (token.expiresAt.getTime() - now.getTime()) / 1000)] : []),
  ]);
  const failed = results.filter((result) => result.status === 'rejected');
  if (failed.length > 0)
    log('warn', 'blacklist-write-failed', { entries: failed.length, fault: faultOf(failed[0]?.reason) });
};
