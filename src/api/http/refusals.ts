import { DrizzleQueryError } from 'drizzle-orm';
import type { Context } from 'hono';
import { DatabaseUnavailable } from '../../../drizzle/binding.ts';
import { Unavailable } from '../../accounts/unavailable.ts';
import { faultOf, log } from '../../workers/log.ts';
import type { AppEnv } from './env.ts';
import { AppError, type FieldError } from './error.ts';

const RETRY_AFTER_S = '5';

// The administrator's routes: the base path, one segment below it that is not `me`, what is read below that of a user, and the
// operations.
const ADMIN_PATH = /^\/api\/v1\/(?:users(?:\/(?!me(?:\/|$))[^/]+(?:\/(?:access|audit))?)?|operations\/[^/]+)$/;

/** Whether a path is one of the administrator's, whose errors have four keys and sentences of their own. */
export const isAdminPath = (path: string): boolean => ADMIN_PATH.test(path);

/** Whether storage did not answer. Drizzle wraps what the database throws in a query; a batch rejects with that itself. */
const isStorageFault = (thrown: unknown): boolean => {
  const error = thrown instanceof DrizzleQueryError ? thrown.cause : thrown;
  return error instanceof Unavailable || error instanceof DatabaseUnavailable;
};

/** The refusal that a thrown value becomes. What is no refusal is logged here and told as one generic sentence. */
const refusalFor = (c: Context<AppEnv>, thrown: unknown): AppError => {
  if (thrown instanceof AppError) return thrown;
  log('error', 'fault', { request_id: c.get('requestId'), fault: faultOf(thrown) });
  return new AppError(isStorageFault(thrown) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR');
};

const adminMessage = ({ code, message, data }: AppError): string => {
  if (code === 'VALIDATION_ERROR') {
    const [first] = (data['errors'] ?? []) as FieldError[];
    return first ? `${message}: ${first.field.replace(/^\w+\./, '')} ${first.message}` : message;
  }
  if (['INVALID_CREDENTIALS', 'ACCOUNT_DELETED', 'ACCOUNT_DEACTIVATED', 'TOKEN_REVOKED'].includes(code)) {
    return 'Could not validate admin credentials';
  }
  return message;
};

/** An administrator's route says 401 for every credential that does not hold, and 500 where storage does not answer. */
const adminRefusal = (refusal: AppError): AppError => {
  if (refusal.code === 'ACCOUNT_DELETED' || refusal.code === 'ACCOUNT_DEACTIVATED')
    return new AppError('INVALID_CREDENTIALS', refusal);
  if (refusal.code === 'SERVICE_UNAVAILABLE') return new AppError('INTERNAL_SERVER_ERROR');
  return refusal;
};

/** Answers a thrown value with the one shape that errors have; the administrator's routes leave `code` out and `data` empty. */
export const refuse = (c: Context<AppEnv>, thrown: unknown): Response => {
  const isAdmin = isAdminPath(c.req.path);
  const told = refusalFor(c, thrown);
  const refusal = isAdmin ? adminRefusal(told) : told;
  c.set('code', told.code);
  for (const [name, value] of Object.entries(refusal.headers)) c.header(name, value);
  if (refusal.status === 401) c.header('WWW-Authenticate', 'Bearer');
  if (refusal.status === 503) c.header('Retry-After', RETRY_AFTER_S);
  const { status, code, message, data } = refusal;
  if (isAdmin)
    return c.json({ status: 'error', status_code: status, message: adminMessage(refusal), data: {} }, status);
  return c.json({ status: 'error', status_code: status, code, message, data }, status);
};
