import type { ErrorCode } from './error-code.ts';

export type RefusalBody = {
  message?: string;
  code?: ErrorCode;
  data?: { errors?: AccountsError['errors']; oldest?: number };
};

/** What the API refused to do. That it cannot be reached is not among it: then `fetch` rejects by itself. */
export class AccountsError extends Error {
  override readonly name: string = 'AccountsError';
  /** The HTTP status. */
  readonly status: number;
  /** Why; undefined on the administrator's routes, which tell by status and message alone. */
  readonly code: ErrorCode | undefined;
  /** The fields that were wrong, named as they were sent: `body.full_name`, `query.limit`. */
  readonly errors: { field: string; message: string }[];
  /** After how many seconds it may be tried again, where the API says so. */
  readonly retryAfterSeconds: number | undefined;
  /** The id under which the API's log tells of the request. */
  readonly requestId: string | undefined;

  constructor(status: number, body: RefusalBody, headers = new Headers()) {
    super(body.message ?? `The API answered ${status}.`);
    this.status = status;
    this.code = body.code;
    this.errors = body.data?.errors ?? [];
    this.retryAfterSeconds = Number(headers.get('Retry-After')) || undefined;
    this.requestId = headers.get('X-Request-Id') ?? undefined;
  }
}

/** What a refusal says. What answers without an object is not the API but something in front of it, and says nothing. */
export const refusalBody = async (answer: Response): Promise<RefusalBody> =>
  Object(await answer.json().catch(() => ({})));
