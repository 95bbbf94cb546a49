import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** `npm run test:deep`: the same promises with the full counts. */
    isDeep: boolean;
    /** `npm run test:unit`: with so few that they are an answer while one waits. */
    isQuick: boolean;
    /** What a test that tries at random begins with, so that it can be tried again: `SEED=… npm run test:deep`. */
    seed: number;
  }
}

/**
 * How many times a test repeats what it tries: `few` in `npm test`, `many` in `npm run test:deep`, and a tenth of the few in
 * `npm run test:unit`.
 */
export const times = (few: number, many: number): number => {
  if (inject('isDeep')) return many;
  return inject('isQuick') ? Math.ceil(few / 10) : few;
};
