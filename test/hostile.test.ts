import fc from 'fast-check';
import { Hono } from 'hono';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { readPicture } from '../src/accounts/profile/picture.ts';
import { app } from '../src/api/app.ts';
import type { AppEnv } from '../src/api/http/env.ts';
import { validateQuery } from '../src/api/http/validate.ts';
import { canonicalOrigin } from '../src/workers/settings.ts';
import { type AppRoute, appRoutes } from './app-routes.ts';
import { call, newAccount, rows } from './client.ts';
import { times } from './depth.ts';
import { type Cast, newCast, replaceTheLost } from './hostile/cast.ts';
import { expectKept, type Kept, listen } from './hostile/promises.ts';
import { PARTS, type Request, requestsTo } from './hostile/request.ts';
import { shown } from './hostile/sent.ts';
import { joined, picture } from './picture.ts';

// Whatever is sent to a route of the app gets an answer that the document promises, that tells nothing it should not, and for
// which others have to do no more than for anybody.

const WANTED = times(280, 50_000);
const TO_A_ROUTE = times(8, 30);
const MOST_FLAWS = 20;
// To make what hangs small takes as often as long as a hang.
const LONGEST_MS = 300_000;

/** How often each came about: a part of a request that was hostile, a status that was answered, a request that cannot be sent. */
const counts: Record<'parts' | 'statuses' | 'unsendable', Record<string, number>> = {
  parts: {},
  statuses: {},
  unsendable: {},
};
/** The most that one request had others do. */
const most: Record<string, number> = {};
let sent = 0;

const count = (of: Record<string, number>, name: string): void => {
  of[name] = (of[name] ?? 0) + 1;
};

const note = (parts: Request['parts'], kept: Kept | undefined): void => {
  if (!kept) count(counts.unsendable, parts.join(' '));
  if (!kept) return;
  sent += 1;
  for (const part of parts) count(counts.parts, part);
  count(counts.statuses, String(kept.status));
  for (const [of, number] of Object.entries(kept.work)) most[of] = Math.max(most[of] ?? 0, number);
};

const again = (seed: number): string =>
  `Again by: SEED=${seed} ${inject('isDeep') ? 'npm run test:deep' : 'npm test'} -- test/hostile.test.ts`;

/** What of a route's answers breaks a promise, with the request that shows it; undefined where nothing does. */
const flawOf = async (cast: Cast, route: AppRoute, seed: number): Promise<string | undefined> => {
  const property = fc.asyncProperty(requestsTo(route), async ({ parts, make }) => {
    const request = await make(cast);
    try {
      note(parts, await expectKept(request));
    } catch (error) {
      throw new Error(`${shown(request)}\n→ ${error instanceof Error ? error.message : error}`);
    } finally {
      if (request.method !== 'GET') await replaceTheLost(cast);
    }
  });
  const found = await fc.check(property, { seed, numRuns: TO_A_ROUTE, interruptAfterTimeLimit: LONGEST_MS });
  if (!found.failed) return undefined;
  const [{ parts } = { parts: [] }] = found.counterexample ?? [];
  const what = `${route.method} ${route.pattern}, hostile: ${parts.join(', ')}`;
  return [again(seed), what, (found.errorInstance as Error).message].join('\n');
};

describe('whatever is sent', () => {
  it(
    `gets an answer that keeps every promise, from every route (SEED=${inject('seed')})`,
    async () => {
      const say = console.log;
      listen();
      const cast = await newCast();
      const flaws: string[] = [];
      for (let seed = inject('seed'); sent < WANTED && flaws.length < MOST_FLAWS; seed += 1) {
        for (const route of appRoutes()) {
          const flaw = await flawOf(cast, route, seed);
          if (flaw) flaws.push(flaw);
          if (flaw && inject('isDeep')) say(flaw);
        }
        // A run of hours says how far it is.
        if (inject('isDeep')) say(`${sent} requests, up to SEED=${seed}: ${JSON.stringify({ ...counts, most })}`);
      }
      if (flaws.length > 0) throw new Error(flaws.join('\n\n'));
      expect(Object.keys(counts.parts).sort()).toEqual([...PARTS].sort());
    },
    times(300_000, 6 * 3600_000),
  );
});

// What was found to take more of the CPU than a plain request, each by what it did so often.
describe('the work for what is long or broken', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is small for a path: it is decoded once, and looked at as far as paths reach', async () => {
    const decodings = vi.spyOn(globalThis, 'decodeURI');
    const matched = vi.spyOn(app.router, 'match');
    for (const path of [
      `/${'%ffa'.repeat(3000)}`,
      `/${'a/'.repeat(7000)}`,
      `/api/v1/auth/login${'%20'.repeat(4000)}`,
    ]) {
      expect((await call('GET', path)).status).toBe(404);
    }
    // The answer's path is read once more, to hold it to the document.
    expect(decodings.mock.calls.length).toBeLessThanOrEqual(6);
    expect(Math.max(...matched.mock.calls.map(([, path]) => path.length))).toBeLessThan(1600);
  });

  it('leaves a path what it is', async () => {
    expect((await call('GET', '/%68ealth')).status).toBe(200);
    for (const path of ['/health%ff', '/health%', `/health${'%20'.repeat(300)}`])
      expect((await call('GET', path)).status).toBe(404);
    const { id, token } = await newAccount();
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", id);
    for (const part of ['%ff', '%', '%2525', '1%', `1${'%30'.repeat(900)}`, `1${'0'.repeat(900)}`]) {
      const answer = await call('GET', `/api/v1/users/${part}`, { token });
      expect([part, answer.status, answer.body.message]).toEqual([part, 404, 'User not found']);
    }
    expect((await call('GET', `/api/v1/users/%3${String(id)[0]}${String(id).slice(1)}`, { token })).status).toBe(200);
  });

  it('is small for a query: what cannot be decoded stands for nothing, and a name for what it says', async () => {
    const asked = z.object({ a: z.string(), b: z.optional(z.array(z.string())) });
    const echo = new Hono<AppEnv>().get('/', validateQuery(asked), (c) => c.json(c.req.valid('query')));
    const read = async (query: string) => (await echo.request(`/?${query}`)).json();
    expect(await read('a=%ffb%')).toEqual({ a: '\ufffdb%' });
    expect(await read('%61=1+2&b=%C3%A9&b=&__proto__=c&__proto__=d&toString=e')).toEqual({ a: '1 2', b: ['é', ''] });
    expect(await read('a=')).toEqual({ a: '' });
  });

  it('is small for languages: no more is heard of them than browsers send', async () => {
    const languageFor = async (header: string) =>
      (await call('GET', '/verify-email', { headers: { 'Accept-Language': header } })).headers.get('Content-Language');
    expect(await languageFor(`${'xx,'.repeat(100)}de`)).toBe('de');
    expect(await languageFor(`${'xx,'.repeat(300)}de`)).toBe('en');
    expect(await languageFor('de;q=0,fr;q=0.5,ja;q=0.7')).toBe('ja');
  });

  it('is small for a bearer: what is too long for a token is not taken apart', async () => {
    const parsed = vi.spyOn(JSON, 'parse');
    const head = Buffer.from('['.repeat(30_000)).toString('base64url');
    for (const token of [`${head}.e30.AAAA`, '.'.repeat(60_000)])
      expect((await call('GET', '/api/v1/users/me', { token })).status).toBe(401);
    expect(Math.max(0, ...parsed.mock.calls.map(([text]) => (text.startsWith('[') ? text.length : 0)))).toBe(0);
  });

  it('is small for cookies: of one name as many are looked at as a browser may send', async () => {
    const { cookie } = await newAccount();
    const behind = (others: number): Promise<{ status: number }> =>
      call('POST', '/api/v1/auth/refresh-token', {
        cookie: `${'__Secure-refresh_token=1.1.a.1.b; '.repeat(others)}${cookie}`,
      });
    expect((await behind(19)).status).toBe(200);
    expect((await behind(20)).status).toBe(401);
  });

  it('is small for an origin: none is longer than a name of a host can be', () => {
    expect(canonicalOrigin(`https://${'a.'.repeat(120)}example`)).toBeDefined();
    expect(canonicalOrigin(`https://${'a.'.repeat(150)}example`)).toBeUndefined();
  });

  it('is small for JSON: a thousand brackets within each other are read, and no more', async () => {
    const codeFor = async (more: string): Promise<string> => {
      const body = `{"token":"a","more":${more}}`;
      const headers = { 'Content-Type': 'application/json' };
      return (await call('POST', '/api/v1/auth/verify-email', { body, headers })).body.code;
    };
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const parsed = vi.spyOn(JSON, 'parse');
    const closedInQuotes = `["${']'.repeat(500)}",${nested(1000)}]`;
    for (const more of [nested(30_000), '{"a":'.repeat(10_000), `["\\"",${nested(1000)}]`, closedInQuotes]) {
      expect(await codeFor(more)).toBe('MALFORMED_JSON');
    }
    expect(parsed.mock.calls.filter(([text]) => text.includes('"token"'))).toEqual([]);
    for (const more of [nested(999), JSON.stringify(`\\"${nested(5000)}`), `[${'[],{},'.repeat(5000)}1]`]) {
      expect(await codeFor(more)).toBe('INVALID_TOKEN');
    }
  });

  it('is small for a name: one that is too long whatever is put together is not put in order', async () => {
    const { token } = await newAccount();
    const renamed = (full_name: string) => call('PATCH', '/api/v1/users/me', { token, json: { full_name } });
    const normalized = vi.spyOn(String.prototype, 'normalize');
    expect((await renamed('\u0301\u0316'.repeat(2000))).status).toBe(400);
    expect(Math.max(0, ...normalized.mock.contexts.map((text) => String(text).length))).toBeLessThan(1100);
    // Each letter of four code points, and what nobody sees beside it.
    const longest = '\u03b1\u0313\u0300\u0345'.repeat(255);
    expect((await renamed(`  ${longest}${'\u200b'.repeat(2900)}`)).body.full_name).toBe('\u1f82'.repeat(255));
    expect((await renamed(`${longest}a`)).status).toBe(400);
  });

  it('is small for a picture: one of more chunks than any has is none', () => {
    const file = picture('lossless.webp');
    const withMore = (count: number): Uint8Array => {
      const bytes = joined(file, new Uint8Array(Buffer.alloc(8 * count, 'ABCD\0\0\0\0')));
      new DataView(bytes.buffer).setUint32(4, bytes.length - 8, true);
      return bytes;
    };
    expect(readPicture(withMore(124_999))).toMatchObject({ type: 'image/webp', width: 96 });
    expect(readPicture(withMore(125_000))).toBeUndefined();
  });
});
