/** When a process is killed, by what is under way then, and at most how often that has come before and how much later it is. */
const MOMENTS = {
  'a mail is announced': { nth: 2, delayMs: 0 },
  'a mail is taken': { nth: 2, delayMs: 0 },
  'a mail is confirmed': { nth: 2, delayMs: 4 },
  'an event arrives': { nth: 5, delayMs: 0 },
  'an event is confirmed': { nth: 5, delayMs: 4 },
  'a request is made': { nth: 10, delayMs: 25 },
  'a picture is sent': { nth: 2, delayMs: 60 },
  'an erasure is asked for': { nth: 1, delayMs: 25 },
  'an answer is here': { nth: 10, delayMs: 8 },
  'the scheduled run begins': { nth: 2, delayMs: 60 },
  'some time has passed': { nth: 1, delayMs: 1500 },
};

export type Moment = keyof typeof MOMENTS;

// A moment that does not come is not waited for any longer.
const PATIENCE_MS = 30_000;

/** A death that is to come: the `nth` time that a moment comes, and so many milliseconds later. */
export type Death = {
  moment: Moment;
  nth: number;
  delayMs: number;
  /** Whether the life before it begins when an hour has passed; else the leases of the dead still hold. */
  isAnHourLater: boolean;
};

// Where nobody has noted yet what has arrived: even the shortest run meets them.
const FIRST: readonly Moment[] = ['a mail is taken', 'an event arrives'];

/** So many deaths, each moment once in a round. */
export const newDeaths = (count: number, random: () => number): Death[] => {
  const moments = Object.keys(MOMENTS) as Moment[];
  const shuffled = () =>
    moments
      .map((moment) => ({ moment, at: random() - Number(FIRST.includes(moment)) }))
      .toSorted((a, b) => a.at - b.at);
  const rounds = Array.from({ length: Math.ceil(count / moments.length) }, shuffled);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  return rounds
    .flat()
    .slice(0, count)
    .map(({ moment }) => ({
      ...{ moment, nth: 1 + upTo(MOMENTS[moment].nth - 1), delayMs: upTo(MOMENTS[moment].delayMs) },
      // While the dead hold them, no mail and no event is on its way.
      isAnHourLater: /mail|event|erasure/.test(moment) || random() < 0.5,
    }));
};

/** Who kills. Everybody tells it how far things are. */
export type Reaper = {
  /** The number of the life that is lived, from 1. */
  life: number;
  isOver: boolean;
  /** How often a moment was waited for in vain. */
  inVain: number;
  at: (moment: Moment) => void;
  /** Lets a life begin that ends as `death` says; answers when it has. */
  wait: (death: Death, kill: () => void) => Promise<void>;
  /** Lets a life begin that it does not end. */
  spare: () => void;
};

export const newReaper = (): Reaper => {
  let awaited: Death | undefined;
  let strike = (): void => undefined;
  let left = 0;
  const reaper: Reaper = {
    ...{ life: 0, isOver: true, inVain: 0 },
    at: (moment) => {
      if (moment !== awaited?.moment || reaper.isOver) return;
      left -= 1;
      if (left !== 0) return;
      // At once means before anything else happens.
      if (awaited.delayMs === 0) strike();
      else setTimeout(strike, awaited.delayMs);
    },
    wait: (death, kill) =>
      new Promise((resolve) => {
        [awaited, left, reaper.isOver] = [death, death.nth, false];
        reaper.life += 1;
        const { life } = reaper;
        const patience = setTimeout(() => {
          reaper.inVain += 1;
          strike();
        }, PATIENCE_MS);
        strike = () => {
          clearTimeout(patience);
          if (reaper.isOver || reaper.life !== life) return;
          reaper.isOver = true;
          kill();
          resolve();
        };
        reaper.at('some time has passed');
      }),
    spare: () => {
      [awaited, reaper.isOver] = [undefined, false];
      reaper.life += 1;
    },
  };
  return reaper;
};
