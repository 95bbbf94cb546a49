/** What is put right after a restore, in this order. */
export const PHASES = [
  ...(['ids', 'tokens', 'sessions', 'erased'] as const),
  ...(['verifications', 'passwords', 'factors', 'suspensions', 'deletions', 'roles', 'addresses'] as const),
] as const;

export type Phase = (typeof PHASES)[number];

/** How far the work has come; it is handed back to go on. */
export type Progress = { phase: Phase; after?: string | undefined };

/** Where the work begins. */
export const AFTER_RESTORE_START: Progress = { phase: PHASES[0] };
