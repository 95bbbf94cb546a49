/** A reason to stop that one sentence tells, without a stack. */
export class DeployFault extends Error {}

/** Why a request did not get through: what lies beneath the fault that `fetch` throws. */
export const unreachedBecause = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};
