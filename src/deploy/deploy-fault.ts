/** A reason to stop that one sentence tells, without a stack. */
export class DeployFault extends Error {}
