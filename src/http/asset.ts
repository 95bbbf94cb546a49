import type { Context } from 'hono';
import { answerOf, Unavailable } from '../accounts/unavailable.ts';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';

/**
 * Answers with a file of dist/assets by its path there, and with `headers`, which relax those that every answer carries;
 * of the file's own headers its type, its tag and its length are taken. Throws 404 where there is none by that path, and
 * `Unavailable` where the platform does not serve it.
 */
export const serveAsset = async (
  c: Context<AppEnv>,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> => {
  const request = new Request(new URL(path, c.req.url), { method: c.req.method, headers: conditionsOf(c) });
  const file = await answerOf('The assets', c.env.ASSETS.fetch(request));
  if (file.status === 404) throw new AppError('NOT_FOUND');
  if (!file.ok && file.status !== 304) throw new Unavailable('The assets', new Error(`${file.status} for ${path}`));
  for (const name of ['Content-Type', 'Content-Length', 'ETag']) {
    const value = file.headers.get(name);
    if (value !== null) c.header(name, value);
  }
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  return c.newResponse(file.body, file.status as 200);
};

const conditionsOf = (c: Context): HeadersInit => {
  const tag = c.req.header('If-None-Match');
  return tag === undefined ? {} : { 'If-None-Match': tag };
};
