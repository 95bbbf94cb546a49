import { Hono } from 'hono';
import type { AppEnv } from '../env.ts';
import { serveAsset } from '../http/asset.ts';

/** What is served as a file, for people and machines that read. */
export const pages = new Hono<AppEnv>().get('/openapi.json', (c) => {
  // Tools of other origins load it; it is asked for anew each time, and mostly has not changed.
  c.header('Access-Control-Allow-Origin', '*');
  c.header('Cache-Control', 'no-cache');
  return serveAsset(c, '/openapi.json');
});
