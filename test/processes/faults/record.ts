import { randomFrom } from '../../random.ts';

export type Counts = Record<string, number>;

/** What the faulty mailer has seen, for the test around it. */
export const record = {
  /** How often the provider has said yes, by address. */
  taken: {} as Counts,
  /** How often a provider that takes each key once would have sent, by address. */
  keyed: {} as Counts,
  /** How often the process died after the provider's yes and before the row was deleted, by address. */
  caught: {} as Counts,
  /** How often a service has said yes to an event that was not noted by whoever had sent it, by the service's id and the event's `seq`. */
  unnoted: {} as Counts,
  counts: {} as Counts,
  batches: 0,
  active: 0,
};

export type MailerRecord = typeof record;

export const add = (tally: Counts, key: string): void => {
  tally[key] = (tally[key] ?? 0) + 1;
};

let random: (() => number) | undefined;

/** The one source of chance of a Worker. */
export const randomOf = (env: { FAULT_SEED: string }): (() => number) => {
  random ??= randomFrom(Number(env.FAULT_SEED));
  return random;
};
