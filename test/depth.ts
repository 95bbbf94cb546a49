import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** `npm run test:deep`: the same promises with the full counts. */
    isDeep: boolean;
  }
}

/** How many times a test repeats what it tries: `few` in `npm test`, `many` in `npm run test:deep`. */
export const times = (few: number, many: number): number => (inject('isDeep') ? many : few);
