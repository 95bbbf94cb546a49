import type { Context } from 'hono';
import { answerOf, Unavailable } from '../../accounts/unavailable.ts';
import { namesTag } from './entity-tag.ts';
import type { AppEnv } from './env.ts';
import { AppError } from './error.ts';

const copyHeader = (c: Context, file: Response, name: string): void => {
  const value = file.headers.get(name);
  if (value !== null) c.header(name, value);
};

/** What is put into a file before it is served; `mark` tells one filling from another, in hex. */
export type Filling = { mark: string; fill: (text: string) => string };

/** The tag of a file with what is put into it: as it was, and the mark behind it. */
const tagOf = (file: Response, filling: Filling | undefined): string =>
  (file.headers.get('ETag') ?? '').replace(/"$/, `${filling?.mark ?? ''}"`);

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
  filling?: Filling,
): Promise<Response> => {
  const request = new Request(new URL(path, c.req.url), { method: c.req.method });
  const file = await answerOf('The assets', c.env.ASSETS.fetch(request));
  if (file.status === 404) throw new AppError('NOT_FOUND');
  if (!file.ok) throw new Unavailable('The assets', new Error(`${file.status} for ${path}`));
  const tag = tagOf(file, filling);
  if (tag !== '') c.header('ETag', tag);
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (namesTag(c.req.header('If-None-Match'), tag)) {
    await file.body?.cancel();
    return c.body(null, 304);
  }
  copyHeader(c, file, 'Content-Type');
  if (type !== undefined) c.header('Content-Type', type);
  if (filling) return c.body(filling.fill(await file.text()));
  copyHeader(c, file, 'Content-Length');
  return c.newResponse(file.body, 200);
};
