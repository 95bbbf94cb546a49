import { vi } from 'vitest';
import { DEADLINE_MS } from '../src/workers/deadline.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Moves the clock of the Worker on; the next test has the real one again. Timers keep running as they do. */
export const passTime = (ms: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
};

/**
 * Lets nothing wait that would wait for less than a body may take: a part that stays away is tried again at once. A part that
 * is only slow has its time.
 */
export const waitForNothing = (): void => {
  const real = setTimeout;
  const deadlines: number[] = Object.values(DEADLINE_MS);
  const hurried = (run: () => void, ms = 0) => real(run, ms < 30 * SECOND && !deadlines.includes(ms) ? 0 : ms);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(hurried as typeof setTimeout);
};
