import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { faultOf, log } from '../../workers/log.ts';
import type { AppEnv } from './env.ts';
import { validationError } from './validate.ts';

// Nobody waits longer than this for a server that is not ours.
const PATIENCE_MS = 1500;
// What the server is told: about a thousand breached passwords share it.
const PREFIX_LENGTH = 5;

/** Whether a range, lines of `SUFFIX:COUNT`, holds a suffix. A count of zero is padding, which stands for no password. */
const holds = (range: string, suffix: string): boolean =>
  range.split(/\r?\n/).some((line) => {
    const [found = '', count] = line.split(':');
    return found.toUpperCase() === suffix && Number(count) > 0;
  });

/** The suffixes of the SHA-1 of breached passwords that begin with `prefix`, as the server at `url` lists them. */
const rangeOf = async (url: string, prefix: string): Promise<string> => {
  const answer = await fetch(`${url}${prefix}`, {
    headers: { 'Add-Padding': 'true', 'User-Agent': 'edge-accounts' },
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status === 200) return answer.text();
  await answer.body?.cancel();
  throw new Error(`answered ${answer.status}`);
};

/**
 * Refuses a password (normalised) that is known from a breach, where `BREACHED_PASSWORDS_URL` names a server that knows
 * them (ASVS 6.2.12). It is told the first five digits of the password's SHA-1, and not whose it is. One that does not
 * answer in time refuses nobody; the log tells. Asked before anything is looked up, so that the time it takes says
 * nothing of an account.
 */
export const refuseBreached = async (
  c: Context<AppEnv>,
  field: 'password' | 'new_password',
  password: string,
): Promise<void> => {
  const url = c.env.BREACHED_PASSWORDS_URL;
  if (url === '') return;
  const hash = createHash('sha1').update(password).digest('hex').toUpperCase();
  const range = await rangeOf(url, hash.slice(0, PREFIX_LENGTH)).catch((error: unknown) => {
    log('warn', 'breached-passwords-unanswered', { request_id: c.get('requestId'), fault: faultOf(error) });
    return '';
  });
  if (holds(range, hash.slice(PREFIX_LENGTH))) {
    throw validationError('json', [{ path: [field], message: 'is known from a data breach' }]);
  }
};
