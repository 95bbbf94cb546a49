import { rmSync } from 'node:fs';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Sees to it that a file or folder with personal data is gone when this process ends, also by a signal. `keep` takes that back,
 * `remove` does it now.
 */
export const removeAtExit = (path: string): { keep: () => void; remove: () => void } => {
  const gone = (): void => rmSync(path, { recursive: true, force: true });
  const exit = (signal: NodeJS.Signals): void => process.exit(128 + constants.signals[signal]);
  process.once('exit', gone);
  for (const signal of SIGNALS) process.on(signal, exit);
  const keep = (): void => {
    process.off('exit', gone);
    for (const signal of SIGNALS) process.off(signal, exit);
  };
  const remove = (): void => {
    keep();
    gone();
  };
  return { keep, remove };
};
