/** Every refusal that the entrypoint knows, and the sentence that tells it. */
export const REFUSALS = {
  NO_USER: 'There is no such user.',
  ACCOUNT_DELETED: 'The account is deleted; it can be restored within its grace period.',
  ACCOUNT_DEACTIVATED: 'The account is deactivated; it has to be reactivated first.',
  USER_DEACTIVATED: 'The account is deactivated; it has to be reactivated first.',
  EMAIL_NOT_VERIFIED: 'The address of the account is not verified.',
  ALREADY_VERIFIED: 'The address of the account is verified already.',
  NOT_LOCKED: 'Nothing is locked at this moment.',
  ALREADY_DEACTIVATED: 'The account is already deactivated.',
  ALREADY_ACTIVE: 'The account is already active.',
  NOT_DELETED: 'The account is not deleted.',
  GRACE_PERIOD_OVER: 'The grace period of the account is over; it is about to be erased.',
  ALREADY_ADMINISTRATOR: 'The user is already an administrator.',
  NO_ADMINISTRATOR: 'The user is no administrator.',
  LAST_ADMINISTRATOR: 'This is the last active administrator; nothing is done to that account unless it is forced.',
  NO_SECOND_FACTOR: 'The account has no second factor.',
  SAME_ADDRESS: 'That is the address of the account already.',
  ADDRESS_TAKEN: 'Another account has that address.',
  NO_FAILED_MAIL: 'There is no failed mail of that id.',
  NO_SERVICE: 'There is no such service.',
  NAME_TAKEN: 'There is a service of that name already.',
  ROTATED_RECENTLY: 'The pair before the last rotation still works.',
  NOTHING_IS_SENT: 'The service has no url: nothing is sent to it, and it goes on by itself when it asks.',
  KEY_TOO_YOUNG: 'What the older key has signed may still be in use.',
  KEY_IN_USE: 'What the older key has made is still in use.',
  INVALID_INPUT: 'The input is not valid.',
  FAULT: 'An unexpected error occurred.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** What a method of the entrypoint answers: plain data, also where it refuses. It never throws. */
export type Answer<Value> = { ok: true; value: Value } | { ok: false; code: RefusalCode; message: string };

/** A refusal on its way out of an operation. */
export class Refused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string = REFUSALS[code]) {
    super(message);
    this.code = code;
  }
}

const isRefusalCode = (text: string): text is RefusalCode => Object.hasOwn(REFUSALS, text);

/**
 * The result that was hoped for, of those that a function of the domain can come to; any other is thrown as its refusal.
 * One that has no sentence here is a fault, and never taken for success.
 */
export const requireOutcome = <Of extends { outcome: string }, Done extends Of['outcome']>(
  result: Of,
  done: Done,
): Extract<Of, { outcome: Done }> => {
  const { outcome } = result;
  if (outcome === done) return result as Extract<Of, { outcome: Done }>;
  throw isRefusalCode(outcome) ? new Refused(outcome) : new Error(`No sentence tells of the refusal ${outcome}.`);
};
