import { type SQL, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { batch, type Database } from '../../../drizzle/client.ts';
import { faultOf, log } from '../../workers/log.ts';
import { everyAddressHash, hashAddress, type MacKeys, openToken } from '../tokens/signed-token.ts';
import { type AttemptKey, abandonAttempts, beginAttempt } from './login-attempt.ts';

/** Whose tries are counted, of an address and a browser: `deviceToken` counts where it was made for this address. */
export const attemptKey = (keys: MacKeys, email: string, deviceToken: string | undefined): AttemptKey => {
  const [addressHash, device] = deviceToken === undefined ? [] : (openToken(keys, 'device', deviceToken) ?? []);
  const isOurs = addressHash !== undefined && everyAddressHash(keys, email).includes(addressHash);
  return { addressHash: hashAddress(keys, email), device: (isOurs && device) || '' };
};

// Checks of other requests may be under way that turn out right and give their place back; it is waited for.
const PATIENCE_MS = [50, 100, 200, 400, 800, 1600, 3200];

// Checks that the database broke off and has not had back yet, by address and device. The work behind the answer gives
// them back within seconds; after a longer outage the next check that comes to this isolate brings them along.
const brokenOff = new Map<string, number>();
const MOST_BROKEN_OFF = 10_000;

const nameOf = ({ addressHash, device }: AttemptKey): string => `${addressHash} ${device}`;

const noteBrokenOff = (key: AttemptKey, checks: number): void => {
  const known = brokenOff.get(nameOf(key)) ?? 0;
  if (checks > 0 && (known > 0 || brokenOff.size < MOST_BROKEN_OFF)) brokenOff.set(nameOf(key), known + checks);
};

/** Takes them, so that they are given back once; where `run`, which gives them back, fails, they are still to be given back. */
const givingBack = async <Result>(key: AttemptKey, run: (checks: number) => Promise<Result>): Promise<Result> => {
  const checks = brokenOff.get(nameOf(key)) ?? 0;
  brokenOff.delete(nameOf(key));
  try {
    return await run(checks);
  } catch (error) {
    noteBrokenOff(key, checks);
    throw error;
  }
};

/** Who is to be checked and how they are found; of a caller also under which condition, and whether what was found tells that it does not hold. */
export type Candidate<Found> = {
  email: string;
  find: (now: Date) => BatchItem<'sqlite'> & { _: { result: Found[] } };
  may?: (now: Date) => SQL;
  isRefused?: (found: Found | undefined) => boolean;
};

/** Whether the check is counted and may be made; else after how many seconds it is worth another try. */
export type Admission<Found> = { found: Found | undefined } & (
  | { isAdmitted: true }
  | { isAdmitted: false; retryAfterSeconds: number }
);

const secondsUntil = (until: Date, now: Date): number =>
  Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));

/**
 * Counts a check before it is made, as soon as there is a place for it, and finds in the same trip whom it is about. `clock`
 * is read again while the call waits for its turn.
 */
export const admit = async <Found>(
  db: Database,
  key: AttemptKey,
  { email, find, may = () => sql`true`, isRefused = () => false }: Candidate<Found>,
  clock: () => Date,
): Promise<Admission<Found>> => {
  let found: Found | undefined;
  for (const wait of [...PATIENCE_MS, 0]) {
    const now = clock();
    const {
      admitted,
      state: [state],
      found: rows,
    } = await givingBack(key, (checks) =>
      batch(db, {
        ...(checks > 0 ? { abandoned: abandonAttempts(db, key, checks) } : {}),
        ...beginAttempt(db, key, email, may(now), now),
        found: find(now),
      }),
    );
    [found] = rows as Found[];
    if (admitted.length === 1) return { found, isAdmitted: true };
    const lockedUntil = state?.lockedUntil ?? now;
    if (lockedUntil > now) return { found, isAdmitted: false, retryAfterSeconds: secondsUntil(lockedUntil, now) };
    if (isRefused(found)) return { found, isAdmitted: false, retryAfterSeconds: 1 };
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return { found, isAdmitted: false, retryAfterSeconds: 1 };
};

// The waits between the tries to give checks back; what runs behind an answer has half a minute.
const GIVING_BACK_MS = [100, 400, 1600, 6400, 6400, 6400];

/** Gives back what the database did not let come to its end. Never rejects; what fails is left to the next check. */
const giveBack = async (db: Database, key: AttemptKey): Promise<void> => {
  for (const wait of [...GIVING_BACK_MS, 0]) {
    try {
      if (brokenOff.has(nameOf(key))) await givingBack(key, async (checks) => abandonAttempts(db, key, checks));
      return;
    } catch (error) {
      log('warn', 'login-attempt-not-given-back', { fault: faultOf(error) });
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
};

/** Runs work behind the answer. */
export type Later = (work: Promise<void>) => void;

/**
 * Runs a check from its admission to its end. Rejects where the database does not answer, and has the check given back by
 * `later`: what is no failure of the owner's is not counted as one.
 */
export const counted = async <Result>(
  db: Database,
  key: AttemptKey,
  later: Later,
  check: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await check();
  } catch (error) {
    noteBrokenOff(key, 1);
    later(giveBack(db, key));
    throw error;
  }
};
