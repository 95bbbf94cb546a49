import type { Context } from 'hono';
import { parseAccept } from 'hono/utils/accept';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { servePage } from '../http/page.ts';
import { Router } from '../http/router.ts';

// Of `Accept` no more is heard than browsers send.
const HEARD = 500;

/** Whether a person asks: their browser names HTML. What takes just anything is a program. */
const isForPerson = ({ req }: Context): boolean =>
  parseAccept((req.header('Accept') ?? '').slice(0, HEARD)).some(({ type, q }) => type === 'text/html' && q > 0);

const serveHome = async (c: Context<AppEnv>): Promise<Response> => {
  if (!isForPerson(c)) throw new AppError('NOT_FOUND', { headers: { Vary: 'Accept' } });
  const answer = await servePage(c, undefined, 'home');
  answer.headers.append('Vary', 'Accept');
  return answer;
};

/** What people find at the API's address. */
export const home = new Router().get('/', serveHome);
