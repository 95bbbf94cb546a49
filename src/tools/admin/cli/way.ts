import type { SlotDigests } from '../../../accounts/tokens/key-slots.ts';
import type { Answer } from '../../../api/admin/answer.ts';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';

/** A way to the entrypoint. Where it leads nowhere, a call throws a `CliFault` that says why. */
export type Way = {
  call: <Value>(question: (admin: AdminClient) => Promise<Answer<Value>>) => Promise<Answer<Value>>;
  /** Which keys the mailer has; empty where that is told elsewhere. */
  keysOfMailer: () => Promise<SlotDigests>;
  close: () => Promise<void>;
};
