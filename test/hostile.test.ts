import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { type AppRoute, appRoutes } from './app-routes.ts';
import { times } from './depth.ts';
import { type Cast, newCast, replaceTheLost } from './hostile/cast.ts';
import { expectKept, type Kept, listen } from './hostile/promises.ts';
import { PARTS, type Request, requestsTo } from './hostile/request.ts';
import { shown } from './hostile/sent.ts';

// Whatever is sent to a route of the app gets an answer that the document promises, that tells nothing it should not, and for
// which others have to do no more than for anybody.

const WANTED = times(360, 50_000);
const TO_A_ROUTE = times(10, 30);
const MOST_FLAWS = 20;

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
  const found = await fc.check(property, { seed, numRuns: TO_A_ROUTE });
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
