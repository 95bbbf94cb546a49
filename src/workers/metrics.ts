import { faultOf, log } from './log.ts';

// What a data point holds, by its place, for SQL knows it by no other name. `double1` is how often it happened.
//
// | blob1     | blob2             | blob3                          | blob4              | double2         | double3      |
// | --------- | ----------------- | ------------------------------ | ------------------ | --------------- | ------------ |
// | `request` | the route         | the method                     | the refusal's code | the status      | milliseconds |
// | `act`     | what was done     | `http`, `script` or `schedule` |                    |                 |              |
// | `mail`    | what became of it | its kind                       | the failure's code | ms since queued | tries        |
// | `push`    | what became of it | the failure's code             |                    | ms since the event | tries     |
// | `run`     |                   |                                |                    | failed steps    | milliseconds |
// | `backlog` |                   |                                |                    | its gauges, in the order of `Backlog` in src/accounts/backlog.ts |
//
// `index1` is the key of sampling and nothing else: where one is written too often, a point stands for several, as its
// `_sample_interval` says. It is the code of a refusal, the method and route of any other request, and for the rest the
// first two blobs. So a flood of one refusal thins out no other, and what is rare is kept whole.

/** The dataset as it is bound: both Workers write to the same one. */
type Dataset = AnalyticsEngineDataset;

/**
 * Writes one data point. The only way to the dataset, so that one look tells what can reach it: patterns, codes, kinds
 * and numbers; never a token, an address, a name, an id or a path. Waits for nothing and never throws.
 */
const write = (dataset: Dataset, index: string, blobs: readonly string[], doubles: readonly number[]): void => {
  try {
    dataset.writeDataPoint({ indexes: [index], blobs: [...blobs], doubles: [...doubles] });
  } catch (error) {
    log('warn', 'metric-lost', { metric: blobs[0], fault: faultOf(error) });
  }
};

/** How a request was answered: a refusal has a code, and a sign-in the route of it. `route` is a pattern. */
export type Answered = { route: string; method: string; code?: string | undefined; status: number; ms: number };

export const countRequest = (dataset: Dataset, { route, method, code, status, ms }: Answered): void =>
  write(dataset, code ?? `${method} ${route}`, ['request', route, method, code ?? ''], [1, status, ms]);

/** An act on an account that the database has decided; the schedule does many of one kind at once. */
export const countAct = (dataset: Dataset, act: string, origin: 'http' | 'script' | 'schedule', times = 1): void =>
  write(dataset, `act ${act}`, ['act', act, origin], [times]);

/** What became of a mail: it left, it did not and will be tried again, or it was given up, by us or by the queue. */
export type MailOutcome = 'sent' | 'failed' | 'failed-for-good' | 'dead-letter';

export const countMail = (
  dataset: Dataset,
  outcome: MailOutcome,
  { kind, failure = '', ms, attempts }: { kind: string; failure?: string | undefined; ms: number; attempts: number },
): void => write(dataset, `mail ${outcome}`, ['mail', outcome, kind, failure], [1, ms, attempts]);

/** What became of the push of an event: it arrived, it did not and will be tried again, or its service was halted. */
export type PushOutcome = 'delivered' | 'failed' | 'halted';

export const countPush = (
  dataset: Dataset,
  outcome: PushOutcome,
  { failure = '', ms, attempts }: { failure?: string | undefined; ms: number; attempts: number },
): void => write(dataset, `push ${outcome}`, ['push', outcome, failure], [1, ms, attempts]);

/** A scheduled run: that it was made at all, and how. */
export const countRun = (dataset: Dataset, { failed, ms }: { failed: number; ms: number }): void =>
  write(dataset, 'run', ['run'], [1, failed, ms]);

/** What is still to be done: each gauge by its name, in the order in which they are written. */
export const gaugeBacklog = (dataset: Dataset, backlog: Readonly<Record<string, number>>): void =>
  write(dataset, 'backlog', ['backlog'], [1, ...Object.values(backlog)]);
