import { inTime, type Part } from '../workers/deadline.ts';

/** A part of the platform that did not answer, or not in time. What it said is the cause, for the log; nobody else is told. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';

  constructor(part: Part, cause: unknown) {
    super(`${part} did not answer`, { cause });
  }
}

/** What a part of the platform answers in its time; its failure, whatever it is, becomes `Unavailable`. */
export const answerOf = async <Answer>(part: Part, answer: Promise<Answer>): Promise<Answer> => {
  try {
    return await inTime(part, answer);
  } catch (error) {
    throw new Unavailable(part, error);
  }
};
