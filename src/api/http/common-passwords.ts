import type { Context, MiddlewareHandler } from 'hono';
import { learnCommonPasswords } from '../../accounts/passwords/common-password.ts';
import { answerOf, Unavailable } from '../../accounts/unavailable.ts';
import type { AppEnv } from './env.ts';

// No route serves it.
const FILE = '/common-passwords.txt';

const read = async (c: Context<AppEnv>): Promise<string> => {
  const file = await answerOf('The assets', c.env.ASSETS.fetch(new URL(FILE, c.req.url)));
  if (!file.ok) throw new Unavailable('The assets', new Error(`${file.status} for ${FILE}`));
  return answerOf('The assets', file.text());
};

/**
 * Stands before what takes a password that somebody chooses: the isolate knows the common ones from here on. Throws
 * `Unavailable` where the platform does not serve them, so that none gets through unseen. Asked before anything is
 * looked up, so that the time it takes says nothing of an account.
 */
export const knowCommonPasswords: MiddlewareHandler<AppEnv> = async (c, next) => {
  await learnCommonPasswords(() => read(c));
  return next();
};
