import { setTimeout as wait } from 'node:timers/promises';
import { MINUTE_MS } from '../../workers/duration.ts';

/** Waits until a time (ms since the epoch), and rejects where `stop` aborts before. */
const until = (time: number, stop: AbortSignal): Promise<void> => wait(time - Date.now(), undefined, { signal: stop });

/** Fires the scheduled run of the copy at an address at every full minute, as cron does, until `stop` aborts. */
export const fireSchedule = async (
  address: string,
  stop: AbortSignal,
  { everyMs = MINUTE_MS, waitUntil = until }: { everyMs?: number; waitUntil?: typeof until } = {},
): Promise<never> => {
  const next = (): number => (Math.floor(Date.now() / everyMs) + 1) * everyMs;
  // A timer may go off a moment early; the same minute must not count twice.
  for (let due = next(); ; due = Math.max(due + everyMs, next())) {
    await waitUntil(due, stop);
    // Not awaited: a run that takes long does not put off the next one.
    void fire(address, stop);
  }
};

const fire = async (address: string, stop: AbortSignal): Promise<void> => {
  try {
    const answer = await fetch(`${address}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`, { signal: stop });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  } catch (error) {
    if (!stop.aborted) console.error(`The scheduled run failed: ${(error as Error).message}.`);
  }
};
