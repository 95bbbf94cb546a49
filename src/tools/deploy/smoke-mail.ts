import { randomUUID } from 'node:crypto';
import type { Query } from '../migrations/addresses.ts';
import { DeployFault, unreachedBecause } from './deploy-fault.ts';

// A mail that the provider takes leaves within seconds; one that waits for the run of the next minutes was not taken up.
const LEAVES_WITHIN_MS = 60_000;
const POLL_MS = 1000;
const ANSWER_WITHIN_MS = 15_000;

type Waiting = { id: number; failure: string | null };

/** The wishes for mails to an address that were granted within the last day, which tell whether one was just now. */
const grantedTo = async (query: Query, to: string): Promise<number> => {
  const [row] = await query<{ n: number }>(
    'SELECT count(*) AS n FROM mail_requests WHERE user_id = (SELECT id FROM users WHERE email = ?)',
    to,
  );
  return row?.n ?? 0;
};

const newestMail = async (query: Query): Promise<number> => {
  const [row] = await query<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
  return row?.seq ?? 0;
};

/** The mails to an address behind `since` that have not left. */
const waitingFor = (query: Query, to: string, since: number): Promise<Waiting[]> =>
  query<Waiting>(
    'SELECT id, failure FROM outbox WHERE user_id = (SELECT id FROM users WHERE email = ?) AND id > CAST(? AS INTEGER)',
    to,
    String(since),
  );

/** Signs the address up, which queues a mail to it whatever has become of it before. */
const askForMail = async (address: string, to: string): Promise<void> => {
  const path = '/api/v1/auth/signup';
  const answer = await fetch(new URL(path, address), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: to, password: randomUUID(), accepted_terms: true }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch((error: unknown) => {
    throw new DeployFault(
      `The smoke test failed at ${address}: ${path} cannot be reached (${unreachedBecause(error)}).`,
    );
  });
  if (answer.status !== 201)
    throw new DeployFault(`The smoke test failed at ${address}: ${path} answered ${answer.status}.`);
};

/**
 * Sees a mail leave: asks the deployed API for one to the operator's own address, and looks in the database (`query`) until
 * its row is gone, which it is once the provider has taken it. Throws where it fails or stays. What becomes of it behind the
 * provider nobody sees here. An address that has had its share of mails gets none, and that is said.
 */
export const seeMailLeave = async (
  address: string,
  to: string,
  query: Query,
  say: (line: string) => void,
  withinMs = LEAVES_WITHIN_MS,
): Promise<void> => {
  const [since, granted] = [await newestMail(query), await grantedTo(query, to)];
  await askForMail(address, to);
  if ((await grantedTo(query, to)) <= granted) {
    return say('  no mail was tried: the address has had its three of an hour, or ten of a day');
  }
  for (const deadline = Date.now() + withinMs; ; ) {
    const [mail] = await waitingFor(query, to, since);
    if (!mail) return say('  a mail leaves');
    if (mail.failure !== null)
      throw new DeployFault(
        `The smoke test failed at ${address}: the mail ${mail.id} did not leave (${mail.failure}); docs/operating.md says why that is.`,
      );
    if (Date.now() >= deadline)
      throw new DeployFault(
        `The smoke test failed at ${address}: nobody has sent the mail ${mail.id} within ${withinMs / 1000} seconds; docs/operating.md says where to look.`,
      );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};
