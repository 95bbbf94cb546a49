// What somebody is told who could not sign in, or no longer is.

/** @import { Refusal } from './session.js' */

const SENTENCES = /** @type {Record<string, string>} */ ({
  INVALID_CREDENTIALS: 'The e-mail address or the password is wrong.',
  EMAIL_NOT_VERIFIED: 'This address is not verified yet. Open the link in the mail that was sent to it, then sign in.',
  ACCOUNT_DEACTIVATED: 'This account is suspended.',
  ACCOUNT_DELETED: 'This account is deleted.',
  INVALID_SECOND_FACTOR: 'That is not right, or was used before.',
  CHALLENGE_EXPIRED: 'That took too long. Begin again.',
  NO_PASSKEY: 'No passkey was used.',
  TOKEN_REVOKED: 'The session has ended. Sign in again.',
  MISSING_REFRESH_TOKEN: 'The session has ended. Sign in again.',
  INVALID_REFRESH_TOKEN: 'The session has ended. Sign in again.',
  REFRESH_TOKEN_REUSE: 'The session has ended. Sign in again.',
});

/** @param {number} seconds */
const waitOf = (seconds) => {
  if (seconds <= 0) return 'in a minute';
  if (seconds < 120) return `in ${seconds} seconds`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
};

/** @param {Date} time */
export const clockOf = (time) => time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

/** A refusal in plain words. @param {Refusal} refusal @param {Date} [now] */
export const sentenceOf = ({ status, code, message, waitSeconds }, now = new Date()) => {
  const wait = waitOf(waitSeconds);
  if (status === 0) return 'The API cannot be reached. Check the connection, then try again.';
  if (code === 'ACCOUNT_LOCKED') {
    const end = clockOf(new Date(now.getTime() + waitSeconds * 1000));
    return `Too many wrong passwords. Signing in is locked until ${end}; try again ${wait}, or reset the password.`;
  }
  if (status === 429) return `Too many requests. Try again ${wait}.`;
  if (status >= 500) return `The API cannot answer at the moment. Try again ${wait}.`;
  return SENTENCES[code] ?? `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
};
