import { AppError } from './error.ts';

/** The refusal of a check after too many failures, with the seconds after which it is worth another try. */
export const accountLocked = ({ retryAfterSeconds }: { retryAfterSeconds: number }): AppError =>
  new AppError('ACCOUNT_LOCKED', {
    data: { retry_after_seconds: retryAfterSeconds },
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });
