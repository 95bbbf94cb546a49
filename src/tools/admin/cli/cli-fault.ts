import type { RefusalCode } from '../../../api/admin/answer.ts';

/** Why a command did not do what it was asked to: one sentence for who asked, and the code where the Worker refused. */
export class CliFault extends Error {
  readonly code: RefusalCode | undefined;

  constructor(message: string, code?: RefusalCode) {
    super(message);
    this.code = code;
  }
}
