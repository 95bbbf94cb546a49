import { AccountsError, refusalBody } from './accounts-error.ts';

/** Sends a request to the API in the service's name; `body` is sent as JSON. Answers what succeeded, and throws the rest. */
export type Ask = (path: string, init?: { method: string; body: unknown }) => Promise<Response>;

const DEADLINE_MS = 15_000;

/**
 * The feed no longer has all that came after the event that was named. Bring what is held up to date by other means, such as
 * `profiles`, and go on with `after: oldest - 1`.
 */
export class EventsExpired extends AccountsError {
  override readonly name = 'EventsExpired';
  /** The `seq` of the oldest event that is still there. */
  readonly oldest: number;

  constructor(...refusal: ConstructorParameters<typeof AccountsError>) {
    super(...refusal);
    this.oldest = refusal[1].data?.oldest ?? 0;
  }
}

export const asking =
  (service: { origin: string; token: string; fetch: typeof fetch }): Ask =>
  async (path, init) => {
    const { fetch } = service;
    const answer = await fetch(new URL(path, service.origin), {
      headers: { Authorization: `Bearer ${service.token}`, 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...(init && { method: init.method, body: JSON.stringify(init.body) }),
    });
    if (answer.ok) return answer;
    const refusal = [answer.status, await refusalBody(answer), answer.headers] as const;
    throw answer.status === 410 ? new EventsExpired(...refusal) : new AccountsError(...refusal);
  };
