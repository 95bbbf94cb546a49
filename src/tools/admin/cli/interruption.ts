import { setImmediate as turn } from 'node:timers/promises';

/** Says whether somebody wants a long work to stop; it is asked between two steps. */
export type Interruption = () => Promise<boolean>;

/** The first Ctrl-C lets a long work end in order, the second ends it at once. */
export const interruption = (): Interruption => {
  let wanted = false;
  const stop = (): void => {
    if (wanted) process.exit(1);
    wanted = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The way to the Worker has a listener that would end this process in the middle of a step.
    process.removeAllListeners(signal).on(signal, stop);
  }
  return async () => {
    // Calls over wrangler's proxy block the event loop, and between them nothing but microtasks runs: a signal would not be heard.
    await turn();
    return wanted;
  };
};
