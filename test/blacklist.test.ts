import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { blacklist, isBlacklisted } from '../src/accounts/blacklist.ts';
import { randomId } from '../src/accounts/signed-token.ts';
import { failing } from './client.ts';

const NOW = new Date();
const inSeconds = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

afterEach(() => vi.restoreAllMocks());

/** The entries that are written, with the seconds that each lives. */
const entriesOf = async (...parts: Parameters<typeof blacklist> extends [unknown, ...infer Rest] ? Rest : never) => {
  const puts = vi.spyOn(env.REVOKED_TOKENS, 'put');
  await blacklist(env.REVOKED_TOKENS, ...parts);
  return puts.mock.calls.map(([key, value, options]) => [key, value, options?.expirationTtl]);
};

describe('the blacklist', () => {
  it('names every ended session for as long as an access token lives, and a token for the rest of its life', async () => {
    expect(await entriesOf(['one', 'two'], { jti: 'token', expiresAt: inSeconds(300.5) }, NOW)).toEqual([
      ['sid:one', '1', 900],
      ['sid:two', '1', 900],
      ['jti:token', '1', 301],
    ]);
  });

  it('keeps an entry for a minute at the least, which is what KV can do', async () => {
    expect(await entriesOf([], { jti: 'short', expiresAt: inSeconds(5) }, NOW)).toEqual([['jti:short', '1', 60]]);
    expect(await entriesOf([], { jti: 'past', expiresAt: inSeconds(-5) }, NOW)).toContainEqual(['jti:past', '1', 60]);
  });

  it('knows a token by itself or by its session, and no other', async () => {
    const [jti, sessionId] = [randomId(), randomId()];
    expect(await isBlacklisted(env.REVOKED_TOKENS, { jti, sessionId })).toBe(false);
    await blacklist(env.REVOKED_TOKENS, [sessionId]);
    expect(await isBlacklisted(env.REVOKED_TOKENS, { jti, sessionId })).toBe(true);
    expect(await isBlacklisted(env.REVOKED_TOKENS, { jti: sessionId, sessionId: jti })).toBe(false);
    await blacklist(env.REVOKED_TOKENS, [], { jti, expiresAt: inSeconds(100) });
    expect(await isBlacklisted(env.REVOKED_TOKENS, { jti, sessionId: randomId() })).toBe(true);
  });

  it('is asked in one read', async () => {
    const reads = vi.spyOn(env.REVOKED_TOKENS, 'get');
    await isBlacklisted(env.REVOKED_TOKENS, { jti: 'a', sessionId: 'b' });
    expect(reads.mock.calls.map(([keys]) => keys)).toEqual([['jti:a', 'sid:b']]);
  });

  it('that does not answer knows nobody and takes nothing, and says so in the log alone', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const away = failing<KVNamespace>('KV PUT failed: 500 Internal Server Error');
    expect(await isBlacklisted(away, { jti: 'a', sessionId: 'b' })).toBe(false);
    await expect(blacklist(away, ['one', 'two'], { jti: 'c', expiresAt: NOW })).resolves.toBeUndefined();
    expect(warned.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
      { event: 'blacklist-read-failed' },
      { event: 'blacklist-write-failed', entries: 3 },
    ]);
  });
});
