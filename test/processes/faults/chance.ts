/** What can go wrong with one call: it is not made, its answer is lost, or the process ends before or after it. */
export type Chances = { refused?: number; lost?: number; death?: number };

/** A process that can end: whatever it calls after that is not called, and answers nothing, ever. */
export type Life = { isOver: boolean; end: () => void; underWay: Promise<unknown>[] };

export const IMMORTAL: Life = { isOver: false, end: () => undefined, underWay: [] };

/** A life, and what is rejected when it ends. */
export const newLife = (): { life: Life; over: Promise<never> } => {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const life: Life = {
    isOver: false,
    underWay: [],
    end: () => {
      life.isOver = true;
      reject(new Error('the process has died'));
    },
  };
  return { life, over };
};

const never = new Promise<never>(() => undefined);

/** Makes a call as its chances will have it. What went wrong is counted by name. */
export const makeCall = async <Answer>(
  call: () => Promise<Answer>,
  { name, life, chances, random, counts, before, answered }: CallSettings,
): Promise<Answer> => {
  const happens = (what: keyof Chances): boolean => {
    const does = random() < (chances[what] ?? 0);
    if (does) counts[`${name} ${what}`] = (counts[`${name} ${what}`] ?? 0) + 1;
    return does;
  };
  const mayEnd = () => happens('death') && life.end();
  if (!life.isOver) await before?.();
  if (!life.isOver) mayEnd();
  if (life.isOver) return never;
  if (happens('refused')) throw new Error(`${name} is not reached`);
  const answering = call();
  if (life !== IMMORTAL) life.underWay.push(answering);
  const answer = await answering;
  answered?.(answer);
  if (!life.isOver) mayEnd();
  if (life.isOver) return never;
  if (happens('lost')) throw new Error(`the answer of ${name} is lost`);
  return answer;
};

export type CallSettings = {
  name: string;
  life: Life;
  chances: Chances;
  random: () => number;
  counts: Record<string, number>;
  /** What the caller has to sit out first. */
  before?: () => Promise<void>;
  /** Told of every answer, whatever becomes of it on its way back. */
  answered?: (answer: unknown) => void;
};
