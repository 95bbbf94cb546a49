import type { Parameter } from './operation.ts';

/** How much a page of an administrators' list holds. */
export const LIMIT_PARAMETER: Parameter = {
  description: 'How many a page holds at most.',
  schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
};
