import { AccountsError } from './accounts-error.ts';
import { type Ask, asking, EventsExpired } from './ask.ts';
import type { ErrorCode } from './error-code.ts';
import type { AccountsEvent, AccountsEventType } from './event.ts';
import { Feed, type FeedOptions } from './feed.ts';
import { type Profile, readProfiles } from './profiles.ts';
import { PushError, readPush } from './push.ts';
import { type AccessToken, type Blacklist, tokenCheck, VerificationUnavailable } from './verify-token.ts';

export type { AccessToken, AccountsEvent, AccountsEventType, Blacklist, ErrorCode, Feed, FeedOptions, Profile };
export { AccountsError, EventsExpired, PushError, VerificationUnavailable };

export type AccountsServiceOptions = {
  /** Where the API is, such as `https://accounts.example.com`. */
  origin: string;
  /** The service's token; checking access tokens and receiving pushes need none. */
  token?: string | undefined;
  /** The service's signing secret, `whsec_…`; only `receive` needs it. */
  signingSecret?: string | undefined;
  /** With it an ended session's token is refused as soon as KV has the entry; else it runs for up to 15 minutes more. */
  blacklist?: Blacklist | undefined;
  /** The `iss` of access tokens, if it is not `origin`. */
  issuer?: string;
  /** The `aud` of access tokens, if it is not `origin`. */
  audience?: string;
  /** Sends the requests, in the place of the global one. */
  fetch?: typeof fetch;
};

export type AccountsService = {
  /**
   * Whom an access token speaks for; undefined if it is none of the API's or has run out or, with the blacklist, is
   * revoked. Asks the API for its keys every ten minutes, and nothing else. Rejects with `VerificationUnavailable` where
   * the keys or the blacklist do not answer.
   */
  verifyToken: (token: string | undefined) => Promise<AccessToken | undefined>;
  /**
   * The event of a push. Answer 2xx within 15 seconds once it is dealt with; anything else, and it comes again, and so it
   * may after an answer that was lost. Rejects with `PushError`, whose `status` is to be answered.
   */
  receive: (request: Request) => Promise<AccountsEvent>;
  /**
   * What happened after the event `after`, oldest first, until there is no more. Store each event's `seq` once it is dealt
   * with, or `after` of the feed when it has ended, to go on from there. Waits and asks again where the API is busy, four
   * times at most. Throws `EventsExpired` where `after` is older than what the API keeps.
   */
  events: (options?: FeedOptions) => Feed;
  /** People by their ids, in that order; whoever is unknown, unverified, suspended or deleted is left out. */
  profiles: (ids: readonly number[]) => Promise<Profile[]>;
  /** Confirms the `user.erased` with this id: what was held is erased, or nothing was. It may be said again. */
  confirm: (eventId: string, outcome: 'erased' | 'nothing-held') => Promise<void>;
  /** Notes that somebody entered a room, now if it is not said when. Answers the id by which they leave. */
  joined: (userId: number, roomId: string, at?: { joinedAt?: Date; leftAt?: Date }) => Promise<number>;
  /** Notes that they left it, by the id that `joined` answered. */
  left: (id: number, leftAt?: Date) => Promise<void>;
};

/** As the API spells times: in whole seconds. */
const timestamp = (time: Date): string => time.toISOString().replace(/\.\d+/, '');

/** What a service tells the API. */
const telling = (ask: Ask) => {
  const send = (method: string, path: string, body: unknown) => ask(`/api/v1/${path}`, { method, body });
  return {
    confirm: async (eventId, outcome) => {
      await send('POST', `events/${encodeURIComponent(eventId)}/receipt`, { outcome });
    },
    // Said here even where it is now: who leaves at once, by this clock, has not left before the API's.
    joined: async (userId, roomId, { joinedAt = new Date(), leftAt } = {}) => {
      const answer = await send('POST', 'room-participations', {
        user_id: userId,
        room_id: roomId,
        joined_at: timestamp(joinedAt),
        ...(leftAt && { left_at: timestamp(leftAt) }),
      });
      return ((await answer.json()) as { id: number }).id;
    },
    left: async (id, leftAt = new Date()) => {
      await send('PATCH', `room-participations/${id}`, { left_at: timestamp(leftAt) });
    },
  } satisfies Partial<AccountsService>;
};

/** An ask that refuses, if there is no token to ask with. */
const askOf = (origin: string, { token }: AccountsServiceOptions, fetch: typeof globalThis.fetch): Ask =>
  token
    ? asking({ origin, token, fetch })
    : () => Promise.reject(new Error("The service's token is missing: accountsService({ origin, token })."));

/**
 * What a service needs of the API at `origin`. What the API refuses rejects with `AccountsError`; a request that is not
 * answered within 15 seconds rejects as `fetch` does. To make it anew for each request costs nothing.
 */
export const accountsService = (options: AccountsServiceOptions): AccountsService => {
  const { origin } = new URL(options.origin);
  const { issuer = origin, audience = origin, blacklist, signingSecret } = options;
  // Looked up at each request, since what measures requests puts its own in the place of the global one.
  const send: typeof fetch = (input, init) => (options.fetch ?? fetch)(input, init);
  const ask = askOf(origin, options, send);
  const verify = tokenCheck({ origin, issuer, audience, blacklist, fetch: send });
  return {
    verifyToken: async (token) => (token === undefined ? undefined : verify(token)),
    receive: async (request) => {
      if (!signingSecret) {
        throw new Error('The signing secret is missing: accountsService({ origin, signingSecret }).');
      }
      return readPush(signingSecret, request);
    },
    events: (from = {}) => new Feed(ask, from),
    profiles: (ids) => readProfiles(ask, ids),
    ...telling(ask),
  };
};
