import type { Context } from 'hono';
import { answerOf, Unavailable } from '../../accounts/unavailable.ts';
import { namesTag } from './entity-tag.ts';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

const copyHeader = (c: Context, file: Response, name: string): void => {
  const value = file.headers.get(name);
  if (value !== null) c.header(name, value);
};

/**
 * Answers with a file of dist/assets by its path there, and with `headers`, which relax those that every answer carries;
 * of the file's own headers its type, its tag and its length are taken. 304 without them but the tag where the client
 * has the file: the platform itself takes only a single tag for that. Throws 404 where there is none by that path, and
 * `Unavailable` where the platform does not serve it.
 */
export const serveAsset = async (
  c: Context<AppEnv>,
  path: string,
  { 'Content-Type': type, ...headers }: Record<string, string> = {},
): Promise<Response> => {
  const request = new Request(new URL(path, c.req.url), { method: c.req.method });
  const file = await answerOf('The assets', c.env.ASSETS.fetch(request));
  if (file.status === 404) throw new AppError('NOT_FOUND');
  if (!file.ok) throw new Unavailable('The assets', new Error(`${file.status} for ${path}`));
  copyHeader(c, file, 'ETag');
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (namesTag(c.req.header('If-None-Match'), file.headers.get('ETag') ?? '')) {
    await file.body?.cancel();
    return c.body(null, 304);
  }
  for (const name of ['Content-Type', 'Content-Length']) copyHeader(c, file, name);
  if (type !== undefined) c.header('Content-Type', type);
  return c.newResponse(file.body, 200);
};
