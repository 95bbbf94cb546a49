import type { Answer } from '../../../api/admin/answer.ts';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';

/** A way to the entrypoint. Where it leads nowhere, a call throws a `CliFault` that says why. */
export type Way = {
  call: <Value>(question: (admin: AdminClient) => Promise<Answer<Value>>) => Promise<Answer<Value>>;
  close: () => Promise<void>;
};
