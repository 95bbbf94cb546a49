/**
 * Why a mail did not leave: the provider's code and nothing else, since its words may name the address. Permanent:
 * this recipient will never be reached, and trying again is of no use.
 */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  readonly code: string;
  readonly isPermanent: boolean;

  constructor(code: string, isPermanent = false) {
    super(`The mail was not taken: ${code}`);
    this.code = code;
    this.isPermanent = isPermanent;
  }
}
