import { apiAccess } from '../src/api/document.ts';
import type { ErrorCode } from '../src/api/http/error.ts';
import { isAdminPath } from '../src/api/http/refusals.ts';
import type { Cell, RouteAccess } from '../src/api/openapi/access.ts';
import { documentPath } from '../src/api/openapi/path.ts';
import type { AppRoute } from './app-routes.ts';
import type { Answer } from './client.ts';

const access = new Map(apiAccess().map((route) => [route.name, route]));

/** Who may call a route, as it stands beside its description. */
export const accessTo = ({ method, pattern }: AppRoute): RouteAccess => {
  const found = access.get(`${method} ${documentPath(pattern)}`);
  if (!found) throw new Error(`Who may call ${method} ${pattern} is undecided.`);
  return found;
};

const STATUSES: Partial<Record<ErrorCode, number>> = {
  INVALID_TOKEN: 400,
  INVALID_RESET_TOKEN: 400,
  INCORRECT_PASSWORD: 400,
  CHALLENGE_EXPIRED: 400,
  INVALID_SECOND_FACTOR: 401,
  NO_SECOND_FACTOR: 409,
  INVALID_CREDENTIALS: 401,
  TOKEN_REVOKED: 401,
  MISSING_REFRESH_TOKEN: 401,
  INVALID_REFRESH_TOKEN: 401,
  ACCOUNT_DELETED: 403,
  ACCOUNT_DEACTIVATED: 403,
  EMAIL_NOT_VERIFIED: 403,
  NOT_FOUND: 404,
};

const FORBIDDEN = { status_code: 403, message: 'You do not have permission to access this resource' };
const NO_ADMIN = { status_code: 401, message: 'Could not validate admin credentials' };

/** What is compared of an answer: its status and code; of an administrator's route the whole body, in four keys. */
export const toldBy = ({ path }: AppRoute, { status, body }: Pick<Answer, 'status' | 'body'>): unknown[] => {
  if (status < 400) return [status];
  return isAdminPath(path) ? [status, body] : [status, body.code];
};

/** The same of an answer as it was decided. */
export const toldOf = (route: AppRoute, cell: Cell): unknown[] => {
  if (cell === 'passes') return [accessTo(route).done];
  if (!isAdminPath(route.path)) return [STATUSES[cell], cell];
  const { status_code, message } = cell === 'FORBIDDEN' ? FORBIDDEN : NO_ADMIN;
  return [status_code, { status: 'error', status_code, message, data: {} }];
};
