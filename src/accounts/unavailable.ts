/** A part of the platform that did not answer. What it said is the cause, for the log; nobody else is told. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';

  constructor(part: string, cause: unknown) {
    super(`${part} did not answer`, { cause });
  }
}

/** What a part of the platform answers; its failure, whatever it is, becomes `Unavailable`. */
export const answerOf = async <Answer>(part: string, answer: Promise<Answer>): Promise<Answer> => {
  try {
    return await answer;
  } catch (error) {
    throw new Unavailable(part, error);
  }
};
