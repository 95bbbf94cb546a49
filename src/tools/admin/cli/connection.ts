import type { SlotDigests } from '../../../accounts/tokens/key-slots.ts';
import type { Answer } from '../../../api/admin/answer.ts';
import type { AdminClient } from '../../../api/admin/entrypoint.ts';
import { CliFault } from './cli-fault.ts';
import type { Way } from './way.ts';

/** A connection to the API Worker: the copy that runs on this machine, or the deployed one. */
export type Connection = {
  /** Asks the entrypoint; a refusal, and a Worker that cannot be reached, throw as `CliFault`. */
  ask: <Value>(question: (admin: AdminClient) => Promise<Answer<Value>>) => Promise<Value>;
  /** Which keys the mailer has, by digests; empty on this machine, where `npm start` compares the files. */
  keysOfMailer: () => Promise<SlotDigests>;
  close: () => Promise<void>;
};

// wrangler takes a second to load, and only the way to a deployment needs it.
const openWay = async (deployment: string | undefined): Promise<Way> =>
  deployment === undefined
    ? (await import('./local-copy.ts')).openLocalCopy()
    : (await import('./deployed.ts')).openDeployed(deployment);

/** Opens the way to the Worker that is meant: that of a deployment, or of the copy on this machine. */
export const connect = async (deployment?: string): Promise<Connection> => {
  const way = await openWay(deployment);
  return {
    ask: async (question) => {
      const answer = await way.call(question);
      if (answer.ok) return answer.value;
      throw new CliFault(answer.message, answer.code);
    },
    keysOfMailer: way.keysOfMailer,
    close: way.close,
  };
};
