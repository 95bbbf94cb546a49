import type { Context } from 'hono';
import { answerOf } from '../accounts/unavailable.ts';
import type { AppEnv } from '../env.ts';

/**
 * Answers with a file of dist/assets by its path there. The security headers, which every answer carries, are the
 * caller's to relax; of the file's own headers its type, its tag and its length are taken. Throws `Unavailable` where
 * the platform does not serve it.
 */
export const serveAsset = async (c: Context<AppEnv>, path: string): Promise<Response> => {
  const request = new Request(new URL(path, c.req.url), { method: c.req.method, headers: conditionsOf(c) });
  const file = await answerOf('The assets', c.env.ASSETS.fetch(request));
  for (const name of ['Content-Type', 'Content-Length', 'ETag']) {
    const value = file.headers.get(name);
    if (value !== null) c.header(name, value);
  }
  return c.newResponse(file.body, file.status as 200);
};

const conditionsOf = (c: Context): HeadersInit => {
  const tag = c.req.header('If-None-Match');
  return tag === undefined ? {} : { 'If-None-Match': tag };
};
