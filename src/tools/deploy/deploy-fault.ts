/** A reason to stop that one sentence tells, without a stack. */
export class DeployFault extends Error {}

/** There are no credentials at all: neither in the environment nor a login of wrangler's. */
export class NoCredentials extends DeployFault {}

/** Why a request did not get through: what lies beneath the fault that `fetch` throws. */
export const unreachedBecause = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};
