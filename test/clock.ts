import { afterEach, vi } from 'vitest';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Moves the clock of the Worker on; the next test has the real one again. Timers keep running as they do. */
export const passTime = (ms: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
};

afterEach(() => {
  vi.useRealTimers();
});
