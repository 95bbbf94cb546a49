/**
 * How long each part of the platform is waited for, in ms. Past it whoever asked is answered; the part may still do what it was
 * asked (D1, KV and R2 take no signal), so nothing that was decided is taken back: a repeat finds it, or the scheduled run
 * does. A `put` into R2 that nobody awaits any more may be lost without a word.
 */
export const DEADLINE_MS = {
  // D1 has been seen to stall for 2 to 25 seconds, once for 80. People stay about ten before they try again, and a repeat is
  // safe; with a body that took its 30 seconds an answer still comes within the minute that most clients allow.
  D1: 10_000,
  // The schedule, scripts and mails: nobody is held up, and D1 ends a statement by itself after 30 seconds.
  'D1 behind the scenes': 30_000,
  // What has left is noted again and again while it is held, so one note may not use up all that time.
  'D1 for a note': 4000,
  // A picture of 512 pixels and a record are small.
  R2: 10_000,
  // Asked behind the answer, where a Worker has half a minute, and followed by a note in D1.
  KV: 10_000,
  Queues: 10_000,
  // Fifty megapixels take seconds.
  Images: 20_000,
  // Files that lie beside the Worker.
  'The assets': 5000,
  // Protects us and nobody else, so it may cost a client no more than a moment.
  'The limiter': 500,
} as const;

export type Part = keyof typeof DEADLINE_MS;

/** A part of the platform that has not answered in time. Whether it did what it was asked nobody knows. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  constructor(part: Part) {
    super(`no answer within ${DEADLINE_MS[part]} ms`);
  }
}

/**
 * What a part answers, in its time; rejects with `DeadlinePassed` after it, and then nobody hears what it says. Each call has a
 * timer of its own, which ends with it: one that is left running would hold the invocation.
 */
export const inTime = <Answer>(part: Part, answer: Promise<Answer>): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlinePassed(part)), DEADLINE_MS[part]);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
