/** Every refusal the API knows: its HTTP status and the sentence that a client sees unless a route says better. */
const CODES = {
  VALIDATION_ERROR: [400, 'Request validation failed'],
  INVALID_LANGUAGE_CODE: [400, 'The language code is not valid.'],
  MALFORMED_JSON: [400, 'The request body is not valid JSON.'],
  MALFORMED_BODY: [400, 'The request body cannot be read.'],
  INVALID_TOKEN: [400, 'The link is invalid.'],
  TOKEN_EXPIRED: [400, 'The link has expired.'],
  INVALID_RESET_TOKEN: [400, 'The password reset link is invalid.'],
  RESET_TOKEN_EXPIRED: [400, 'The password reset link has expired.'],
  SAME_PASSWORD: [400, 'The new password must differ from the current one.'],
  INCORRECT_PASSWORD: [400, 'The current password is incorrect.'],
  CHALLENGE_EXPIRED: [400, 'This attempt has run out or was used. Please begin again.'],
  INVALID_CODE: [400, 'That code is not right.'],
  INVALID_PASSKEY: [400, 'That passkey cannot be used here.'],
  SAME_ADDRESS: [400, 'The account has this address already.'],
  INVALID_FILE_TYPE: [400, 'The avatar must be a JPEG, PNG or WebP picture.'],
  INVALID_IMAGE: [400, 'The avatar cannot be decoded.'],
  INVALID_CREDENTIALS: [401, 'Could not validate credentials.'],
  INVALID_SECOND_FACTOR: [401, 'That code or passkey is not right.'],
  TOKEN_REVOKED: [401, 'This session has ended. Please log in again.'],
  MISSING_REFRESH_TOKEN: [401, 'The refresh token is missing.'],
  INVALID_REFRESH_TOKEN: [401, 'The refresh token is invalid or has expired.'],
  REFRESH_TOKEN_REUSE: [401, 'The refresh token was used before. The session has been ended.'],
  ACCOUNT_DELETED: [403, 'This account has been deleted.'],
  ACCOUNT_DEACTIVATED: [403, 'This account has been deactivated.'],
  ACCOUNT_LOCKED: [403, 'Too many failed attempts. Please try again later.'],
  FRESH_PROOF_REQUIRED: [403, 'Prove once more that it is you.'],
  EMAIL_NOT_VERIFIED: [403, 'Please verify your email before logging in.'],
  FORBIDDEN: [403, 'You do not have permission to access this resource'],
  SECOND_FACTOR_REQUIRED: [403, 'A second factor is required'],
  FORBIDDEN_ORIGIN: [403, 'Requests from this origin are not allowed.'],
  HTTPS_REQUIRED: [403, 'This API answers over HTTPS only.'],
  NOT_FOUND: [404, 'The requested resource was not found.'],
  METHOD_NOT_ALLOWED: [405, 'This method is not allowed here.'],
  REQUEST_TIMEOUT: [408, 'The request body did not arrive within 30 seconds.'],
  LAST_ADMINISTRATOR: [409, 'The last active administrator cannot delete the account.'],
  PASSKEY_EXISTS: [409, 'That passkey has been added already.'],
  TOO_MANY_FACTORS: [409, 'There are ten second factors already. Remove one first.'],
  NO_SECOND_FACTOR: [409, 'There is no second factor yet.'],
  ADDRESS_TAKEN: [409, 'Another account has this address.'],
  EVENTS_EXPIRED: [
    410,
    'Events behind that one are no longer kept. Go on with an after that is one below data.oldest.',
  ],
  PAYLOAD_TOO_LARGE: [413, 'The request body is too large.'],
  FILE_TOO_LARGE: [413, 'The avatar must not be larger than 5 MB.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The request body has a type that is not supported here.'],
  RATE_LIMIT_EXCEEDED: [429, 'Too many requests. Please try again later.'],
  INTERNAL_SERVER_ERROR: [500, 'An unexpected error occurred.'],
  SERVICE_UNAVAILABLE: [503, 'The service is temporarily unavailable. Please try again.'],
} as const;

export type ErrorCode = keyof typeof CODES;
export type ErrorStatus = (typeof CODES)[ErrorCode][0];

/** One field that a request got wrong, named as the client wrote it: `body.full_name`, `query.limit`. */
export type FieldError = { field: string; message: string };

/** A refusal that a client is told. Anything else that is thrown is a fault and stays in the log. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: ErrorStatus;
  readonly data: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    code: ErrorCode,
    options: {
      message?: string;
      data?: Record<string, unknown>;
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(options.message ?? CODES[code][1], { cause: options.cause });
    this.code = code;
    this.status = CODES[code][0];
    this.data = options.data ?? {};
    this.headers = options.headers ?? {};
  }
}
