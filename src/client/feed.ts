import { AccountsError } from './accounts-error.ts';
import type { Ask } from './ask.ts';
import type { AccountsEvent, AccountsEventType } from './event.ts';

export type FeedOptions = {
  /** The `seq` to go on after; 0, from the beginning, if it is left out. */
  after?: number;
  /** Only these types; all that the service is told of if it is left out. */
  types?: readonly AccountsEventType[];
  /** How many events one request brings, 1 to 1000; 100 if it is left out. */
  pageSize?: number;
};

type Page = { events: AccountsEvent[]; next: number; more: boolean };

const TRIES = 5;
const LONGEST_WAIT_S = 60;

const isBusy = (error: unknown): error is AccountsError =>
  error instanceof AccountsError && (error.status === 429 || error.status === 503);

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Asks again where the API is busy: when it says so, within a minute, or else after 1, 2, 4 and 8 seconds. */
const askPatiently = async (ask: Ask, path: string): Promise<Response> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask(path);
    } catch (error) {
      if (!isBusy(error) || tries === TRIES) throw error;
      const { retryAfterSeconds = 2 ** (tries - 1) } = error;
      if (retryAfterSeconds > LONGEST_WAIT_S) throw error;
      await wait(retryAfterSeconds);
    }
  }
};

/** The events that there are, oldest first, until there is no more. To go through it again goes on with what came since. */
export class Feed implements AsyncIterable<AccountsEvent> {
  /**
   * Where to go on later: every event up to it has been gone through. After the last one it may lie ahead of that one's
   * `seq`, by what happened of other types.
   */
  after: number;
  readonly #ask: Ask;
  readonly #filter: Record<string, string>;

  constructor(ask: Ask, { after = 0, types, pageSize }: FeedOptions) {
    this.after = after;
    this.#ask = ask;
    this.#filter = {
      ...(types && { types: types.join() }),
      ...(pageSize !== undefined && { limit: String(pageSize) }),
    };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AccountsEvent, void> {
    for (let isMore = true; isMore; ) {
      const query = new URLSearchParams({ after: String(this.after), ...this.#filter });
      const answer = await askPatiently(this.#ask, `/api/v1/events?${query}`);
      const { events, next, more } = (await answer.json()) as Page;
      for (const event of events) {
        yield event;
        this.after = event.seq;
      }
      this.after = next;
      isMore = more;
    }
  }
}
