/** A reason not to start that the person who started can do something about; its message is one sentence for them. */
export class StartFault extends Error {}
